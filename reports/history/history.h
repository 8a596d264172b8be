#pragma once
// A series of runs: how each suite's score went over time, and whether and where its level changed.

#include <optional>
#include <string>
#include <vector>

#include "reports/run_data.h"
#include "reports/statistics/change_point.h"
#include "reports/summary.h"

namespace reckon::reports {

struct HistoryPoint {
  std::string label;    ///< model and folder
  std::string created;  ///< as run.json has it
  Score score;
};

struct SuiteHistory {
  std::string task;
  std::vector<HistoryPoint> points;   ///< by time; runs without a graded sample are left out
  std::optional<ChangePoint> change;  ///< from kLeastSeries points on
  std::optional<double> p_holm;       ///< of the change, corrected for the number of suites
  std::string note;                   ///< one sentence: what the test says, or why there is none
};

struct History {
  std::vector<SuiteHistory> suites;
  double alpha = 0.05;
  /// What was odd in a run, and runs whose questions or grader differ from the run before.
  std::vector<std::string> warnings;
};

/// Runs are put in the order of their `created` times. Errors: no runs.
History make_history(const std::vector<RunData>& runs, double alpha = 0.05, std::uint64_t seed = 1234);

std::string history_text(const History& history);
std::string history_json(const History& history);
/// One HTML file with a chart (SVG) for each suite; no script, no network.
std::string history_html(const History& history);

}  // namespace reckon::reports
