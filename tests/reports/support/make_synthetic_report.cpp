// Writes two made-up runs and their report below a folder, for looking at: reckon_synthetic_report FOLDER
// [samples]
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "reports/report.h"
#include "tests/reports/support/synthetic_run.h"
#include "tests/support/shared_data.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    const std::string folder = argv[1];
    const int samples = argc > 2 ? std::atoi(argv[2]) : 300;
    reckon::test::SyntheticRun run;
    run.model = "synthetic-dense-4M";
    run.tasks = {{"demo_arithmetic", samples, 1, 0.55, 0.04, 0.003, 1, 0},
                 {"demo_logic", samples, 1, 0.72, 0.02, 0, 1, 0},
                 {"demo_code_output", samples, 1, 0.64, 0.01, 0, 1, 0}};
    run.usd_per_hour = 0.09;
    run.kernels = true;
    reckon::test::write_synthetic_run(folder + "/dense", run);
    run.model = "synthetic-moe-6M";
    run.seed = 2;
    run.skill_shift = 0.05;
    run.killed_first_launch = true;
    reckon::test::write_synthetic_run(folder + "/moe", run);
    reckon::reports::ReportOptions options;
    options.catalogues = {reckon::test::source_file("share/prices"),
                          reckon::test::source_file("share/hardware"),
                          reckon::test::source_file("share/estimate")};
    const auto summary =
        reckon::reports::write_reports({folder + "/dense", folder + "/moe"}, folder + "/report", options);
    std::fputs(reckon::reports::terminal_summary(summary).c_str(), stdout);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
