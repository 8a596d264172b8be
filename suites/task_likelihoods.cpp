// Task::grade_loglikelihoods(): the metrics of lm-evaluation-harness 0.4.13 for scored texts.

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "suites/task_state.h"
#include "suites/text/regex.h"

namespace reckon::suites {
namespace {

std::size_t arg_max(std::span<const double> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// len(re.split(r"\s+", text)).
std::size_t count_words(const std::string& text) {
  static const Regex kSpace(R"(\s+)", "word_perplexity");
  return kSpace.find_all(text).all.size() + 1;
}

Verdict rolling_verdict(const TaskConfig& config, const Sample& sample, double logprob,
                        const std::string& filter) {
  Verdict verdict;
  verdict.rule = "loglikelihood_rolling";
  verdict.has_right_answer = false;
  for (const MetricConfig& metric : config.metrics) {
    const std::string key = metric.metric.name + "," + filter;
    const std::size_t units =
        metric.metric.name == "word_perplexity" ? count_words(sample.target) : sample.target.size();
    verdict.metrics[key] = logprob;
    verdict.weights[key] = static_cast<double>(units);
  }
  verdict.why = fmt::format("log-probability {:.3f} of {} bytes", logprob, sample.target.size());
  return verdict;
}

Verdict target_verdict(const TaskConfig& config, double logprob, bool greedy, const std::string& filter) {
  Verdict verdict;
  verdict.rule = "loglikelihood";
  for (const MetricConfig& metric : config.metrics) {
    const bool perplexity = metric.metric.name == "perplexity";
    verdict.metrics[metric.metric.name + "," + filter] = perplexity ? logprob : (greedy ? 1.0 : 0.0);
  }
  verdict.correct = greedy;
  verdict.why = greedy ? "greedy decoding gives the target" : "greedy decoding does not give the target";
  return verdict;
}

/// What one metric of multiple_choice says: the choice that it takes, and its value.
struct Choice {
  std::size_t chosen = 0;
  double value = 0;
};

class Choices {
 public:
  Choices(const Sample& sample, std::span<const double> logprobs, const std::vector<bool>& greedy)
      : sample_(sample), all_(logprobs), logprobs_(logprobs.first(sample.choices.size())), greedy_(greedy) {}

  bool is_gold(std::size_t choice) const {
    const auto wanted = static_cast<int>(choice);
    return wanted == sample_.gold_choice ||
           std::find(sample_.other_gold_choices.begin(), sample_.other_gold_choices.end(), wanted) !=
               sample_.other_gold_choices.end();
  }

  Choice judge(const std::string& metric) const {
    if (metric == "exact_match" || metric == "brier_score") {
      const std::size_t chosen = arg_max(logprobs_);
      return {chosen, metric == "exact_match" ? (any_gold_is_greedy() ? 1.0 : 0.0) : brier()};
    }
    const std::size_t chosen = arg_max(scores(metric));
    return {chosen, is_gold(chosen) ? 1.0 : 0.0};
  }

 private:
  std::vector<double> scores(const std::string& metric) const {
    std::vector<double> scores(logprobs_.begin(), logprobs_.end());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const std::string& text = sample_.choices[i];
      if (metric == "acc_norm") {
        scores[i] /= static_cast<double>(std::max<std::size_t>(1, code_points(text)));
      } else if (metric == "acc_bytes") {
        scores[i] /= static_cast<double>(std::max<std::size_t>(1, text.size()));
      } else if (metric == "acc_mutual_info") {
        scores[i] -= all_[scores.size() + i];
      }
    }
    return scores;
  }

  bool any_gold_is_greedy() const {
    for (std::size_t i = 0; i < logprobs_.size(); ++i) {
      if (is_gold(i) && greedy_[i]) return true;
    }
    return false;
  }

  /// Squared distance of the choices' probabilities, normed to 1, from the right one's (Brier 1950).
  double brier() const {
    const double highest = *std::max_element(logprobs_.begin(), logprobs_.end());
    double sum = 0;
    for (const double value : logprobs_) sum += std::exp(value - highest);
    double score = 0;
    for (std::size_t i = 0; i < logprobs_.size(); ++i) {
      const double wanted = static_cast<int>(i) == sample_.gold_choice ? 1.0 : 0.0;
      const double off = std::exp(logprobs_[i] - highest) / sum - wanted;
      score += off * off;
    }
    return score;
  }

  const Sample& sample_;
  std::span<const double> all_;
  std::span<const double> logprobs_;
  const std::vector<bool>& greedy_;
};

Verdict choice_verdict(const TaskConfig& config, const Sample& sample, std::span<const double> logprobs,
                       const std::vector<bool>& greedy, const std::string& filter) {
  Verdict verdict;
  verdict.rule = "loglikelihood";
  const Choices choices(sample, logprobs, greedy);
  if (config.process_likelihoods) {
    const json::Document doc = json::parse(sample.doc, config.name);
    for (const auto& [name, value] : config.process_likelihoods(doc, logprobs)) {
      verdict.metrics[name + "," + filter] = value;
    }
    const std::string key = config.metrics.front().metric.name + "," + filter;
    const double value = verdict.metrics.contains(key) ? verdict.metrics[key] : 0.0;
    verdict.correct = value >= 0.5;
    verdict.why = fmt::format("process_results: {} {:.4f}", key, value);
    return verdict;
  }
  for (const MetricConfig& metric : config.metrics) {
    verdict.metrics[metric.metric.name + "," + filter] = choices.judge(metric.metric.name).value;
  }
  // A metric that is a distance says nothing about right or wrong: the likeliest choice does.
  const std::string& first = config.metrics.front().metric.name;
  const Choice choice = choices.judge(first == "brier_score" ? "acc" : first);
  verdict.correct = choice.value == 1.0;
  verdict.extracted = sample.choices[choice.chosen];
  verdict.why = fmt::format("choice {} is the likeliest, choice {} is right", choice.chosen + 1,
                            sample.gold_choice + 1);
  return verdict;
}

}  // namespace

Verdict Task::grade_loglikelihoods(const Sample& sample, std::span<const double> loglikelihoods,
                                   const std::vector<bool>& greedy) const {
  const TaskConfig& config = *state_->config;
  const std::string filter = config.filters.front().name();
  std::size_t expected = config.output_type == OutputType::multiple_choice ? sample.choices.size() : 1;
  if (config.output_type == OutputType::generate_until) {
    expected = 0;
  } else if (config.has_metric("acc_mutual_info")) {
    expected *= 2;
  }
  if (expected == 0 || loglikelihoods.size() != expected || greedy.size() != expected) {
    fail_input("task '{}', doc {}: {} log-probabilities were given where {} belong", config.name,
               sample.doc_id, loglikelihoods.size(), expected);
  }
  for (const double value : loglikelihoods) {
    if (std::isnan(value)) {
      fail_evaluation("task '{}', doc {}: a log-probability is not a number", config.name, sample.doc_id);
    }
  }
  switch (config.output_type) {
    case OutputType::loglikelihood:
      return target_verdict(config, loglikelihoods[0], greedy[0], filter);
    case OutputType::loglikelihood_rolling:
      return rolling_verdict(config, sample, loglikelihoods[0], filter);
    case OutputType::multiple_choice:
    case OutputType::generate_until:
      break;
  }
  return choice_verdict(config, sample, loglikelihoods, greedy, filter);
}

}  // namespace reckon::suites
