#pragma once
// What a run and each of its tasks cost: by device time, or by the tokens of an endpoint.

#include <optional>

#include "reports/cost/attribution.h"
#include "reports/cost/price_book.h"
#include "reports/report.h"
#include "reports/summary.h"

namespace reckon::reports {

/// --price-per-hour, else the price given to the run, else the price book: by the model's name where an
/// endpoint answered, by the device otherwise. The source says why a price is not known.
Price price_of(const RunData& run, const std::vector<DeviceUse>& devices, const ReportOptions& options,
               const std::optional<PriceBook>& book);

/// Figures of a task. Every recorded sample is paid for: wrong, truncated and failed ones as well.
Cost cost_of_task(const TaskData& task, const SampleCounts& counts, const TokenUsage& tokens,
                  const DeviceTimeShares& shares, const Price& price);

/// Figures of a whole run. By device time the total is all time that the devices were held.
Cost cost_of_run(const RunData& run, const SampleCounts& counts, const TokenUsage& tokens,
                 const DeviceTimeShares& shares, const Price& price);

/// USD of one sample at token prices; cached input at the full price where no other is listed.
double usd_of_tokens(const TokenUsage& usage, const TokenPrice& price);

}  // namespace reckon::reports
