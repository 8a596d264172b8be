#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "reports/compare/comparison_json.h"
#include "reports/format.h"
#include "reports/markdown_table.h"
#include "reports/report.h"

namespace reckon::reports {
namespace {

constexpr int kChartWidth = 41;  // odd: zero has a column of its own

std::string table_of(const RunComparison& comparison) {
  using Align = MarkdownTable::Align;
  MarkdownTable table;
  table.column("Tasks");
  table.column("Old", Align::right);
  table.column("New", Align::right);
  table.column("Difference", Align::right);
  table.column(fmt::format("{:.4g} % interval", 100 * (1 - comparison.alpha)));
  table.column("n", Align::right);
  table.column("only old right", Align::right);
  table.column("only new right", Align::right);
  table.column("p", Align::right);
  table.column("p (Holm)", Align::right);
  table.column("could have shown", Align::right);
  table.column("Verdict");
  for (const TaskComparison& task : comparison.tasks) {
    const bool compared = task.method != "not compared" && task.method != "none";
    table.row({markdown_cell(task.task), compared ? percent(task.old_value) : "-",
               compared ? percent(task.new_value) : "-", compared ? points(task.difference) : "-",
               task.interval
                   ? fmt::format("{} to {}", points(task.interval->low), points(task.interval->high))
                   : "-",
               !compared     ? "-"
               : task.paired ? std::to_string(task.questions)
                             : "not paired",
               compared && task.paired ? std::to_string(task.only_old_correct) : "-",
               compared && task.paired ? std::to_string(task.only_new_correct) : "-",
               task.p_value ? fmt::format("{:.3g}", *task.p_value) : "-",
               task.p_holm ? fmt::format("{:.3g}", *task.p_holm) : "-",
               task.smallest_difference ? fmt::format("{:.1f}", 100 * *task.smallest_difference) : "-",
               compared ? name_of(task.verdict) : "not compared"});
  }
  return table.text();
}

// One line a suite: the interval as a bar, the estimate as a dot, zero and the margin as marks.
std::string chart_of(const RunComparison& comparison) {
  double reach = comparison.margin * 1.5;
  std::size_t widest = 0;
  for (const TaskComparison& task : comparison.tasks) {
    if (!task.interval) continue;
    reach = std::max({reach, std::fabs(task.interval->low), std::fabs(task.interval->high)});
    widest = std::max(widest, task.task.size());
  }
  if (widest == 0 || reach <= 0) return {};
  const auto place = [&](double value) {
    return static_cast<std::size_t>(std::lround((value / reach + 1) / 2 * (kChartWidth - 1)));
  };
  std::string text =
      fmt::format("\n{:{}}  {:<{}}{:>{}}\n", "", widest, points(-reach), kChartWidth - 8, points(reach), 8);
  for (const TaskComparison& task : comparison.tasks) {
    if (!task.interval) continue;
    std::string bar(kChartWidth, ' ');
    for (std::size_t i = place(task.interval->low); i <= place(task.interval->high); ++i) bar[i] = '-';
    bar[place(-comparison.margin)] = ':';
    bar[place(comparison.margin)] = ':';
    bar[place(0)] = '|';
    bar[place(task.difference)] = 'o';
    text += fmt::format("{:<{}}  {}  {}\n", markdown_cell(task.task), widest, bar, name_of(task.verdict));
  }
  return text + fmt::format("{:{}}  worse < | > better; the margin between the colons\n", "", widest);
}

std::string notes_of(const RunComparison& comparison) {
  std::string notes;
  for (const std::string& refusal : comparison.refusals) {
    notes += fmt::format("- not compared: {}\n", markdown_cell(refusal));
  }
  for (const TaskComparison& task : comparison.tasks) {
    if (!task.note.empty()) notes += fmt::format("- {}: {}\n", markdown_cell(task.task), task.note);
    if (task.verdict == Verdict::inconclusive && task.questions_needed && comparison.margin > 0) {
      notes += fmt::format("- {}: a difference of {:.1f} points would need about {} questions\n",
                           markdown_cell(task.task), 100 * comparison.margin, count(*task.questions_needed));
    }
  }
  for (const std::string& warning : comparison.warnings) notes += "- " + markdown_cell(warning) + "\n";
  return notes;
}

// Text in lines of at most `width` bytes, cut between words where there are any.
std::vector<std::string> wrapped(const std::string& text, std::size_t width, std::size_t most_lines) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = std::min(text.find('\n', at), text.size());
    if (end - at > width) {
      end = at + width;
      while (end > at + 1 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
      const std::size_t space = text.rfind(' ', end);
      if (space != std::string::npos && space > at) end = space;
    }
    if (lines.size() == most_lines) {
      lines.back() = "...";
      return lines;
    }
    std::string line = text.substr(at, end - at);
    // Model output must not steer the terminal.
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; },
        ' ');
    lines.push_back(line);
    at = end < text.size() && (text[end] == '\n' || text[end] == ' ') ? end + 1 : end;
  }
  return lines;
}

