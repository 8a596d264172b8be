#include "kernels/cuda/benchmarks/device_benchmarks.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/json.h"
#include "kernels/benchmarks/cases.h"
#include "kernels/cuda/backend.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// One operation with its inputs on the device.
struct Case {
  std::string name, shape;
  double bytes = 0;
  double flops = 0;
  std::function<std::function<void()>(BenchmarkDevice&)> prepare;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double spread(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return (*most - *least) / median(values);
}

std::string rows_text(std::int64_t rows, std::int64_t columns, std::int64_t tokens) {
  return fmt::format("{}x{}, {}", columns, rows, tokens_text(tokens));
}

Case copy_case(std::int64_t floats) {
  return {"copy on the device", fmt::format("{} bytes", floats * 4), 8.0 * static_cast<double>(floats), 0.0,
          [floats](BenchmarkDevice& device) -> std::function<void()> {
            const Tensor from = device.floats({floats});
            const Tensor to = device.empty({floats});
            return [&device, from, to] { device.backend->copy(to, from); };
          }};
}

Case norm_case(std::int64_t tokens, std::int64_t width) {
  return {"rms_norm", fmt::format("{}, {}", width, tokens_text(tokens)),
          8.0 * static_cast<double>(tokens * width), 4.0 * static_cast<double>(tokens * width),
          [=](BenchmarkDevice& device) -> std::function<void()> {
            const Tensor input = device.floats({tokens, width});
            const Tensor gain = device.floats({width});
            const Tensor output = device.empty({tokens, width});
            return [&device, input, gain, output] { device.backend->rms_norm(output, input, gain, 1e-6F); };
          }};
}

Case linear_case(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens) {
  const double bytes = static_cast<double>(bytes_of(type, rows * columns)) +
                       4.0 * static_cast<double>(tokens * (rows + columns));
  return {std::string("linear ") + type_info(type).name, rows_text(rows, columns, tokens), bytes,
          2.0 * static_cast<double>(rows * columns * tokens),
          [=](BenchmarkDevice& device) -> std::function<void()> {
            const WeightHandle weight = device.weight(type, rows, columns);
            const Tensor input = device.floats({tokens, columns});
            const Tensor output = device.empty({tokens, rows});
            return [&device, weight, input, output] {
              const LinearOutput outputs[] = {{weight, output, {}}};
              device.backend->linear(outputs, input);
            };
          }};
}

Case experts_case(DataType type, std::int64_t width, std::int64_t inner, std::int32_t experts,
                  std::int32_t top_k, std::int32_t tokens) {
  const std::int64_t used = std::min<std::int64_t>(experts, std::int64_t{tokens} * top_k);
  return {std::string("experts ") + type_info(type).name,
          fmt::format("{} of {} x {}x{}, {}", top_k, experts, width, inner, tokens_text(tokens)),
          3.0 * static_cast<double>(used) * static_cast<double>(bytes_of(type, width * inner)),
          6.0 * static_cast<double>(width * inner * tokens) * top_k,
          [=](BenchmarkDevice& device) -> std::function<void()> {
            auto weights = std::make_shared<ExpertWeights>();
            for (std::int32_t e = 0; e < experts; ++e) {
              weights->gate.push_back(device.weight(type, inner, width));
              weights->up.push_back(device.weight(type, inner, width));
              weights->down.push_back(device.weight(type, width, inner));
            }
            std::vector<std::int32_t> choices;
            for (std::int32_t i = 0; i < tokens * top_k; ++i) choices.push_back(i * 7 % experts);
            const Tensor chosen = device.empty({tokens, top_k}, DataType::i32);
            device.backend->upload(chosen, std::as_bytes(std::span(choices)));
            const Tensor shares = device.floats({tokens, top_k});
            const Tensor input = device.floats({tokens, width});
            const Tensor output = device.floats({tokens, width});
            return [&device, weights, chosen, shares, input, output] {
              device.backend->experts(output, input, chosen, shares, *weights);
            };
          }};
}

/// Decode of `sequences` at `context` positions, or with `tokens` > 1 a prompt behind them.
struct AttentionShape {
  std::int32_t sequences, tokens, context;
};

Case attention_case(std::int32_t heads, std::int32_t kv_heads, std::int32_t dim, const AttentionShape& at) {
  const double positions = static_cast<double>(at.sequences) * (at.context + at.tokens);
  return {at.tokens == 1 ? "attention decode" : "attention prefill",
          fmt::format("{}/{} heads of {}, {} x {} after {}", heads, kv_heads, dim, at.sequences, at.tokens,
                      at.context),
          positions * kv_heads * dim * 2.0 * 2.0,
          4.0 * at.sequences * at.tokens * (at.context + at.tokens / 2.0) * heads * dim,
          [=](BenchmarkDevice& device) -> std::function<void()> {
            auto batch = std::make_shared<RaggedBatch>(
                even_batch(at.sequences, at.tokens, at.context, 32,
                           at.tokens == 1 ? TokenRole::generated : TokenRole::prompt));
            KvGroupSpec group;
            group.layers = 1;
            group.kv_heads = kv_heads;
            group.key_dim = group.value_dim = dim;
            const std::int32_t pages = at.sequences * ((at.context + at.tokens + 31) / 32);
            const KvLayer layer{device.backend->create_kv_cache({{group}, 32, pages}), 0, 0};
            const StepTensors step = device.backend->begin_step(*batch);
            const Tensor queries = device.floats({step.tokens, heads, dim});
            const Tensor output = device.empty({step.tokens, heads, dim});
            return [&device, batch, layer, step, queries, output] {
              device.backend->attention(output, queries, layer, step, 0.1F);
            };
          }};
}

Case latent_case(std::int32_t heads, const AttentionShape& at, bool tiny) {
  MlaSpec spec{heads, 128, 64, 128, 512, 0.1352F};
  if (tiny) spec = {heads, 8, 4, 8, 16, 0.1F};
  const double width = spec.latent_dim + spec.rope_dim;
  return {"mla absorbed", fmt::format("{} heads, {} after {}", heads, at.sequences, at.context),
          static_cast<double>(at.sequences) * (at.context + 1) * width * 2.0,
          2.0 * at.sequences * (at.context + 1.0) * heads * (width + spec.latent_dim),
          [=](BenchmarkDevice& device) -> std::function<void()> {
            auto batch = std::make_shared<RaggedBatch>(
                even_batch(at.sequences, 1, at.context, 32, TokenRole::generated));
            KvGroupSpec group;
            group.layout = KvLayout::latent;
            group.layers = 1;
            group.kv_heads = 1;
            group.key_dim = spec.latent_dim + spec.rope_dim;
            const std::int32_t pages = at.sequences * ((at.context + 32) / 32);
            const KvLayer layer{device.backend->create_kv_cache({{group}, 32, pages}), 0, 0};
            const MlaWeightHandle weight = device.backend->load_mla_weight(
                random_weight(DataType::bf16, std::int64_t{heads} * (spec.nope_dim + spec.value_dim),
                              spec.latent_dim, 1),
                spec);
            const StepTensors step = device.backend->begin_step(*batch);
            const Tensor queries = device.floats({step.tokens, heads, spec.nope_dim + spec.rope_dim});
            const Tensor output = device.empty({step.tokens, heads, spec.value_dim});
            return [&device, batch, layer, step, weight, queries, output] {
              device.backend->mla_attention(output, queries, layer, step, weight);
            };
          }};
}

Case softmax_case(std::int64_t rows, std::int64_t vocabulary) {
  return {"log_softmax", fmt::format("{} rows of {}", rows, vocabulary),
          12.0 * static_cast<double>(rows * vocabulary), 0.0,
          [=](BenchmarkDevice& device) -> std::function<void()> {
            const Tensor logits = device.floats({rows, vocabulary});
            return [&device, logits] { device.backend->log_softmax(logits); };
          }};
}

/// DeepSeek-V3's and Llama 3.1 8B's own shapes.
std::vector<Case> real_cases() {
  std::vector<Case> cases = {copy_case(std::int64_t{256} << 20), norm_case(1, 7168), norm_case(512, 7168)};
  for (const std::int64_t tokens : {1, 16, 128, 4096}) {
    cases.push_back(linear_case(DataType::bf16, 4096, 14336, tokens));
    for (const DataType type : {DataType::f32, DataType::q4_k, DataType::q8_0}) {
      if (tokens < 4096) cases.push_back(linear_case(type, 4096, 14336, tokens));
    }
    cases.push_back(linear_case(DataType::fp8_e4m3, 7168, 16384, tokens));
    cases.push_back(experts_case(DataType::fp8_e4m3, 7168, 2048, 32, 8, static_cast<std::int32_t>(tokens)));
  }
  cases.push_back(attention_case(32, 8, 128, {1, 1, 8192}));
  cases.push_back(attention_case(32, 8, 128, {32, 1, 2048}));
  cases.push_back(attention_case(32, 8, 128, {1, 512, 0}));
  for (const std::int32_t heads : {16, 32, 128}) cases.push_back(latent_case(heads, {32, 1, 4096}, false));
  cases.push_back(softmax_case(16, 129280));
  return cases;
}

std::vector<Case> tiny_cases() {
  return {copy_case(600),
          norm_case(2, 40),
          linear_case(DataType::bf16, 6, 32, 3),
          linear_case(DataType::fp8_e4m3, 6, 130, 3),
          experts_case(DataType::q8_0, 32, 32, 3, 2, 2),
          attention_case(2, 1, 8, {2, 1, 5}),
          attention_case(2, 1, 8, {1, 4, 0}),
          latent_case(2, {1, 1, 5}, true),
          softmax_case(2, 30)};
}

DeviceTiming time_case(const Case& item, const DeviceBenchmarkOptions& options,
                       const cuda::DeviceStateReader& reader) {
  DeviceTiming timing;
  timing.name = item.name;
  timing.shape = item.shape;
  timing.bytes = item.bytes;
  timing.flops = item.flops;
  auto owned = std::make_unique<CudaBackend>(BackendOptions{});
  CudaBackend& backend = *owned;
  BenchmarkDevice device(std::move(owned));
  const std::function<void()> call = item.prepare(device);
  const auto swept = static_cast<std::int64_t>(options.swept_bytes / 8);
  const Tensor first = device.empty({swept});
  const Tensor second = device.empty({swept});
  for (int i = 0; i < 2; ++i) call();
  backend.wait();
  const auto watch = [&] {
    const auto state = reader.read();
    timing.throttled = timing.throttled || (state && state->throttled);
  };
  for (int i = 0; i < options.most_repetitions; ++i) {
    if (i >= options.repetitions && spread(timing.cold_seconds) <= 0.05) break;
    backend.copy(second, first);
    backend.wait();
    watch();
    timing.cold_seconds.push_back(backend.time(call));
    timing.warm_seconds.push_back(backend.time([&] {
      for (int n = 0; n < options.warm_calls; ++n) call();
    }) / options.warm_calls);
    watch();
  }
  backend.wait();
  timing.noisy = spread(timing.cold_seconds) > 0.05;
  return timing;
}

}  // namespace

