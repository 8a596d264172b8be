#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "reports/emitters/emitters.h"
#include "reports/format.h"

namespace reckon::reports {
namespace {

// XML 1.0 has no control characters but tab and line breaks, escaped or not.
std::string xml(const std::string& text) {
  std::string escaped;
  for (const char c : utf8::replace_invalid(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
  }
  return escaped;
}

struct TestCase {
  std::string classname;
  std::string name;
  GateStatus status = GateStatus::passed;
  std::string message;
};

std::string counts_of(const std::vector<TestCase>& cases) {
  const auto with = [&](GateStatus status) {
    return std::count_if(cases.begin(), cases.end(),
                         [&](const TestCase& test) { return test.status == status; });
  };
  return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}")", cases.size(),
                     with(GateStatus::failed), with(GateStatus::not_evaluated),
                     with(GateStatus::inconclusive));
}

std::string case_text(const TestCase& test) {
  const std::string head =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n", xml(test.classname), xml(test.name));
  const std::string message = xml(test.message);
  std::string inside;
  switch (test.status) {
    case GateStatus::passed:
      inside = fmt::format("<system-out>{}</system-out>", message);
      break;
    case GateStatus::failed:
      inside = fmt::format("<failure type=\"regression\" message=\"{}\"/>", message);
      break;
    case GateStatus::not_evaluated:
      inside = fmt::format("<error type=\"not evaluated\" message=\"{}\"/>", message);
      break;
    case GateStatus::inconclusive:
      inside = fmt::format("<skipped message=\"{}\"/>", message);
      break;
  }
  return head + "      " + inside + "\n    </testcase>\n";
}

std::string document_of(const std::string& name,
                        const std::vector<std::pair<std::string, std::vector<TestCase>>>& suites) {
  std::vector<TestCase> all;
  for (const auto& [suite, cases] : suites) all.insert(all.end(), cases.begin(), cases.end());
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites name=\"{}\" {}>\n", name, counts_of(all));
  for (const auto& [suite, cases] : suites) {
    text += fmt::format("  <testsuite name=\"{}\" {}>\n", xml(suite), counts_of(cases));
    for (const TestCase& test : cases) text += case_text(test);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

std::string score_text(const TaskSummary& task) {
  if (task.accuracy.questions == 0) return "no graded sample";
  std::string text = percent(task.accuracy.value);
  if (task.accuracy.interval) text += " " + percent_interval(task.accuracy);
  return text + fmt::format(", n = {}, {} truncated", task.accuracy.questions, task.counts.truncated);
}

// What keeps a task from being judged; empty when nothing does.
std::string loss_text(const TaskSummary& task) {
  std::string text;
  if (task.counts.failed > 0) text += fmt::format("; {} samples failed", task.counts.failed);
  if (task.counts.missing() > 0) text += fmt::format("; {} samples are missing", task.counts.missing());
  if (task.accuracy.questions == 0 && task.counts.graded == 0) text += "; nothing was graded";
  return text;
}

void compare_case(const RunComparison& comparison, const std::string& task, TestCase& test) {
  const auto found = std::find_if(comparison.tasks.begin(), comparison.tasks.end(),
                                  [&](const TaskComparison& other) { return other.task == task; });
  if (found == comparison.tasks.end()) return;
  if (!found->interval) {
    test.status = GateStatus::not_evaluated;
    test.message += "; not compared: " + refusal_of(comparison, task).value_or(found->note);
    return;
  }
  test.message += fmt::format("; {} (against {}): {} points, interval {} to {}", name_of(found->verdict),
                              comparison.old_label, points(found->difference), points(found->interval->low),
                              points(found->interval->high));
  if (found->verdict == Verdict::worse) test.status = GateStatus::failed;
  if (found->verdict == Verdict::inconclusive) test.status = GateStatus::inconclusive;
}

}  // namespace

std::string junit_xml(const GateResult& result) {
  std::vector<TestCase> cases;
  for (const GateCheck& check : result.checks) {
    cases.push_back({check.kind == GateCheck::Kind::suite ? "reckon.gate.suite" : "reckon.gate.limit",
                     check.name, check.status, check.message});
  }
  return document_of("reckon gate", {{result.policy, cases}});
}

std::string junit_xml(const Summary& summary) {
  std::vector<std::pair<std::string, std::vector<TestCase>>> suites;
  for (std::size_t i = 0; i < summary.runs.size(); ++i) {
    const RunSummary& run = summary.runs[i];
    std::vector<TestCase> cases;
    for (const TaskSummary& task : run.tasks) {
      TestCase test{"reckon.report", task.task, GateStatus::passed, score_text(task)};
      if (i > 0) compare_case(summary.comparisons[i - 1], task.task, test);
      if (const std::string loss = loss_text(task); !loss.empty()) {
        test.message += loss;
        if (test.status != GateStatus::failed) test.status = GateStatus::not_evaluated;
      }
      cases.push_back(std::move(test));
    }
    suites.emplace_back(run.label, std::move(cases));
  }
  return document_of("reckon report", suites);
}

}  // namespace reckon::reports
