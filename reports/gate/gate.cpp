#include "reports/gate/gate.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/compare/compare.h"
#include "reports/format.h"
#include "reports/gate/limits.h"

namespace reckon::reports {
namespace {

CompareOptions options_of(const GatePolicy& policy, const std::vector<SuitePolicy>& suites) {
  CompareOptions options;
  options.margin = policy.margin;
  options.alpha = policy.alpha;
  for (const SuitePolicy& suite : suites) options.tasks[suite.task] = {suite.margin, suite.metric};
  return options;
}

bool has_task(const RunData& run, const std::string& name) {
  return std::any_of(run.tasks.begin(), run.tasks.end(),
                     [&](const TaskData& task) { return task.name == name; });
}

std::string figures_of(const TaskComparison& task) {
  std::string text = fmt::format("{} -> {} ({} points", percent(task.old_value), percent(task.new_value),
                                 points(task.difference));
  if (task.interval) {
    text += fmt::format(", interval {} to {}", points(task.interval->low), points(task.interval->high));
  }
  if (task.p_holm) text += fmt::format(", p {:.3g} after Holm", *task.p_holm);
  text += fmt::format("), margin {:.4g} points", 100 * task.margin);
  if (task.paired) text += fmt::format(", n = {}", task.questions);
  return text;
}

std::string missing_text(const SuitePolicy& suite, const RunData& baseline, const RunData& candidate) {
  if (!has_task(baseline, suite.task)) return "the baseline run has no such suite";
  if (!has_task(candidate, suite.task)) return "the new run has no such suite";
  return "it could not be compared";
}

GateCheck check_suite(const SuitePolicy& suite, const RunComparison& comparison, const RunData& baseline,
                      const RunData& candidate) {
  GateCheck check;
  check.name = suite.task;
  check.status = GateStatus::not_evaluated;
  const auto found = std::find_if(comparison.tasks.begin(), comparison.tasks.end(),
                                  [&](const TaskComparison& task) { return task.task == suite.task; });
  if (found == comparison.tasks.end()) {
    check.message = missing_text(suite, baseline, candidate);
    return check;
  }
  check.comparison = *found;
  if (!found->interval) {
    check.message = found->note.empty() ? found->method : found->note;
    if (const auto refusal = refusal_of(comparison, suite.task)) {
      check.message = "the scores do not mean the same: " + *refusal;
    }
    return check;
  }
  if (found->questions < suite.questions) {
    check.message =
        fmt::format("{} questions in common; the policy asks for {}", found->questions, suite.questions);
    return check;
  }
  check.message = figures_of(*found);
  if (found->sequential && !found->note.empty()) check.message += "; " + found->note;
  if (found->verdict == Verdict::worse) {
    check.status = GateStatus::failed;
    check.message = "worse: " + check.message;
  } else if (found->not_inferior.value_or(false)) {
    check.status = GateStatus::passed;
    check.message = (found->verdict == Verdict::better ? "better: " : "no worse: ") + check.message;
  } else {
    check.status = suite.required ? GateStatus::inconclusive : GateStatus::passed;
    check.message = (suite.required ? "a loss beyond the margin cannot be excluded: "
                                    : "not required, and not shown to be worse: ") +
                    check.message;
    if (suite.required && found->questions_needed) {
      check.message += fmt::format("; about {} questions would tell", count(*found->questions_needed));
    }
  }
  return check;
}

GateStatus worst(const std::vector<GateCheck>& checks) {
  for (const GateStatus status : {GateStatus::failed, GateStatus::not_evaluated, GateStatus::inconclusive}) {
    for (const GateCheck& check : checks) {
      if (check.status == status) return status;
    }
  }
  return GateStatus::passed;
}

std::string title_of(const GateResult& result) {
  std::vector<std::string> names;
  for (const GateCheck& check : result.checks) {
    if (check.status == result.status) names.push_back(check.name);
  }
  const std::string list =
      names.size() > 4 ? fmt::format("{} checks", names.size()) : fmt::format("{}", fmt::join(names, ", "));
  switch (result.status) {
    case GateStatus::passed:
      return fmt::format("No regression: {} is no worse than {}", result.label, result.baseline_label);
    case GateStatus::failed:
      return fmt::format("Regression: {} is worse than {} on {}", result.label, result.baseline_label, list);
    case GateStatus::not_evaluated:
      return fmt::format("Could not evaluate {}", list);
    case GateStatus::inconclusive:
      break;
  }
  return fmt::format("Inconclusive: neither a regression nor its absence could be shown on {}", list);
}

}  // namespace

const char* name_of(GateStatus status) {
  switch (status) {
    case GateStatus::passed:
      return "passed";
    case GateStatus::failed:
      return "failed";
    case GateStatus::inconclusive:
      return "inconclusive";
    case GateStatus::not_evaluated:
      break;
  }
  return "not evaluated";
}

GateResult run_gate(const GatePolicy& policy, const RunData& baseline, const RunData& candidate,
                    const ReportOptions& prices) {
  GateResult result;
  result.policy = policy.source;
  result.alpha = policy.alpha;
  const std::vector<SuitePolicy> suites = gated_suites(policy, baseline);
  const RunComparison comparison = compare(baseline, candidate, options_of(policy, suites));
  result.baseline_label = comparison.old_label;
  result.label = comparison.new_label;
  for (const SuitePolicy& suite : suites) {
    result.checks.push_back(check_suite(suite, comparison, baseline, candidate));
  }
  if (!policy.limits.empty()) {
    const RunSummary before = summarise({baseline}, prices).runs.front();
    const RunSummary after = summarise({candidate}, prices).runs.front();
    for (const LimitPolicy& limit : policy.limits) {
      result.checks.push_back(check_limit(limit, before, after));
    }
  }
  result.warnings = comparison.warnings;
  for (const RunData* run : {&baseline, &candidate}) {
    for (const std::string& warning : run->warnings) {
      result.warnings.push_back(fmt::format("{}: {}", run->directory, warning));
    }
  }
  result.status = worst(result.checks);
  result.title = title_of(result);
  return result;
}

int exit_code_of(const GateResult& result, std::optional<GateStatus> inconclusive_as) {
  GateStatus status = result.status;
  if (status == GateStatus::inconclusive) status = inconclusive_as.value_or(status);
  switch (status) {
    case GateStatus::passed:
      return static_cast<int>(ExitCode::done);
    case GateStatus::failed:
      return static_cast<int>(ExitCode::regression);
    case GateStatus::inconclusive:
      return static_cast<int>(ExitCode::inconclusive);
    case GateStatus::not_evaluated:
      break;
  }
  return static_cast<int>(ExitCode::not_evaluated);
}

}  // namespace reckon::reports
