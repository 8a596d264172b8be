#pragma once
// Reports are pure functions of run directories: they can be made again, anywhere, without the model.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/cost/published_models.h"
#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

/// What a report is written as, each to a file of its own.
enum class ReportFormat { markdown, html, json, csv, junit };

/// "md", "html", "json", "csv", "junit" and the file that each is written to.
struct ReportFile {
  ReportFormat format;
  const char* name;
  const char* file;
};
inline constexpr std::array<ReportFile, 5> kReportFiles{{{ReportFormat::html, "html", "report.html"},
                                                         {ReportFormat::json, "json", "results.json"},
                                                         {ReportFormat::markdown, "md", "summary.md"},
                                                         {ReportFormat::csv, "csv", "scores.csv"},
                                                         {ReportFormat::junit, "junit", "junit.xml"}}};

/// Folders of share/: prices, hardware, estimate. What stands on an empty one is left out.
struct Catalogues {
  std::string prices;
  std::string hardware;
  std::string estimate;
};

struct ReportOptions {
  std::optional<double>
      price_per_hour;        ///< --price-per-hour: USD for one device for one hour, over run.json's
  std::string price_source;  ///< who said so; "--price-per-hour" when empty
  std::string prices_file;   ///< --prices: a price book, asked for the run's device where nobody gave a price
  double margin = 0.02;      ///< differences inside it count as the same (rule R6)
  std::size_t html_budget_bytes = 25'000'000;  ///< long texts are cut in the middle until the file fits
  std::string title;                           ///< of the HTML report, above its headline; none when empty
  std::string
      output_directory;  ///< where the page will stand, for its links to the runs' files; none when empty
  Catalogues catalogues;
  std::optional<TokensPerQuestion> tokens_per_question;  ///< for the cost of published scores
  std::vector<ReportFormat> formats{ReportFormat::html, ReportFormat::json, ReportFormat::markdown};
};

/// Reads a run directory. Errors name file, line and field; a torn last line of a file is skipped and
/// counted.
RunData load_run(const std::string& directory);

/// Errors: no runs, a price that is not positive, a price book that cannot be read.
Summary summarise(const std::vector<RunData>& runs, const ReportOptions& options = {});

/// lm-evaluation-harness's results layout, extended (schema/results.schema.json). One run gives that object;
/// several give {"runs": [such objects], "comparisons": [...]}.
std::string results_json(const std::vector<RunData>& runs, const Summary& summary);

/// lm-evaluation-harness's table in Markdown, extended by n and the 95 % interval.
std::string console_table(const Summary& summary);

/// Tokens, time and cost, a column for each run, as a Markdown table that can also be read on a terminal;
/// below it where the prices come from.
std::string cost_table(const Summary& summary);

/// What was odd in the runs but could be read past, a line each; empty where nothing was.
std::string warning_list(const Summary& summary);

/// What a terminal shows: the headline, the scores, the comparisons, the costs and the warnings of the other
/// formats.
std::string terminal_summary(const Summary& summary);

std::string summary_markdown(const Summary& summary);

/// One HTML file that needs no network.
std::string report_html(const std::vector<RunData>& runs, const Summary& summary,
                        const ReportOptions& options = {});

/// Comparisons as tables, each run against the first (reports/compare/compare.h makes them).
std::string compare_table(const RunComparison& comparison);
std::string compare_json(const RunComparison& comparison);
/// Intervals as bars in plain text; empty where there is none.
std::string compare_chart(const RunComparison& comparison);
/// The first `most` of them with both answers side by side.
std::string flips_text(const std::vector<FlippedSample>& flips, std::size_t most);
std::string compare_json(const std::vector<RunComparison>& comparisons,
                         const std::vector<std::vector<FlippedSample>>& flips);

/// The files of `options.formats`, each once.
std::vector<ReportFile> report_files(const ReportOptions& options);

/// Loads the runs and replaces the files of the formats asked for in `output_dir` (made when absent).
Summary write_reports(const std::vector<std::string>& run_dirs, const std::string& output_dir,
                      const ReportOptions& options = {});

}  // namespace reckon::reports
