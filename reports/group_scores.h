#pragma once
// Groups of tasks: one figure for several suites.

#include <vector>

#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

/// The metrics of each group over the tasks below it, as lm-evaluation-harness 0.4.13 makes them
/// (api/group.py, api/metrics.py). With n_i questions and standard errors s_i of k tasks: weighted by size,
/// the value is the mean over all questions and the error sqrt(sum((n_i - 1) s_i^2 n_i) / (N - k) / N) with N
/// = sum(n_i); else the mean of the tasks' values and sqrt(sum(s_i^2)) / k. Without the error of a task there
/// is none. The interval is value +- 1.96 errors, inside [0, 1] where those of the tasks are.
std::vector<GroupSummary> group_summaries(const std::vector<GroupData>& groups,
                                          const std::vector<TaskSummary>& tasks);

}  // namespace reckon::reports
