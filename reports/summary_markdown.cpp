#include <fmt/format.h>

#include "reports/format.h"
#include "reports/markdown_table.h"
#include "reports/report.h"

namespace reckon::reports {
namespace {

using Align = MarkdownTable::Align;

// A gate that stopped early says where.
std::string stopped_text(const Summary& summary) {
  std::string text;
  for (const RunSummary& run : summary.runs) {
    for (const TaskSummary& task : run.tasks) {
      if (task.stopped_of == 0) continue;
      text += fmt::format("- {}, {}: stopped at {} of {} questions; the interval is a confidence sequence\n",
                          markdown_cell(run.label), markdown_cell(task.alias), task.accuracy.questions,
                          task.stopped_of);
    }
  }
  return text.empty() ? text : text + "\n";
}

std::string accuracy_section(const Summary& summary) {
  MarkdownTable table;
  table.column("Model");
  table.column("Suite");
  table.column("Accuracy", Align::right);
  table.column("95 % interval", Align::right);
  table.column("n", Align::right);
  table.column("truncated", Align::right);
  table.column("no answer", Align::right);
  table.column("failed", Align::right);
  table.column("missing", Align::right);
  const auto add = [&](const RunSummary& run, const std::string& name, const Score& score,
                       const SampleCounts& counts) {
    table.row({markdown_cell(run.label), name, score.questions > 0 ? percent(score.value) : "-",
               percent_interval(score), count(score.questions), count(counts.truncated),
               count(counts.no_answer), count(counts.failed + counts.not_graded), count(counts.missing())});
  };
  for (const RunSummary& run : summary.runs) {
    for (const TaskSummary& task : run.tasks) add(run, markdown_cell(task.alias), task.accuracy, task.counts);
    if (run.tasks.size() > 1) add(run, "all suites", run.accuracy, run.counts);
  }
  return "## Accuracy\n\n" + table.text() + "\n" + stopped_text(summary);
}

// One figure for several suites; nothing where no group was asked for.
std::string groups_section(const Summary& summary) {
  MarkdownTable table;
  table.column("Model");
  table.column("Group");
  table.column("Metric");
  table.column("Value", Align::right);
  table.column("Stderr", Align::right);
  table.column("95 % interval", Align::right);
  table.column("n", Align::right);
  bool any = false;
  for (const RunSummary& run : summary.runs) {
    for (const GroupSummary& group : run.groups) {
      for (const Score& score : group.metrics) {
        any = true;
        const std::string metric = score.filter == "none" ? score.metric : score.metric + "," + score.filter;
        table.row({markdown_cell(run.label), markdown_cell(group.alias), markdown_cell(metric),
                   fmt::format("{:.4f}", score.value),
                   score.standard_error ? fmt::format("{:.4f}", *score.standard_error) : "N/A",
                   score.interval ? fmt::format("{:.4f} to {:.4f}", score.interval->low, score.interval->high)
                                  : "-",
                   count(score.questions)});
      }
    }
  }
  return any ? "## Groups\n\n" + table.text() + "\n" : "";
}

}  // namespace

std::string summary_markdown(const Summary& summary) {
  std::string text = "# Results\n\n" + accuracy_section(summary) + groups_section(summary);
  for (const RunComparison& comparison : summary.comparisons) {
    text += "## Comparison\n\n" + compare_table(comparison) + "\n";
  }
  text += "## Tokens, time and cost\n\n" + cost_table(summary);
  const std::string warnings = warning_list(summary);
  if (!warnings.empty()) text += "\n## Warnings\n\n" + warnings;
  return text;
}

std::string warning_list(const Summary& summary) {
  std::string warnings;
  for (const RunSummary& run : summary.runs) {
    for (const std::string& warning : run.warnings) {
      warnings += fmt::format("- {}: {}\n", markdown_cell(run.label), markdown_cell(warning));
    }
  }
  return warnings;
}

}  // namespace reckon::reports
