#include "reports/report.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "harness/commands.h"

namespace reckon::harness {

int report(const ReportCommand& command) {
  reports::ReportOptions options;
  options.price_per_hour = command.price.price_per_hour;
  options.price_source = command.price.price_source;
  options.prices_file = command.price.prices;
  options.margin = command.margin;
  options.title = command.title;
  options.html_budget_bytes = static_cast<std::size_t>(command.html_budget_mb * 1e6);
  if (command.runs.size() > 1 && command.output_path.empty()) {
    fail_input("report: several runs need --output_path, the folder to write the common report to");
  }
  const std::string output = command.output_path.empty() ? command.runs.front() : command.output_path;
  const reports::Summary summary = reports::write_reports(command.runs, output, options);
  if (command.json) {
    fmt::print("{}\n", read_file(output + "/results.json"));
  } else {
    fmt::print("{}", reports::console_table(summary));
    for (const reports::RunComparison& comparison : summary.comparisons) {
      fmt::print("\n{}", reports::compare_table(comparison));
    }
  }
  fmt::print(stderr, "wrote {0}/report.html, {0}/results.json and {0}/summary.md\n", output);
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