DeviceBenchmarkReport run_device_benchmarks(const DeviceBenchmarkOptions& options) {
  DeviceBenchmarkReport report;
  const cuda::DeviceStateReader reader;
  {
    const CudaBackend backend({});
    const DeviceInfo device = backend.device();
    report.device = device.name;
    report.path = device.path;
  }
  report.before = reader.read();
  for (const Case& item : options.tiny ? tiny_cases() : real_cases()) {
    if (options.progress) options.progress(item.name + " " + item.shape);
    report.timings.push_back(time_case(item, options, reader));
  }
  report.after = reader.read();
  const DeviceTiming& copy = report.timings.front();
  report.copy_bytes_per_second = copy.bytes / median(copy.warm_seconds);
  return report;
}

std::string device_benchmark_table(const DeviceBenchmarkReport& report) {
  std::string table = fmt::format("{} ({})\ncopy on the device: {:.0f} GB/s, reads and writes counted\n\n",
                                  report.device, report.path, report.copy_bytes_per_second * 1e-9);
  table += fmt::format("| {:<20} | {:<38} | {:>10} | {:>10} | {:>8} | {:>8} | {:>7} |\n", "kernel", "shape",
                       "cold us", "warm us", "GB/s", "TFLOP/s", "of copy");
  for (const DeviceTiming& timing : report.timings) {
    const double cold = median(timing.cold_seconds);
    table += fmt::format(
        "| {:<20} | {:<38} | {:>10.2f} | {:>10.2f} | {:>8.1f} | {:>8.3f} | {:>5.0f} % |{}{}\n", timing.name,
        timing.shape, cold * 1e6, median(timing.warm_seconds) * 1e6, timing.bytes / cold * 1e-9,
        timing.flops / cold * 1e-12, 100.0 * timing.bytes / cold / report.copy_bytes_per_second,
        timing.noisy ? " noisy" : "", timing.throttled ? " throttled" : "");
  }
  return table;
}

