#pragma once
// What stands on the page beside the runs: published scores with list prices, and what the runs' tokens would
// take on other cards.

#include <vector>

#include "base/json.h"
#include "reports/report.h"

namespace reckon::reports {

/// Null where `options` names no folder of prices.
json::Value published_value(const ReportOptions& options, json::Allocator& allocator);

/// One entry a run, null for a run without tokens; null where folders are missing.
json::Value what_if_value(const std::vector<RunData>& runs, const ReportOptions& options,
                          json::Allocator& allocator);

}  // namespace reckon::reports
