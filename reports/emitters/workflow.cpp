// What a workflow of GitHub shows: the step summary and annotations.

#include <fmt/format.h>

#include "reports/emitters/emitters.h"
#include "reports/format.h"
#include "reports/markdown_table.h"

namespace reckon::reports {
namespace {

constexpr std::size_t kLongestAnswer = 300;

// Workflow commands end at a line; % begins an escape.
std::string command_text(const std::string& text, bool property) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%') {
      escaped += "%25";
    } else if (c == '\r') {
      escaped += "%0D";
    } else if (c == '\n') {
      escaped += "%0A";
    } else if (property && c == ':') {
      escaped += "%3A";
    } else if (property && c == ',') {
      escaped += "%2C";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

const char* mark_of(GateStatus status) {
  switch (status) {
    case GateStatus::passed:
      return "✅ passed";
    case GateStatus::failed:
      return "❌ failed";
    case GateStatus::inconclusive:
      return "❔ inconclusive";
    case GateStatus::not_evaluated:
      break;
  }
  return "⚠️ not evaluated";
}

std::string shortened(const std::string& text) {
  if (text.size() <= kLongestAnswer) return text;
  std::size_t end = kLongestAnswer;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + " ...";
}

// The longest beginning of `text` of whole lines that leaves room for `note`.
std::string cut_at_line(const std::string& text, std::size_t max_bytes, const std::string& note) {
  if (text.size() <= max_bytes) return text;
  if (max_bytes <= note.size()) return note.substr(0, max_bytes);
  const std::size_t end = text.rfind('\n', max_bytes - note.size() - 1);
  return (end == std::string::npos ? std::string() : text.substr(0, end + 1)) + note;
}

}  // namespace

std::string workflow_annotations(const GateResult& result) {
  std::string text;
  for (const GateCheck& check : result.checks) {
    if (check.status == GateStatus::passed) continue;
    const char* level = check.status == GateStatus::inconclusive ? "warning" : "error";
    text += fmt::format("::{} title={}::{}\n", level,
                        command_text("reckon gate, " + check.name + ": " + name_of(check.status), true),
                        command_text(check.message, false));
  }
  return text;
}

std::string step_summary(const GateResult& result, const std::vector<FlippedSample>& flips,
                         std::size_t max_bytes) {
  std::string text = fmt::format("## {}\n\n", markdown_cell(result.title));
  text +=
      fmt::format("{} (new) against {} (baseline), policy {}, level {:.4g}\n\n", markdown_cell(result.label),
                  markdown_cell(result.baseline_label), markdown_cell(result.policy), result.alpha);
  MarkdownTable table;
  table.column("Check");
  table.column("Status");
  table.column("Figures");
  for (const GateCheck& check : result.checks) {
    table.row({markdown_cell(check.name), mark_of(check.status), markdown_cell(check.message)});
  }
  text += table.text() + "\n";
  for (const std::string& warning : result.warnings) text += "- " + markdown_cell(warning) + "\n";
  if (!flips.empty()) {
    text += fmt::format("\n### {} questions changed their verdict\n\n", flips.size());
    text += "| | Suite | Question | Target | Old answer | New answer |\n|-|-|-|-|-|-|\n";
    for (const FlippedSample& flip : flips) {
      text +=
          fmt::format("| {} | {} | {} | {} | {} | {} |\n", flip.new_share < flip.old_share ? "lost" : "won",
                      markdown_cell(flip.task), flip.doc_id, markdown_cell(shortened(flip.older->target)),
                      markdown_cell(shortened(flip.older->answer.shown())),
                      markdown_cell(shortened(flip.newer->answer.shown())));
    }
  }
  return cut_at_line(text, max_bytes, "\nCut here: a step summary holds 1 MiB at most.\n");
}

}  // namespace reckon::reports
