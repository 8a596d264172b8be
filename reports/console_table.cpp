// lm-evaluation-harness's table, extended by the interval and n.

#include <algorithm>

#include <fmt/format.h>

#include "reports/format.h"
#include "reports/markdown_table.h"
#include "reports/report.h"

namespace reckon::reports {
namespace {

using Align = MarkdownTable::Align;

std::string number(double value) { return fmt::format("{:.4f}", value); }

// The error over sampling is only shown where some question has two answers or more.
bool has_sampling_errors(const Summary& summary) {
  for (const RunSummary& run : summary.runs) {
    for (const TaskSummary& task : run.tasks) {
      if (task.accuracy.sampling_standard_error) return true;
    }
  }
  return false;
}

void add_rows(const RunSummary& run, bool name_model, bool sampled, MarkdownTable& table) {
  for (const TaskSummary& task : run.tasks) {
    std::vector<Score> scores = task.metrics;
    if (scores.empty()) scores.push_back(task.accuracy);
    scores.insert(scores.end(), task.repeated.begin(), task.repeated.end());
    bool first = true;
    for (const Score& score : scores) {
      std::vector<std::string> cells;
      if (name_model) cells.push_back(first ? markdown_cell(run.label) : "");
      cells.push_back(first ? markdown_cell(task.alias) : "");
      cells.push_back(first ? markdown_cell(task.version) : "");
      cells.push_back(markdown_cell(score.filter));
      cells.push_back(std::to_string(task.n_shot));
      cells.push_back(markdown_cell(score.metric));
      cells.push_back(score.higher_is_better ? "↑" : "↓");
      cells.push_back(score.questions > 0 ? number(score.value) : "-");
      cells.push_back("±");
      cells.push_back(score.standard_error ? number(*score.standard_error) : "N/A");
      if (sampled) {
        cells.push_back(score.sampling_standard_error ? number(*score.sampling_standard_error) : "-");
      }
      cells.push_back(
          score.interval ? fmt::format("{:.4f} to {:.4f}", score.interval->low, score.interval->high) : "-");
      cells.push_back(std::to_string(score.questions));
      cells.push_back(std::to_string(task.counts.truncated));
      cells.push_back(std::to_string(task.counts.failed));
      table.row(std::move(cells));
      first = false;
    }
  }
}

// A group has no counts of its own: its suites stand above.
void add_group_rows(const RunSummary& run, bool name_model, MarkdownTable& table) {
  for (const GroupSummary& group : run.groups) {
    bool first = true;
    for (const Score& score : group.metrics) {
      std::vector<std::string> cells;
      if (name_model) cells.push_back(first ? markdown_cell(run.label) : "");
      cells.push_back(first ? markdown_cell(group.alias) : "");
      cells.push_back(first ? markdown_cell(group.version) : "");
      cells.push_back(markdown_cell(score.filter));
      cells.push_back(group.n_shot ? std::to_string(*group.n_shot) : "");
      cells.push_back(markdown_cell(score.metric));
      cells.push_back(score.higher_is_better ? "↑" : "↓");
      cells.push_back(number(score.value));
      cells.push_back("±");
      cells.push_back(score.standard_error ? number(*score.standard_error) : "N/A");
      cells.push_back(
          score.interval ? fmt::format("{:.4f} to {:.4f}", score.interval->low, score.interval->high) : "-");
      cells.push_back(std::to_string(score.questions));
      table.row(std::move(cells));
      first = false;
    }
  }
}

/// What lm-evaluation-harness prints of a score, and the interval.
void score_columns(MarkdownTable& table, bool name_model, const char* what, bool sampled) {
  if (name_model) table.column("Model");
  table.column(what);
  table.column("Version", Align::right);
  table.column("Filter");
  table.column("n-shot", Align::right);
  table.column("Metric");
  table.column("");
  table.column("Value", Align::right);
  table.column("");
  table.column("Stderr", Align::right);
  if (sampled) table.column("of sampling", Align::right);
  table.column("95 % interval");
  table.column("n", Align::right);
}

std::string groups_table(const Summary& summary, bool name_model) {
  MarkdownTable table;
  score_columns(table, name_model, "Groups", false);
  for (const RunSummary& run : summary.runs) add_group_rows(run, name_model, table);
  return table.text();
}

bool has_group_scores(const Summary& summary) {
  return std::any_of(summary.runs.begin(), summary.runs.end(), [](const RunSummary& run) {
    return std::any_of(run.groups.begin(), run.groups.end(),
                       [](const GroupSummary& group) { return !group.metrics.empty(); });
  });
}

}  // namespace

std::string console_table(const Summary& summary) {
  MarkdownTable table;
  const bool name_model = summary.runs.size() > 1;
  const bool sampled = has_sampling_errors(summary);
  score_columns(table, name_model, "Tasks", sampled);
  table.column("truncated", Align::right);
  table.column("failed", Align::right);
  for (const RunSummary& run : summary.runs) add_rows(run, name_model, sampled, table);
  if (!has_group_scores(summary)) return table.text();
  return table.text() + "\n" + groups_table(summary, name_model);
}

}  // namespace reckon::reports
