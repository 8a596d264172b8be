#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "reports/report.h"

namespace reckon::reports {

Summary write_reports(const std::vector<std::string>& run_dirs, const std::string& output_dir,
                      const ReportOptions& options) {
  std::vector<RunData> runs;
  for (const std::string& directory : run_dirs) runs.push_back(load_run(directory));
  Summary summary = summarise(runs, options);
  // Everything is made before anything is replaced.
  const std::string results = results_json(runs, summary);
  const std::string markdown = summary_markdown(summary);
  const std::string html = report_html(runs, summary, options);
  std::error_code error;
  std::filesystem::create_directories(output_dir, error);
  if (error) fail_evaluation("{}: cannot make this folder: {}", output_dir, error.message());
  const std::filesystem::path folder(output_dir);
  write_file_atomically((folder / "results.json").string(), results);
  write_file_atomically((folder / "summary.md").string(), markdown);
  write_file_atomically((folder / "report.html").string(), html);
  return summary;
}

}  // namespace reckon::reports
