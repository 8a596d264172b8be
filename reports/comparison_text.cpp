#include <fmt/format.h>

#include "base/json.h"
#include "reports/comparison_json.h"
#include "reports/format.h"
#include "reports/markdown_table.h"
#include "reports/report.h"

namespace reckon::reports {

std::string compare_table(const RunComparison& comparison) {
  using Align = MarkdownTable::Align;
  std::string text = fmt::format(
      "{} (new) against {} (old); differences within {:.1f} points count as the same\n\n",
      markdown_cell(comparison.new_label), markdown_cell(comparison.old_label), 100 * comparison.margin);
  if (comparison.tasks.empty()) text += "The runs have no task in common.\n";
  MarkdownTable table;
  table.column("Tasks");
  table.column("Old", Align::right);
  table.column("New", Align::right);
  table.column("Difference", Align::right);
  table.column("95 % interval");
  table.column("n", Align::right);
  table.column("only old right", Align::right);
  table.column("only new right", Align::right);
  table.column("p", Align::right);
  table.column("p (Holm)", Align::right);
  table.column("Verdict");
  for (const TaskComparison& task : comparison.tasks) {
    table.row(
        {markdown_cell(task.task), percent(task.old_value), percent(task.new_value), points(task.difference),
         task.interval ? fmt::format("{} to {}", points(task.interval->low), points(task.interval->high))
                       : "-",
         task.paired ? std::to_string(task.questions) : "not paired",
         task.paired ? std::to_string(task.only_old_correct) : "-",
         task.paired ? std::to_string(task.only_new_correct) : "-",
         task.p_value ? fmt::format("{:.3g}", *task.p_value) : "-",
         task.p_holm ? fmt::format("{:.3g}", *task.p_holm) : "-", name_of(task.verdict)});
  }
  if (!comparison.tasks.empty()) text += table.text();
  std::string notes;
  for (const TaskComparison& task : comparison.tasks) {
    if (!task.note.empty()) notes += fmt::format("- {}: {}\n", markdown_cell(task.task), task.note);
  }
  for (const std::string& warning : comparison.warnings) notes += "- " + markdown_cell(warning) + "\n";
  if (!notes.empty()) text += "\n" + notes;
  return text;
}

std::string compare_json(const RunComparison& comparison) {
  json::Document document;
  return json::dump_pretty(comparison_value(comparison, document.GetAllocator())) + "\n";
}

}  // namespace reckon::reports
