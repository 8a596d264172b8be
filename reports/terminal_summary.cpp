#include <fmt/format.h>

#include "reports/format.h"
#include "reports/headline.h"
#include "reports/report.h"

namespace reckon::reports {

std::string terminal_summary(const Summary& summary) {
  const Headline headline = headline_of(summary);
  // Names come from files: they must not steer the terminal.
  std::string text = fmt::format("{}\n{}\n\n{}", markdown_cell(headline.title),
                                 markdown_cell(headline.details), console_table(summary));
  for (const RunComparison& comparison : summary.comparisons) text += "\n" + compare_table(comparison);
  text += "\n" + cost_table(summary);
  const std::string warnings = warning_list(summary);
  return warnings.empty() ? text : text + "\nWarnings\n" + warnings;
}

}  // namespace reckon::reports
