// Task::grade() and Task::grade_loglikelihoods().

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/utf8.h"
#include "suites/task_state.h"

namespace reckon::suites {
namespace {

std::string metric_key(const Metric& metric, const AnswerFilter& filter) {
  return metric.name + "," + filter.name();
}

/// Against the gold answer, then against the other accepted ones.
Grade grade_against_all(const Grader& grader, const Sample& sample, const std::string& answer) {
  if (grader.wants_row()) {
    return grader.grade(sample.source.empty() ? sample.doc : sample.source, answer);
  }
  Grade grade = grader.grade(sample.target, answer);
  for (std::size_t i = 0; i < sample.other_targets.size() && !grade.correct; ++i) {
    Grade other = grader.grade(sample.other_targets[i], answer);
    if (other.correct || (other.evidence == kNotDecided && grade.evidence != kNotDecided)) {
      grade = std::move(other);
    }
  }
  return grade;
}

std::size_t arg_max(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

bool Task::runs_code() const {
  return std::any_of(state_->config->metrics.begin(), state_->config->metrics.end(),
                     [](const MetricConfig& metric) { return metric.grader && metric.grader->wants_row(); });
}

Verdict Task::grade(const Sample& sample, std::string_view answer_text) const {
  const TaskConfig& config = *state_->config;
  if (config.output_type != OutputType::generate_until) {
    fail_input("task '{}' scores continuations; it has no written answers to grade", config.name);
  }
  const std::string text = utf8::replace_invalid(answer_text);
  Verdict verdict;
  bool primary = true;
  for (const AnswerFilter& filter : config.filters) {
    const Extraction extraction = filter.apply(text);
    for (const MetricConfig& metric : config.metrics) {
      Grade grade;
      if (!extraction.failure.empty()) {
        grade = {false, extraction.failure, kNotDecided};
      } else if (extraction.found || !extraction.answer.empty()) {
        grade = grade_against_all(*metric.grader, sample, extraction.answer);
      }
      const double credit = grade.credit.value_or(grade.correct ? 1.0 : 0.0);
      verdict.metrics[metric_key(metric.metric, filter)] =
          metric.metric.name == "partial_credit" ? credit : (grade.correct ? 1.0 : 0.0);
      if (!primary) {
        continue;
      }
      primary = false;
      verdict.correct = grade.correct;
      verdict.extracted = extraction.found ? extraction.answer : "";
      verdict.rule = extraction.rule;
      const bool judged = extraction.found || !extraction.failure.empty();
      verdict.why = judged ? grade.why : "no answer was found in the reply";
      verdict.isolation = grade.isolation;
      verdict.evidence = judged ? grade.evidence : "";
    }
  }
  return verdict;
}

Verdict Task::grade_loglikelihoods(const Sample& sample, std::span<const double> loglikelihoods,
                                   const std::vector<bool>& greedy) const {
  const TaskConfig& config = *state_->config;
  const std::string filter = config.filters.front().name();
  const std::size_t expected = config.output_type == OutputType::multiple_choice ? sample.choices.size() : 1;
  if (config.output_type == OutputType::generate_until || loglikelihoods.size() != expected ||
      greedy.size() != expected) {
    fail_input("task '{}', doc {}: {} log-probabilities were given where {} belong", config.name,
               sample.doc_id, loglikelihoods.size(),
               config.output_type == OutputType::generate_until ? 0 : expected);
  }
  for (const double value : loglikelihoods) {
    if (std::isnan(value)) {
      fail_evaluation("task '{}', doc {}: a log-probability is not a number", config.name, sample.doc_id);
    }
  }
  Verdict verdict;
  verdict.rule = "loglikelihood";
  if (config.output_type == OutputType::loglikelihood) {
    for (const MetricConfig& metric : config.metrics) {
      const bool perplexity = metric.metric.name == "perplexity";
      verdict.metrics[metric.metric.name + "," + filter] =
          perplexity ? loglikelihoods[0] : (greedy[0] ? 1.0 : 0.0);
    }
    verdict.correct = greedy[0];
    verdict.why = greedy[0] ? "greedy decoding gives the target" : "greedy decoding does not give the target";
    return verdict;
  }
  const std::vector<double> sums(loglikelihoods.begin(), loglikelihoods.end());
  std::vector<double> per_character = sums;
  std::vector<double> per_byte = sums;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    per_character[i] /= static_cast<double>(std::max<std::size_t>(1, code_points(sample.choices[i])));
    per_byte[i] /= static_cast<double>(std::max<std::size_t>(1, sample.choices[i].size()));
  }
  const auto gold = static_cast<std::size_t>(sample.gold_choice);
  bool first = true;
  for (const MetricConfig& metric : config.metrics) {
    std::size_t chosen = arg_max(sums);
    if (metric.metric.name == "acc_norm") {
      chosen = arg_max(per_character);
    } else if (metric.metric.name == "acc_bytes") {
      chosen = arg_max(per_byte);
    }
    const bool right = metric.metric.name == "exact_match" ? greedy[gold] : chosen == gold;
    verdict.metrics[metric.metric.name + "," + filter] = right ? 1.0 : 0.0;
    if (first) {
      first = false;
      verdict.correct = right;
      verdict.extracted = sample.choices[chosen];
      verdict.why = fmt::format("choice {} is the likeliest, choice {} is right", chosen + 1, gold + 1);
    }
  }
  return verdict;
}

}  // namespace reckon::suites
