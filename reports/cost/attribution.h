#pragma once
// Whose device time was it: the time that a run held its devices, shared out over its samples.

#include <cstdint>

#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

/// Device-seconds = sum over launches of device count x wall seconds (killed launches up to their last
/// heartbeat).
double device_seconds_of(const RunData& run);

/// All device time is shared out, waiting included, in the proportion of the seconds that the engine measured
/// in prefill and in decode:
///   per input token  = device seconds x prefill / (prefill + decode) / computed (not cached) prompt tokens
///   per output token = device seconds x decode  / (prefill + decode) / output tokens
/// Where the phases were not measured, every recorded sample has the same share.
struct DeviceTimeShares {
  double device_seconds = 0;
  bool by_phase = false;
  double seconds_per_input_token = 0;
  double seconds_per_output_token = 0;
  double seconds_per_sample = 0;  ///< used when not `by_phase`

  double of(const SampleRecord& record) const;  ///< device-seconds of one sample
};
DeviceTimeShares share_device_time(const RunData& run, const std::optional<EngineCounters>& engine);

/// Sum of the last counters seen of each launch; absent when no launch had any.
std::optional<EngineCounters> sum_engine_counters(const std::vector<Launch>& launches);

/// Absent without counters of the engine. Clocks of one machine may disagree by a little: no part is below 0.
std::optional<PhaseTimes> phase_times_of(const std::vector<Launch>& launches,
                                         const std::optional<EngineCounters>& engine);

/// Joules of all launches by one of their meters; absent unless each that ran for a while had it.
std::optional<double> energy_of(const std::vector<Launch>& launches, std::optional<double> Launch::*meter);

TokenUsage sum_tokens(const std::vector<SampleRecord>& records);

/// USD for `device_seconds` at the price, absent where the price is not known.
std::optional<double> usd_of(double device_seconds, const Price& price);

}  // namespace reckon::reports