namespace {

/// What `reckon estimate --profile` reads, in the layout of kernels.json: of the products those in the types
/// that an estimated model is in.
void add_profile(json::Document& document, const DeviceBenchmarkReport& report) {
  auto& allocator = document.GetAllocator();
  json::Value device(rapidjson::kObjectType);
  device.AddMember("backend", "cuda", allocator);
  device.AddMember("name", json::string(report.device, allocator), allocator);
  json::Value limits(rapidjson::kObjectType);
  limits.AddMember("read_gb_per_s", report.copy_bytes_per_second * 1e-9, allocator);
  json::Value kernels(rapidjson::kArrayType);
  for (const DeviceTiming& timing : report.timings) {
    const bool product = timing.name.starts_with("linear ");
    if (product && timing.name != "linear bf16" && timing.name != "linear fp8_e4m3") continue;
    const double seconds = median(timing.cold_seconds);
    json::Value kernel(rapidjson::kObjectType);
    kernel.AddMember("name", json::string(timing.name, allocator), allocator);
    kernel.AddMember("shape", json::string(timing.shape, allocator), allocator);
    kernel.AddMember("seconds", seconds, allocator);
    json::Value repetitions(rapidjson::kArrayType);
    for (const double repetition : timing.cold_seconds) repetitions.PushBack(repetition, allocator);
    kernel.AddMember("repetition_seconds", repetitions, allocator);
    kernel.AddMember("gb_per_s", timing.bytes / seconds * 1e-9, allocator);
    kernel.AddMember("gflop_per_s", timing.flops / seconds * 1e-9, allocator);
    kernels.PushBack(kernel, allocator);
  }
  document.AddMember("device", device, allocator);
  document.AddMember("limits", limits, allocator);
  document.AddMember("kernels", kernels, allocator);
}

}  // namespace

