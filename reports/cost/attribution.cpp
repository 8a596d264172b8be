#include "reports/cost/attribution.h"

#include <algorithm>

namespace reckon::reports {

double device_seconds_of(const RunData& run) {
  double seconds = 0;
  for (const Launch& launch : run.launches) {
    seconds += launch.wall_seconds * (launch.device_count > 0 ? launch.device_count : run.device_count);
  }
  return seconds;
}

std::optional<EngineCounters> sum_engine_counters(const std::vector<Launch>& launches) {
  std::optional<EngineCounters> sum;
  for (const Launch& launch : launches) {
    if (!launch.engine) continue;
    if (!sum) sum.emplace();
    sum->busy_seconds += launch.engine->busy_seconds;
    sum->prefill_tokens += launch.engine->prefill_tokens;
    sum->prefill_seconds += launch.engine->prefill_seconds;
    sum->decode_tokens += launch.engine->decode_tokens;
    sum->decode_seconds += launch.engine->decode_seconds;
    sum->cached_prompt_tokens += launch.engine->cached_prompt_tokens;
    sum->steps += launch.engine->steps;
    sum->preemptions += launch.engine->preemptions;
  }
  return sum;
}

namespace {

// Of all launches; absent unless each that ran for a while measured it.
std::optional<double> sum_over(const std::vector<Launch>& launches, std::optional<double> Launch::*amount) {
  std::optional<double> sum;
  for (const Launch& launch : launches) {
    if (launch.*amount) {
      sum = sum.value_or(0) + *(launch.*amount);
    } else if (launch.wall_seconds > 0) {
      return std::nullopt;
    }
  }
  return sum;
}

}  // namespace

std::optional<double> energy_of(const std::vector<Launch>& launches, std::optional<double> Launch::*meter) {
  return sum_over(launches, meter);
}

std::optional<PhaseTimes> phase_times_of(const std::vector<Launch>& launches,
                                         const std::optional<EngineCounters>& engine) {
  if (!engine) return std::nullopt;
  double wall = 0;
  for (const Launch& launch : launches) wall += launch.wall_seconds;
  PhaseTimes times;
  times.prefill_seconds = engine->prefill_seconds;
  times.decode_seconds = engine->decode_seconds;
  times.other_seconds =
      std::max(0.0, engine->busy_seconds - engine->prefill_seconds - engine->decode_seconds);
  for (const Launch& launch : launches) {
    if (launch.load_seconds) times.load_seconds = times.load_seconds.value_or(0) + *launch.load_seconds;
  }
  times.grading_seconds = sum_over(launches, &Launch::grading_seconds);
  const double told =
      times.load_seconds.value_or(0) + times.prefill_seconds + times.decode_seconds + times.other_seconds;
  times.idle_seconds = std::max(0.0, wall - told - times.grading_seconds.value_or(0));
  return times;
}

TokenUsage sum_tokens(const std::vector<SampleRecord>& records) {
  TokenUsage sum;
  for (const SampleRecord& record : records) {
    sum.input += record.usage.input;
    sum.cached_input += record.usage.cached_input;
    sum.output += record.usage.output;
    sum.reasoning += record.usage.reasoning;
    sum.answer += record.usage.answer;
  }
  return sum;
}

double DeviceTimeShares::of(const SampleRecord& record) const {
  if (!by_phase) return seconds_per_sample;
  return seconds_per_input_token * static_cast<double>(record.usage.input - record.usage.cached_input) +
         seconds_per_output_token * static_cast<double>(record.usage.output);
}

DeviceTimeShares share_device_time(const RunData& run, const std::optional<EngineCounters>& engine) {
  DeviceTimeShares shares;
  shares.device_seconds = device_seconds_of(run);
  double computed = 0;
  double output = 0;
  double samples = 0;
  for (const TaskData& task : run.tasks) {
    const TokenUsage tokens = sum_tokens(task.records);
    computed += static_cast<double>(tokens.input - tokens.cached_input);
    output += static_cast<double>(tokens.output);
    samples += static_cast<double>(task.records.size());
  }
  if (samples > 0) shares.seconds_per_sample = shares.device_seconds / samples;
  if (!engine) return shares;
  const double measured = engine->prefill_seconds + engine->decode_seconds;
  // A phase that took time but left no token in any record has nobody to pay for it.
  const bool payable =
      (computed > 0 || engine->prefill_seconds <= 0) && (output > 0 || engine->decode_seconds <= 0);
  if (measured <= 0 || !payable) return shares;
  shares.by_phase = true;
  if (computed > 0) {
    shares.seconds_per_input_token = shares.device_seconds * engine->prefill_seconds / measured / computed;
  }
  if (output > 0) {
    shares.seconds_per_output_token = shares.device_seconds * engine->decode_seconds / measured / output;
  }
  return shares;
}

std::optional<double> usd_of(double device_seconds, const Price& price) {
  if (!price.usd_per_device_hour) return std::nullopt;
  return device_seconds / 3600 * *price.usd_per_device_hour;
}

}  // namespace reckon::reports
