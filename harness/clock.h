#pragma once
// Wall time: monotonic seconds for durations, UTC text for records.

#include <string>

namespace reckon::harness {

double monotonic_seconds();
double unix_seconds();
std::string utc_now();  ///< "2026-01-31T12:00:00Z"

}  // namespace reckon::harness
