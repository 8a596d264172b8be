#pragma once
#include <cstdint>

#include "reports/summary.h"

namespace reckon::reports {

/// The exact interval of a proportion (Clopper and Pearson 1934): k of n; never covers less than `level`.
/// n >= 1, 0 <= k <= n. [0, 1] for n = 0.
Interval clopper_pearson_interval(std::int64_t k, std::int64_t n, double level = 0.95);

}  // namespace reckon::reports
