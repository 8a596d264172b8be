#include "reports/estimate/workload.h"

#include <cmath>

#include "reports/cost/attribution.h"

namespace reckon::reports {
namespace {

// Both ends are positive, so that the geometric middle is one.
Range priced(const Range& amount, const DevicePriceRange& price) {
  const double low = amount.low * price.low;
  const double high = amount.high * price.high;
  return {low, std::sqrt(low * high), high};
}

// Device-hours for `tokens` at the phase's rates: the slow rate gives the high end.
Range hours_of(double tokens, const PhaseEstimate& phase, const Layout& layout) {
  const Range rate = phase.per_device(layout);
  return {tokens / rate.high / 3600, tokens / rate.middle / 3600, tokens / rate.low / 3600};
}

}  // namespace

Workload workload_of(const RunData& run) {
  Workload work;
  for (const TaskData& task : run.tasks) {
    const TokenUsage tokens = sum_tokens(task.records);
    work.requests += static_cast<double>(task.records.size());
    work.input_tokens += static_cast<double>(tokens.input - tokens.cached_input);
    work.output_tokens += static_cast<double>(tokens.output);
  }
  work.source = "token counts of " + run.directory;
  return work;
}

std::optional<DevicePriceRange> price_of_device(const PriceBook& book, const Accelerator& card,
                                                const std::string& date) {
  const DevicePrice* row = find_device_price(book, card.name, date);
  if (row == nullptr) return std::nullopt;
  return DevicePriceRange{row->usd_per_device_hour_low, row->usd_per_device_hour_high,
                          row->validity.source + " (confidence " + row->validity.confidence + ")"};
}

WorkloadEstimate estimate_workload(const Workload& work, const ServingEstimate& serving, const Layout& layout,
                                   const std::optional<DevicePriceRange>& price) {
  const Range prefill = hours_of(work.input_tokens, serving.prefill, layout);
  const Range decode = hours_of(work.output_tokens, serving.decode, layout);
  WorkloadEstimate estimate;
  estimate.device_hours = {prefill.low + decode.low, prefill.middle + decode.middle,
                           prefill.high + decode.high};
  const double n = layout.devices;
  estimate.wall_hours = {estimate.device_hours.low / n, estimate.device_hours.middle / n,
                         estimate.device_hours.high / n};
  if (price) estimate.usd = priced(estimate.device_hours, *price);
  return estimate;
}

std::optional<Range> usd_per_million_tokens(const PhaseEstimate& phase, const Layout& layout,
                                            const std::optional<DevicePriceRange>& price) {
  if (!price) return std::nullopt;
  return priced(hours_of(1e6, phase, layout), *price);
}

}  // namespace reckon::reports
