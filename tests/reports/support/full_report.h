#pragma once
// A report of two made-up runs in which no section is missing, for browsers.

#include <string>

#include "base/files.h"
#include "reports/report.h"
#include "tests/reports/support/synthetic_run.h"
#include "tests/support/shared_data.h"

namespace reckon::test {

/// Writes the runs `a` and `b` and their report, `out/report.html`, below `folder`; returns the report's
/// path.
inline std::string write_full_report(const TemporaryFolder& folder) {
  SyntheticRun made;
  made.tasks = {{"math", 40, 1, 0.5, 0.1, 0.05}, {"logic", 20, 2, 0.7}};
  made.kernels = true;
  made.grading_seconds = 3;
  made.usd_per_hour = 2;
  made.model_config = read_file(source_file("models/reckon-demo-moe/config.json"));
  write_synthetic_run(folder.file("a"), made);
  made.seed = 2;
  made.model = "synthetic-dense";
  write_synthetic_run(folder.file("b"), made);
  reports::ReportOptions options;
  options.catalogues = {source_file("share/prices"), source_file("share/hardware"),
                        source_file("share/estimate")};
  reports::write_reports({folder.file("a"), folder.file("b")}, folder.file("out"), options);
  return folder.file("out/report.html");
}

}  // namespace reckon::test
