#pragma once
#include "reports/summary.h"

namespace reckon::reports {

/// Rule R6: same if -margin < low and high < margin; else better if low > 0; worse if high < 0; else
/// inconclusive.
Verdict decide(const Interval& difference, double margin);

}  // namespace reckon::reports
