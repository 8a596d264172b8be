#include "reports/gate/limits.h"

#include <cmath>

#include <fmt/format.h>

#include "reports/format.h"

namespace reckon::reports {
namespace {

std::optional<double> ratio(double part, double whole) {
  if (!(whole > 0)) return std::nullopt;
  return part / whole;
}

struct Range {
  double low = 0;
  double high = 0;
};

Range range_of(const RunSummary& run, const std::string& figure, double value) {
  if (figure != "usd_per_solved") return {value, value};
  const CostPerSolved& cost = run.cost.per_solved;
  return {cost.low.value_or(value), cost.high.value_or(INFINITY)};
}

struct Bound {
  bool upper = true;
  double at = 0;
  std::string text;
};

std::vector<Bound> bounds_of(const LimitPolicy& limit, const std::optional<double>& baseline) {
  std::vector<Bound> bounds;
  if (limit.max) bounds.push_back({true, *limit.max, fmt::format("at most {:.6g}", *limit.max)});
  if (limit.min) bounds.push_back({false, *limit.min, fmt::format("at least {:.6g}", *limit.min)});
  if (limit.max_increase && baseline) {
    bounds.push_back(
        {true, *baseline * (1 + *limit.max_increase),
         fmt::format("at most {:.4g} % above the baseline's {:.6g}", 100 * *limit.max_increase, *baseline)});
  }
  if (limit.max_decrease && baseline) {
    bounds.push_back(
        {false, *baseline * (1 - *limit.max_decrease),
         fmt::format("at most {:.4g} % below the baseline's {:.6g}", 100 * *limit.max_decrease, *baseline)});
  }
  return bounds;
}

GateStatus status_of(const Range& range, const Bound& bound) {
  if (bound.upper) {
    if (range.high <= bound.at) return GateStatus::passed;
    return range.low > bound.at ? GateStatus::failed : GateStatus::inconclusive;
  }
  if (range.low >= bound.at) return GateStatus::passed;
  return range.high < bound.at ? GateStatus::failed : GateStatus::inconclusive;
}

}  // namespace

std::optional<double> figure_of(const RunSummary& run, const std::string& figure) {
  const auto recorded = static_cast<double>(run.counts.recorded);
  if (figure == "usd_total") return run.cost.total_usd;
  if (figure == "usd_per_sample") return run.cost.usd_per_sample;
  if (figure == "usd_per_solved") return run.cost.per_solved.usd;
  if (figure == "usd_per_million_input") return run.cost.usd_per_million_input;
  if (figure == "usd_per_million_output") return run.cost.usd_per_million_output;
  if (figure == "truncated_share") return ratio(static_cast<double>(run.counts.truncated), recorded);
  if (figure == "failed_share") return ratio(static_cast<double>(run.counts.failed), recorded);
  if (figure == "output_tokens_per_sample") return ratio(static_cast<double>(run.tokens.output), recorded);
  if (figure == "decode_tokens_per_second" && run.engine) {
    return ratio(static_cast<double>(run.engine->decode_tokens), run.engine->decode_seconds);
  }
  if (run.wall_seconds > 0) {
    if (figure == "device_hours") return run.device_hours;
    if (figure == "wall_seconds") return run.wall_seconds;
  }
  return std::nullopt;
}

GateCheck check_limit(const LimitPolicy& limit, const RunSummary& baseline, const RunSummary& candidate) {
  GateCheck check;
  check.kind = GateCheck::Kind::limit;
  check.name = limit.figure;
  check.value = figure_of(candidate, limit.figure);
  check.baseline = figure_of(baseline, limit.figure);
  if (!check.value) {
    check.status = GateStatus::not_evaluated;
    check.message =
        fmt::format("{} of the new run is not known{}", limit.figure,
                    limit.figure.starts_with("usd") ? " (give --price-per-hour or --prices)" : "");
    return check;
  }
  if ((limit.max_increase || limit.max_decrease) && !check.baseline) {
    check.status = GateStatus::not_evaluated;
    check.message = fmt::format("{} of the baseline is not known", limit.figure);
    return check;
  }
  const Range range = range_of(candidate, limit.figure, *check.value);
  check.message = fmt::format("{:.6g}", *check.value);
  if (range.low < range.high) {
    check.message += std::isfinite(range.high) ? fmt::format(" [{:.6g}, {:.6g}]", range.low, range.high)
                                               : fmt::format(" [{:.6g} or more]", range.low);
  }
  for (const Bound& bound : bounds_of(limit, check.baseline)) {
    const GateStatus status = status_of(range, bound);
    check.message += "; " + bound.text + (status == GateStatus::passed ? "" : ": ") +
                     (status == GateStatus::passed   ? ""
                      : status == GateStatus::failed ? "exceeded"
                                                     : "not to be told");
    if (status == GateStatus::failed || check.status == GateStatus::passed) check.status = status;
  }
  return check;
}

}  // namespace reckon::reports
