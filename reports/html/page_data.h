#pragma once
#include <string>

#include "reports/html/sample_blocks.h"
#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

/// Everything the page shows but the samples, as JSON text: the same figures as results.json, and beside them
/// the headline, the kernel table, the devices and the manifest of each run. `title`, where the user gave
/// one, stands above the headline.
std::string page_data(const std::vector<RunData>& runs, const Summary& summary, const SampleBlocks& samples,
                      const std::string& title);

}  // namespace reckon::reports
