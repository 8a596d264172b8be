#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "reports/emitters/emitters.h"
#include "reports/report.h"

namespace reckon::reports {
namespace {

std::string text_of(ReportFormat format, const std::vector<RunData>& runs, const Summary& summary,
                    const ReportOptions& options) {
  switch (format) {
    case ReportFormat::markdown:
      return summary_markdown(summary);
    case ReportFormat::html:
      return report_html(runs, summary, options);
    case ReportFormat::json:
      return results_json(runs, summary);
    case ReportFormat::csv:
      return scores_csv(summary);
    case ReportFormat::junit:
      return junit_xml(summary);
  }
  return {};
}

}  // namespace

std::vector<ReportFile> report_files(const ReportOptions& options) {
  std::vector<ReportFile> files;
  for (const ReportFile& file : kReportFiles) {
    for (const ReportFormat format : options.formats) {
      if (format != file.format) continue;
      files.push_back(file);
      break;
    }
  }
  return files;
}

Summary write_reports(const std::vector<std::string>& run_dirs, const std::string& output_dir,
                      const ReportOptions& options) {
  std::vector<RunData> runs;
  runs.reserve(run_dirs.size());
  for (const std::string& directory : run_dirs) runs.push_back(load_run(directory));
  Summary summary = summarise(runs, options);
  // Everything is made before anything is replaced.
  std::vector<std::pair<std::string, std::string>> texts;
  ReportOptions placed = options;
  placed.output_directory = output_dir;
  for (const ReportFile& file : report_files(options)) {
    texts.emplace_back(file.file, text_of(file.format, runs, summary, placed));
  }
  std::error_code error;
  std::filesystem::create_directories(output_dir, error);
  if (error) fail_evaluation("{}: cannot make this folder: {}", output_dir, error.message());
  for (const auto& [name, text] : texts) {
    write_file_atomically((std::filesystem::path(output_dir) / name).string(), text);
  }
  return summary;
}

}  // namespace reckon::reports
