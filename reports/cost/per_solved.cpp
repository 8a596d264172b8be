#include "reports/cost/per_solved.h"

#include <algorithm>
#include <cmath>

#include "reports/statistics/quantiles.h"
#include "reports/statistics/wilson.h"

namespace reckon::reports {
namespace {

struct Moments {
  double n = 0;
  double cost = 0;  // means
  double solved = 0;
  double cost_cost = 0;  // variances and covariance of the means
  double cost_solved = 0;
  double solved_solved = 0;
};

Moments moments_of(std::span<const CostAndSolved> items) {
  Moments m;
  m.n = static_cast<double>(items.size());
  for (const CostAndSolved& item : items) {
    m.cost += item.usd / m.n;
    m.solved += item.solved / m.n;
  }
  for (const CostAndSolved& item : items) {
    const double c = item.usd - m.cost;
    const double s = item.solved - m.solved;
    m.cost_cost += c * c;
    m.cost_solved += c * s;
    m.solved_solved += s * s;
  }
  const double scale = 1 / (m.n * (m.n - 1));
  m.cost_cost *= scale;
  m.cost_solved *= scale;
  m.solved_solved *= scale;
  return m;
}

}  // namespace

double cost_per_solved_standard_error(std::span<const CostAndSolved> items) {
  double cost = 0;
  double solved = 0;
  for (const CostAndSolved& item : items) {
    cost += item.usd;
    solved += item.solved;
  }
  if (items.size() < 2 || solved <= 0) return 0;
  const double ratio = cost / solved;
  double squares = 0;
  for (const CostAndSolved& item : items) squares += std::pow(item.usd - ratio * item.solved, 2);
  const auto n = static_cast<double>(items.size());
  return std::sqrt(squares * n / (n - 1)) / solved;
}

CostPerSolved cost_per_solved(std::span<const CostAndSolved> items) {
  CostPerSolved result;
  double cost = 0;
  double solved = 0;
  double samples = 0;
  for (const CostAndSolved& item : items) {
    cost += item.usd;
    solved += item.solved;
    samples += item.samples;
  }
  if (samples <= 0) {
    result.method = "no graded samples";
    return result;
  }
  const double sample_cost = cost / samples;
  const auto n = static_cast<double>(items.size());
  if (solved <= 0) {
    // A lower bound only: even at the upper end of the share solved it costs this much.
    result.low = sample_cost / wilson_interval(0, n, kZ95).high;
    result.method = "none solved: lower bound from Wilson's interval";
    return result;
  }
  result.usd = cost / solved;
  if (solved >= samples) {
    result.low = sample_cost / wilson_interval(1, n, kZ95).high;
    result.high = sample_cost / wilson_interval(1, n, kZ95).low;
    result.method = "all solved: Wilson";
    return result;
  }
  if (items.size() < 2) {
    result.low = sample_cost;  // a solved problem costs at least one sample
    result.method = "one question: lower bound";
    return result;
  }
  const Moments m = moments_of(items);
  if (m.solved_solved < 1e-18) {
    const Interval share = wilson_interval(solved / samples, n, kZ95);
    result.low = sample_cost / share.high;
    result.high = sample_cost / share.low;
    result.method = "the same share of each solved: Wilson";
    return result;
  }
  const double t = t_quantile(0.975, n - 1);
  // (cost - R solved)^2 <= t^2 (v_cc - 2 R v_cs + R^2 v_ss), a quadratic in R.
  const double a = m.solved * m.solved - t * t * m.solved_solved;
  const double b = m.cost * m.solved - t * t * m.cost_solved;
  const double c = m.cost * m.cost - t * t * m.cost_cost;
  const double root = std::sqrt(std::max(0.0, b * b - a * c));
  if (a <= 0) {
    // The share solved cannot be told from 0. The set is then all R above one root (or unbounded on both
    // sides).
    if (a < 0) {
      const double low = (b - root) / a > (b + root) / a ? (b - root) / a : (b + root) / a;
      if (low > 0 && low <= *result.usd) result.low = low;
    }
    if (!result.low) result.low = sample_cost;
    result.method = "Fieller: no upper end, too few solved";
    return result;
  }
  result.low = std::max(0.0, (b - root) / a);
  result.high = (b + root) / a;
  result.method = "Fieller";
  return result;
}

}  // namespace reckon::reports
