// Task::grade() and Task::grade_together().

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"
#include "suites/task_state.h"

namespace reckon::suites {
namespace {

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

/// Of what the filters left: each metric of the file, or what process_results says; `first`: the verdict of
/// the first metric.
std::map<std::string, double> metrics_of(const TaskConfig& config, const Sample& sample,
                                         const json::Value& doc, const Extraction& extraction, Grade& first) {
  std::map<std::string, double> metrics;
  for (const MetricConfig& metric : config.metrics) {
    Grade grade;
    if (!extraction.failure.empty()) {
      grade = {false, extraction.failure, kNotDecided};
    } else if (metric.grader && (extraction.found || !extraction.answer.empty())) {
      grade = grade_against_all(*metric.grader, sample, extraction.answer);
    }
    const double right = grade.correct ? 1.0 : 0.0;
    metrics[metric.metric.name] =
        metric.metric.name == "partial_credit" ? grade.credit.value_or(right) : right;
    if (metrics.size() == 1) {
      first = std::move(grade);
    }
  }
  if (config.process_results && extraction.failure.empty()) {
    for (const auto& [name, value] : config.process_results(doc, extraction.answer)) {
      metrics[name] = value;
    }
    const std::string name =
        config.deciding_metric.empty() ? config.metrics.front().metric.name : config.deciding_metric;
    first.correct = metrics[name] >= 0.5;
    first.why = fmt::format("process_results: {} {}", name, metrics[name]);
  }
  return metrics;
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
  const json::Document doc = json::parse(sample.doc, config.name);
  Verdict verdict;
  bool primary = true;
  for (const AnswerFilter& filter : config.filters) {
    const Extraction extraction = filter.apply(text, doc);
    Grade first;
    const std::map<std::string, double> metrics = metrics_of(config, sample, doc, extraction, first);
    if (!filter.needs_all_repeats()) {
      for (const auto& [name, value] : metrics) {
        verdict.metrics[name + "," + filter.name()] = value;
      }
    }
    if (!primary) {
      continue;
    }
    primary = false;
    verdict.correct = first.correct;
    verdict.extracted = extraction.found ? extraction.answer : "";
    verdict.rule = extraction.rule;
    const bool judged = extraction.found || !extraction.failure.empty();
    verdict.why = judged ? first.why : "no answer was found in the reply";
    verdict.isolation = first.isolation;
    verdict.forgeable = first.forgeable;
    verdict.evidence = judged ? first.evidence : "";
  }
  return verdict;
}

bool Task::has_joint_filters() const {
  const std::vector<AnswerFilter>& filters = state_->config->filters;
  return std::any_of(filters.begin(), filters.end(),
                     [](const AnswerFilter& filter) { return filter.needs_all_repeats(); });
}

std::vector<int> Task::answer_classes(std::span<const std::string> extracted) const {
  const std::unique_ptr<Grader>& grader = state_->config->metrics.front().grader;
  // Graders of code have no word on whether two programs are equal: only the same text is the same answer.
  const bool compares = grader && !grader->wants_row();
  // Distinct texts, joined where the grader says that they are equal.
  std::map<std::string, std::size_t> places;
  std::vector<std::string> texts;
  for (const std::string& answer : extracted) {
    if (!answer.empty() && places.emplace(answer, texts.size()).second) {
      texts.push_back(answer);
    }
  }
  std::vector<std::size_t> root(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    root[i] = i;
    for (std::size_t j = 0; j < i; ++j) {
      if (root[i] == root[j] || !compares || !grader->grade(texts[j], texts[i]).correct ||
          !grader->grade(texts[i], texts[j]).correct) {
        continue;
      }
      const std::size_t from = std::max(root[i], root[j]);
      std::replace(root.begin(), root.begin() + static_cast<std::ptrdiff_t>(i) + 1, from,
                   std::min(root[i], root[j]));
    }
  }
  std::vector<int> classes;
  for (const std::string& answer : extracted) {
    classes.push_back(answer.empty() ? -1 : static_cast<int>(root[places.at(answer)]));
  }
  return classes;
}

std::map<std::string, double> Task::grade_together(const Sample& sample,
                                                   std::span<const std::string> answers) const {
  const TaskConfig& config = *state_->config;
  std::map<std::string, double> metrics;
  if (!has_joint_filters()) {
    return metrics;
  }
  std::vector<std::string> texts;
  for (const std::string& answer : answers) {
    texts.push_back(utf8::replace_invalid(answer));
  }
  const json::Document doc = json::parse(sample.doc, config.name);
  for (const AnswerFilter& filter : config.filters) {
    if (filter.needs_all_repeats()) {
      const Extraction extraction = filter.apply_all(texts, doc);
      Grade first;
      for (const auto& [name, value] : metrics_of(config, sample, doc, extraction, first)) {
        metrics[name + "," + filter.name()] = value;
      }
    }
  }
  return metrics;
}

}  // namespace reckon::suites