std::string one_line(const std::string& text) {
  const std::vector<std::string> lines = wrapped(text, 120, 1);
  return lines.empty() ? std::string() : lines.front();
}

std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string compare_table(const RunComparison& comparison) {
  std::string text = fmt::format(
      "{} (new) against {} (old); differences within {:.1f} points count as the same\n\n",
      markdown_cell(comparison.new_label), markdown_cell(comparison.old_label), 100 * comparison.margin);
  if (comparison.tasks.empty()) {
    text += "The runs have no task in common.\n";
  } else {
    text += table_of(comparison);
  }
  const std::string notes = notes_of(comparison);
  if (!notes.empty()) text += "\n" + notes;
  return text;
}

std::string compare_chart(const RunComparison& comparison) { return chart_of(comparison); }

std::string flips_text(const std::vector<FlippedSample>& flips, std::size_t most) {
  constexpr std::size_t kColumn = 58;
  constexpr std::size_t kLines = 12;
  std::size_t lost = 0;
  for (const FlippedSample& flip : flips) lost += flip.new_share < flip.old_share ? 1 : 0;
  if (flips.empty()) return "\nNo question changed its verdict.\n";
  std::string text = fmt::format("\n{} questions changed their verdict: {} lost, {} won.\n", flips.size(),
                                 lost, flips.size() - lost);
  for (std::size_t i = 0; i < std::min(most, flips.size()); ++i) {
    const FlippedSample& flip = flips[i];
    text += fmt::format("\n{} {} #{}, target {}: {} -> {}\n",
                        flip.new_share < flip.old_share ? "lost" : "won ", flip.task, flip.doc_id,
                        one_line(flip.older->target), percent(flip.old_share), percent(flip.new_share));
    const auto left = wrapped(flip.older->answer.shown(), kColumn, kLines);
    const auto right = wrapped(flip.newer->answer.shown(), kColumn, kLines);
    for (std::size_t line = 0; line < std::max(left.size(), right.size()); ++line) {
      const std::string a = line < left.size() ? left[line] : "";
      text += fmt::format("  {}{} | {}\n", a, std::string(kColumn - std::min(kColumn, code_points(a)), ' '),
                          line < right.size() ? right[line] : "");
    }
    text += fmt::format("  old: {}\n  new: {}\n", one_line(flip.older->why), one_line(flip.newer->why));
  }
  if (flips.size() > most) {
    text += fmt::format("\n{} more; --flips N or --json shows them.\n", flips.size() - most);
  }
  return text;
}

std::string compare_json(const RunComparison& comparison) {
  json::Document document;
  return json::dump_pretty(comparison_value(comparison, document.GetAllocator())) + "\n";
}

std::string compare_json(const std::vector<RunComparison>& comparisons,
                         const std::vector<std::vector<FlippedSample>>& flips) {
  json::Document document(rapidjson::kObjectType);
  json::Allocator& allocator = document.GetAllocator();
  json::Value list(rapidjson::kArrayType);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    json::Value value = comparison_value(comparisons[i], allocator);
    value.AddMember("flipped", flips_value(flips[i], allocator), allocator);
    list.PushBack(value, allocator);
  }
  document.AddMember("schema_version", 1, allocator);
  document.AddMember("comparisons", list, allocator);
  return json::dump_pretty(document) + "\n";
}

}  // namespace reckon::reports
