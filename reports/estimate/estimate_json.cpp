#include <cmath>

#include "base/json.h"
#include "reports/estimate/estimate_report.h"
#include "reports/json_values.h"

namespace reckon::reports {
namespace {

using json::Allocator;
using json::Value;

Value object() { return Value(rapidjson::kObjectType); }

Value range_value(const Range& range, Allocator& a) {
  Value value = object();
  set(value, "low", Value(range.low), a);
  set(value, "middle", Value(range.middle), a);
  set(value, "high", Value(range.high), a);
  return value;
}

Value range_value(const std::optional<Range>& range, Allocator& a) {
  return range ? range_value(*range, a) : Value();
}

Value price_value(const std::optional<DevicePriceRange>& price, Allocator& a) {
  if (!price) return Value();
  Value value = object();
  set(value, "low", Value(price->low), a);
  set(value, "high", Value(price->high), a);
  set(value, "source", price->source, a);
  return value;
}

Value phase_value(const PhaseEstimate& phase, Allocator& a) {
  Value value = object();
  set(value, "tokens_per_second", range_value(phase.tokens_per_second, a), a);
  set(value, "step_seconds", range_value(phase.step_seconds, a), a);
  set(value, "bottleneck", std::string(name_of(phase.bottleneck)), a);
  set(value, "longest_part", phase.bottleneck_part, a);
  set(value, "work_seconds", Value(phase.middle.work_seconds), a);
  set(value, "transfer_seconds", Value(phase.middle.transfer_seconds), a);
  set(value, "exposed_seconds", Value(phase.middle.exposed_seconds), a);
  set(value, "overlapped_seconds", Value(phase.middle.overlapped_seconds), a);
  Value parts(rapidjson::kArrayType);
  for (const TimedPart& part : phase.middle.parts) {
    Value item = object();
    set(item, "name", part.name, a);
    set(item, "seconds", Value(part.seconds), a);
    set(item, "limit", std::string(name_of(part.limit)), a);
    parts.PushBack(item, a);
  }
  set(value, "parts", std::move(parts), a);
  return value;
}

Value memory_value(const MemoryEstimate& memory, Allocator& a) {
  Value value = object();
  set(value, "weight_bytes", Value(memory.weight_bytes), a);
  set(value, "kv_bytes", Value(memory.kv_bytes), a);
  set(value, "device_bytes", optional_number(memory.device_bytes), a);
  set(value, "fit", std::string(name_of(memory.fit)), a);
  set(value, "most_requests", range_value(memory.most_requests, a), a);
  return value;
}

Value setup_value(const ServingSetup& setup, Allocator& a) {
  Value value = object();
  set(value, "model", setup.shape.name, a);
  set(value, "parameters", Value(setup.shape.parameters()), a);
  set(value, "active_parameters", Value(setup.shape.active_parameters()), a);
  set(value, "precision", std::string(name_of(setup.precision)), a);
  set(value, "matrix_bytes_per_number", Value(setup.matrix_bytes()), a);
  set(value, "devices", Value(setup.layout.devices), a);
  set(value, "tensor_parallel", Value(setup.layout.tensor_parallel), a);
  set(value, "expert_parallel", Value(setup.layout.expert_parallel), a);
  set(value, "requests", Value(setup.requests), a);
  set(value, "context_tokens", Value(setup.context_tokens), a);
  set(value, "prompt_tokens", Value(setup.prompt_tokens), a);
  set(value, "prefill_tokens", Value(setup.prefill_tokens), a);
  set(value, "draft_tokens", Value(setup.draft_tokens), a);
  set(value, "draft_acceptance", Value(setup.draft_acceptance), a);
  set(value, "rates_source", setup.machine.rates_source(), a);
  set(value, "flags", string_list(setup.machine.card.flags, a), a);
  return value;
}

Value differences_value(const std::vector<Difference>& differences, Allocator& a) {
  Value list(rapidjson::kArrayType);
  for (const Difference& difference : differences) {
    Value item = object();
    set(item, "figure", difference.figure, a);
    set(item, "first", difference.first, a);
    set(item, "other", difference.other, a);
    set(item, "decode_ratio", Value(difference.decode_ratio), a);
    set(item, "prefill_ratio", Value(difference.prefill_ratio), a);
    set(item, "consequence", difference.consequence, a);
    list.PushBack(item, a);
  }
  return list;
}

Value device_value(const DeviceReport& report, Allocator& a) {
  const DeviceEstimate& device = report.device;
  Value value = object();
  set(value, "device", device.setup.machine.name(), a);
  set(value, "setup", setup_value(device.setup, a), a);
  set(value, "usd_per_device_hour", price_value(report.price, a), a);
  set(value, "differences", differences_value(device.differences, a), a);
  if (!device.estimate) {
    set(value, "estimate", Value(), a);
    set(value, "problem", device.problem, a);
    return value;
  }
  const ServingEstimate& estimate = *device.estimate;
  const Layout& layout = device.setup.layout;
  Value figures = object();
  set(figures, "prefill", phase_value(estimate.prefill, a), a);
  set(figures, "decode", phase_value(estimate.decode, a), a);
  set(figures, "seconds_per_output_token", range_value(estimate.seconds_per_output_token, a), a);
  set(figures, "memory", memory_value(estimate.memory, a), a);
  set(figures, "usd_per_million_input_tokens",
      range_value(usd_per_million_tokens(estimate.prefill, layout, report.price), a), a);
  set(figures, "usd_per_million_output_tokens",
      range_value(usd_per_million_tokens(estimate.decode, layout, report.price), a), a);
  if (report.work) {
    set(figures, "device_hours", range_value(report.work->device_hours, a), a);
    set(figures, "wall_hours", range_value(report.work->wall_hours, a), a);
    set(figures, "usd", range_value(report.work->usd, a), a);
  }
  set(value, "estimate", std::move(figures), a);
  return value;
}

}  // namespace

std::string estimate_json(const EstimateReport& report) {
  json::Document document;
  Allocator& a = document.GetAllocator();
  Value value = object();
  set(value, "kind", std::string("estimate"), a);
  if (report.workload) {
    Value workload = object();
    set(workload, "requests", Value(report.workload->requests), a);
    set(workload, "input_tokens", Value(report.workload->input_tokens), a);
    set(workload, "output_tokens", Value(report.workload->output_tokens), a);
    set(workload, "source", report.workload->source, a);
    set(value, "workload", std::move(workload), a);
  }
  Value devices(rapidjson::kArrayType);
  for (const DeviceReport& device : report.devices) devices.PushBack(device_value(device, a), a);
  set(value, "devices", std::move(devices), a);
  return json::dump_pretty(value);
}

std::string training_json(const TrainingReport& report) {
  json::Document document;
  Allocator& a = document.GetAllocator();
  Value value = object();
  set(value, "kind", std::string("training estimate"), a);
  set(value, "model", report.model, a);
  set(value, "device", report.setup.card.name, a);
  set(value, "devices", Value(report.setup.devices), a);
  set(value, "flop_per_token", Value(report.setup.flop_per_token), a);
  set(value, "flops_per_device", range_value(report.setup.flops_per_device, a), a);
  set(value, "rate_source", report.rate_source, a);
  set(value, "tokens", report.setup.tokens > 0 ? Value(report.setup.tokens) : Value(), a);
  set(value, "usd_per_device_hour", price_value(report.price, a), a);
  if (report.estimate) {
    set(value, "device_hours", range_value(report.estimate->device_hours, a), a);
    set(value, "days", range_value(report.estimate->days, a), a);
    set(value, "usd", range_value(report.estimate->usd, a), a);
  }
  if (report.days) {
    Value clusters(rapidjson::kArrayType);
    for (const auto& [devices, tokens] : report.clusters) {
      Value cluster = object();
      set(cluster, "days", Value(*report.days), a);
      set(cluster, "devices", Value(devices), a);
      set(cluster, "tokens", range_value(tokens, a), a);
      clusters.PushBack(cluster, a);
    }
    set(value, "clusters", std::move(clusters), a);
  }
  return json::dump_pretty(value);
}

}  // namespace reckon::reports
