#pragma once
// The same results in the words of other programs: CI servers, monitoring, spreadsheets. Text that models or
// suites wrote is escaped for each of them.

#include <cstddef>
#include <string>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/gate/gate.h"
#include "reports/summary.h"

namespace reckon::reports {

/// JUnit XML: a regression is a <failure>, what could not be evaluated an <error>, what is inconclusive
/// <skipped>. One test case a check.
std::string junit_xml(const GateResult& result);

/// A report without a gate: one test suite a run, one case a task. A task that came out worse than in the
/// first run is a <failure>; one with samples that failed or are missing, or that cannot be compared, an
/// <error>; an inconclusive comparison is <skipped>. What a task scored stands in each.
std::string junit_xml(const Summary& summary);

/// GitHub refuses a step summary of more than 1 MiB.
inline constexpr std::size_t kStepSummaryBytes = (std::size_t{1} << 20) - 1024;

/// Markdown for $GITHUB_STEP_SUMMARY, at most `max_bytes` long: what does not fit is cut off at a line, and a
/// note says so. With the flipped questions of the gated suites.
std::string step_summary(const GateResult& result, const std::vector<FlippedSample>& flips,
                         std::size_t max_bytes = kStepSummaryBytes);

/// Workflow commands (`::error title=...::...`), one for each check that did not pass.
std::string workflow_annotations(const GateResult& result);

/// The `[{name, unit, value, range, extra}]` of github-action-benchmark. Its tools know one direction a file:
/// `customBiggerIsBetter` (accuracy, speed) and `customSmallerIsBetter` (cost, truncations, seconds).
/// Figures that are not known are left out.
std::string benchmark_json(const Summary& summary, bool bigger_is_better);

/// OpenMetrics 1.0 text; figures that are not known are left out.
std::string open_metrics(const Summary& summary);

/// One row for each score of each suite of each run (RFC 4180). Text that a spreadsheet would take for a
/// formula begins with an apostrophe.
std::string scores_csv(const Summary& summary);

}  // namespace reckon::reports
