#pragma once
#include <string>

#include "reports/report.h"

namespace reckon::reports {

/// Everything the page shows but the samples, as JSON text: the figures of results.json (but for the counts
/// of each question), and beside them the headline, the kernel table, the devices and the manifest of each
/// run, published scores, and what the tokens would take on other cards.
std::string page_data(const std::vector<RunData>& runs, const Summary& summary, const ReportOptions& options);

}  // namespace reckon::reports