std::string device_benchmark_json(const DeviceBenchmarkReport& report) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  json::Value context(rapidjson::kObjectType);
  context.AddMember("device", json::string(report.device, allocator), allocator);
  context.AddMember("path", json::string(report.path, allocator), allocator);
  context.AddMember("copy_bytes_per_second", report.copy_bytes_per_second, allocator);
  for (const auto& [name, state] : {std::pair{"before", report.before}, std::pair{"after", report.after}}) {
    if (!state) continue;
    json::Value value(rapidjson::kObjectType);
    value.AddMember("sm_mhz", state->sm_mhz, allocator);
    value.AddMember("memory_mhz", state->memory_mhz, allocator);
    value.AddMember("celsius", state->celsius, allocator);
    value.AddMember("watts", state->milliwatts * 1e-3, allocator);
    value.AddMember("throttled", state->throttled, allocator);
    context.AddMember(json::string(name, allocator), value, allocator);
  }
  document.AddMember("context", context, allocator);
  json::Value benchmarks(rapidjson::kArrayType);
  for (const DeviceTiming& timing : report.timings) {
    const double cold = median(timing.cold_seconds);
    json::Value value(rapidjson::kObjectType);
    value.AddMember("name", json::string(timing.name + "/" + timing.shape, allocator), allocator);
    value.AddMember("run_type", "iteration", allocator);
    value.AddMember("iterations", static_cast<std::int64_t>(timing.cold_seconds.size()), allocator);
    value.AddMember("real_time", cold * 1e6, allocator);
    value.AddMember("cpu_time", cold * 1e6, allocator);
    value.AddMember("time_unit", "us", allocator);
    value.AddMember("warm_time", median(timing.warm_seconds) * 1e6, allocator);
    value.AddMember("spread", spread(timing.cold_seconds), allocator);
    value.AddMember("noisy", timing.noisy, allocator);
    value.AddMember("throttled", timing.throttled, allocator);
    value.AddMember("bytes_per_second", timing.bytes / cold, allocator);
    value.AddMember("flops_per_second", timing.flops / cold, allocator);
    value.AddMember("share_of_copy", timing.bytes / cold / report.copy_bytes_per_second, allocator);
    benchmarks.PushBack(value, allocator);
  }
  document.AddMember("benchmarks", benchmarks, allocator);
  add_profile(document, report);
  return json::dump_pretty(document);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
