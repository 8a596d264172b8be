#pragma once
#include "base/json.h"
#include "reports/compare/compare.h"
#include "reports/summary.h"

namespace reckon::reports {

/// A comparison as it stands in results.json and in `reckon compare --json`.
json::Value comparison_value(const RunComparison& comparison, json::Allocator& allocator);

json::Value task_comparison_value(const TaskComparison& task, json::Allocator& allocator);

/// Questions whose verdict changed, with an answer of each run.
json::Value flips_value(const std::vector<FlippedSample>& flips, json::Allocator& allocator);

}  // namespace reckon::reports
