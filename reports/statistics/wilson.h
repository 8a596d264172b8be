#pragma once
#include "reports/summary.h"

namespace reckon::reports {

/// Wilson's score interval (1927) of a proportion p seen in n trials; n > 0 need not be whole (an effective
/// n). (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). Never of zero width, never outside [0, 1].
Interval wilson_interval(double p, double n, double z);

}  // namespace reckon::reports
