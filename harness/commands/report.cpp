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

int compare(const CompareCommand& command) {
  const reports::RunComparison comparison =
      reports::compare(reports::load_run(command.older), reports::load_run(command.newer), command.margin);
  if (command.json) {
    fmt::print("{}\n", reports::compare_json(comparison));
  } else {
    fmt::print("{}", reports::compare_table(comparison));
  }
  bool worse = false;
  bool undecided = false;
  for (const reports::TaskComparison& task : comparison.tasks) {
    // Worse on any task counts only after Holm's correction for the number of tasks.
    const double p = task.p_holm.value_or(task.p_value.value_or(0.0));
    if (task.verdict == reports::Verdict::worse && p <= 0.05) {
      worse = true;
    } else if (task.verdict == reports::Verdict::inconclusive || task.verdict == reports::Verdict::worse) {
      undecided = true;
    }
  }
  if (worse) return static_cast<int>(ExitCode::regression);
  return static_cast<int>(undecided ? ExitCode::inconclusive : ExitCode::done);
}

}  // namespace reckon::harness
