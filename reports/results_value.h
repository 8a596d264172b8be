#pragma once
#include "base/json.h"
#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

/// One run in lm-evaluation-harness's results layout, extended. schema/results.schema.json describes it.
json::Value run_results_value(const RunData& data, const RunSummary& run, json::Allocator& allocator);

}  // namespace reckon::reports
