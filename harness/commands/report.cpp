#include "reports/report.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "harness/commands.h"
#include "harness/report_options.h"

namespace reckon::harness {
namespace {

reports::ReportOptions options_of(const ReportCommand& command) {
  reports::ReportOptions options = report_options(command.price);
  options.margin = command.margin;
  options.title = command.title;
  options.html_budget_bytes = static_cast<std::size_t>(command.html_budget_mb * 1e6);
  options.tokens_per_question =
      tokens_per_question("report", command.input_per_question, command.output_per_question);
  if (command.formats.empty()) return options;
  options.formats.clear();
  if (command.json) options.formats.push_back(reports::ReportFormat::json);
  for (const std::string& name : command.formats) {
    for (const reports::ReportFile& file : reports::kReportFiles) {
      if (name == file.name) options.formats.push_back(file.format);
    }
  }
  return options;
}

}  // namespace

int report(const ReportCommand& command) {
  const reports::ReportOptions options = options_of(command);
  if (command.runs.size() > 1 && command.output_path.empty()) {
    fail_input("report: several runs need --output_path, the folder to write the common report to");
  }
  const std::string output = command.output_path.empty() ? command.runs.front() : command.output_path;
  const reports::Summary summary = reports::write_reports(command.runs, output, options);
  if (command.json) {
    fmt::print("{}\n", read_file(output + "/results.json"));
  } else {
    fmt::print("{}", reports::terminal_summary(summary));
  }
  std::fflush(stdout);  // one log of both keeps the order
  for (const reports::ReportFile& file : reports::report_files(options)) {
    fmt::print(stderr, "wrote {}/{}\n", output, file.file);
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
