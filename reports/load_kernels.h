#pragma once
#include <string>

#include "reports/run_data.h"

namespace reckon::reports {

/// Reads kernels.json: what was timed, beside the limits that the same machine showed in the same run.
KernelTable load_kernels(const std::string& path);

}  // namespace reckon::reports
