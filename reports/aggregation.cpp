#include "reports/aggregation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reports/statistics/quantiles.h"

namespace reckon::reports {

bool is_log_aggregation(const std::string& aggregation) {
  return aggregation == "perplexity" || aggregation == "weighted_perplexity" ||
         aggregation == "bits_per_byte";
}

Score score_of_log_probabilities(const std::string& aggregation,
                                 const std::vector<LogProbability>& questions) {
  Score score;
  score.higher_is_better = false;
  score.questions = static_cast<std::int64_t>(questions.size());
  score.clusters = score.questions;
  double sum = 0;
  double weight = 0;
  for (const LogProbability& question : questions) {
    sum += question.sum;
    weight += question.weight;
  }
  if (questions.empty() || !(weight > 0)) {
    score.questions = 0;
    score.interval_method = "no graded samples";
    return score;
  }
  const bool bits = aggregation == "bits_per_byte";
  const auto shown = [bits](double rate) { return bits ? -rate / std::numbers::ln2 : std::exp(-rate); };
  const double rate = sum / weight;
  score.value = shown(rate);
  if (questions.size() < 2) {
    score.interval_method = "none: one question";
    return score;
  }
  const auto n = static_cast<double>(questions.size());
  double squares = 0;
  for (const LogProbability& question : questions) {
    const double off = question.sum - rate * question.weight;
    squares += off * off;
  }
  const double error = std::sqrt(squares * n / (n - 1)) / weight;
  score.standard_error = error * (bits ? 1 / std::numbers::ln2 : score.value);
  const double half = t_quantile(0.975, n - 1) * error;
  score.interval = Interval{shown(rate + half), shown(rate - half)};
  score.interval_method = bits ? "t, of a ratio" : "t of the logarithm, of a ratio";
  return score;
}

}  // namespace reckon::reports
