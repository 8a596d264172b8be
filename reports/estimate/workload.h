#pragma once
// What an amount of work would take on the estimated machine: device-hours and USD, as ranges.

#include <optional>
#include <string>

#include "reports/cost/price_book.h"
#include "reports/estimate/serving.h"
#include "reports/run_data.h"

namespace reckon::reports {

struct Workload {
  double requests = 0;
  double input_tokens = 0;  ///< to be computed: served from shared pages not counted
  double output_tokens = 0;
  std::string source;
};

/// The records of a run: its computed prompt tokens and the tokens that it wrote.
Workload workload_of(const RunData& run);

/// USD for one device for one hour, with where it comes from; absent: not known.
struct DevicePriceRange {
  double low = 0;
  double high = 0;
  std::string source;
};
std::optional<DevicePriceRange> price_of_device(const PriceBook& book, const Accelerator& card,
                                                const std::string& date);

struct WorkloadEstimate {
  Range device_hours;  ///< prefill and decode together
  Range wall_hours;    ///< on all devices
  std::optional<Range> usd;
};
WorkloadEstimate estimate_workload(const Workload& workload, const ServingEstimate& serving,
                                   const Layout& layout, const std::optional<DevicePriceRange>& price);

/// USD for a million tokens of a phase; low is the fast end at the low price.
std::optional<Range> usd_per_million_tokens(const PhaseEstimate& phase, const Layout& layout,
                                            const std::optional<DevicePriceRange>& price);

}  // namespace reckon::reports
