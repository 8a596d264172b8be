#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/engine_options.h"
#include "harness/commands.h"
#include "harness/share_folder.h"
#include "harness/time_engine.h"
#include "harness/time_kernels.h"
#include "harness/version.h"
#include "kernels/benchmarks/communication.h"
#include "kernels/benchmarks/measure.h"
#include "reports/hardware/catalogue.h"

namespace reckon::harness {
namespace {

void print_kernels(const kernels::KernelReport& report) {
  const kernels::MachineLimits& limits = report.limits;
  fmt::print("{} ({}, {} threads)\n", report.device.name, report.device.path, report.device.threads);
  fmt::print(
      "measured limits: read {:.1f} GB/s, write {:.1f}, copy {:.1f}; float64 {:.1f} GFLOP/s, float32 {:.1f}; "
      "int16 "
      "{:.1f} GOP/s, int8 {:.1f}\n\n",
      limits.read_bytes_per_second * 1e-9, limits.write_bytes_per_second * 1e-9,
      limits.copy_bytes_per_second * 1e-9, limits.fp64_flops_per_second * 1e-9,
      limits.fma_flops_per_second * 1e-9, limits.int16_ops_per_second * 1e-9,
      limits.int8_ops_per_second * 1e-9);
  constexpr double kBusy = 0.2;  // processors
  if (report.processors_of_others >= kBusy)
    fmt::print(
        "others kept {:.1f} processors busy on average: nothing below is this machine's full speed\n\n",
        report.processors_of_others);
  fmt::print("| {:<26} | {:<30} | {:>10} | {:>10} | {:>8} | {:>9} | {:>7} | {:>8} | {:>7} |\n", "kernel",
             "shape", "cold us", "warm us", "GB/s", "GFLOP/s", "bound", "of limit", "noise");
  fmt::print("|{0:-<28}|{0:-<32}|{0:->11}:|{0:->11}:|{0:->9}:|{0:->10}:|{0:->8}:|{0:->9}:|{0:->8}:|\n", "");
  for (const kernels::KernelTiming& kernel : report.kernels) {
    const auto microseconds = [&](bool warm) {
      if (warm == kernel.warm) return fmt::format("{:.2f}", kernel.seconds * 1e6);
      return kernel.other_seconds.empty()
                 ? ""
                 : fmt::format("{:.2f}", kernels::median_of(kernel.other_seconds) * 1e6);
    };
    fmt::print("| {:<26} | {:<30} | {:>10} | {:>10} | {:>8.2f} | {:>9.2f} | {:>7} | {:>8} | {:>7} |{}{}{}\n",
               kernel.name, kernel.shape, microseconds(false), microseconds(true),
               kernel.bytes / kernel.seconds * 1e-9, kernel.flops / kernel.seconds * 1e-9, kernel.bound,
               kernel.share_of_limit ? fmt::format("{:.0f} %", *kernel.share_of_limit * 100.0) : "",
               kernel.noise ? fmt::format("{:.1f} %", *kernel.noise * 100.0) : "",
               kernel.noisy ? " noisy after " + std::to_string(kernel.repetition_seconds.size()) : "",
               kernel.processors_of_others >= kBusy ? " disturbed" : "",
               kernel.checked ? "" : " not checked");
  }
}

void print_engine(const EngineTiming& timing) {
  fmt::print("prefill        {:.1f} tokens/s (prompt of {})\n", timing.prefill_tokens_per_second,
             timing.prefill_tokens);
  for (const EngineTiming::Streams& streams : timing.streams) {
    fmt::print("decode {:>3} stream{} {:.1f} tokens/s", streams.streams, streams.streams == 1 ? " " : "s",
               streams.decode_tokens_per_second);
    if (streams.streams == 1 && timing.decode_share_of_reads > 0.0) {
      const double read =
          streams.decode_tokens_per_second * static_cast<double>(timing.weight_bytes_per_token);
      fmt::print(
          " (weights read at {:.1f} GB/s, {:.0f} % of plain reads of the same bytes in turn with it: {:.1f})",
          read * 1e-9, 100.0 * timing.decode_share_of_reads, timing.weight_read_bytes_per_second * 1e-9);
    }
    fmt::print("\n");
  }
  fmt::print("memory         {:.0f} MB resident at the peak; weights {:.0f} MB, KV budget {:.0f} MB\n",
             static_cast<double>(timing.resident_bytes) * 1e-6,
             static_cast<double>(timing.weight_bytes) * 1e-6,
             static_cast<double>(timing.kv_cache_bytes) * 1e-6);
}

std::string engine_json(const EngineTiming& timing, const std::optional<kernels::MachineLimits>& limits) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  json::Value engine(rapidjson::kObjectType);
  engine.AddMember("prefill_tokens", timing.prefill_tokens, allocator);
  engine.AddMember("prefill_tokens_per_s", timing.prefill_tokens_per_second, allocator);
  json::Value streams(rapidjson::kObjectType);
  for (const EngineTiming::Streams& entry : timing.streams) {
    json::Value rate(entry.decode_tokens_per_second);
    streams.AddMember(json::string(std::to_string(entry.streams), allocator), rate, allocator);
  }
  engine.AddMember("decode_tokens_per_s", streams, allocator);
  engine.AddMember("decode_share_of_reads", timing.decode_share_of_reads, allocator);
  engine.AddMember("weight_read_gb_per_s", timing.weight_read_bytes_per_second * 1e-9, allocator);
  engine.AddMember("weight_bytes", timing.weight_bytes, allocator);
  engine.AddMember("weight_bytes_per_token", timing.weight_bytes_per_token, allocator);
  engine.AddMember("kv_cache_bytes", timing.kv_cache_bytes, allocator);
  engine.AddMember("resident_bytes", timing.resident_bytes, allocator);
  if (limits) {
    engine.AddMember("read_gb_per_s", limits->read_bytes_per_second * 1e-9, allocator);
    engine.AddMember("fma_gflop_per_s", limits->fma_flops_per_second * 1e-9, allocator);
    engine.AddMember("int8_gop_per_s", limits->int8_ops_per_second * 1e-9, allocator);
  }
  document.AddMember("engine", engine, allocator);
  return json::dump_pretty(document);
}

int bench_engine(const BenchCommand& command) {
  EngineTimingOptions options;
  const EngineTiming timing = time_engine(command.model, options);
  std::optional<kernels::MachineLimits> limits;  // those of the processor say nothing of a card
  if (command.model.device == "cpu") limits = kernels::measure_limits(0);
  const std::string text = engine_json(timing, limits);
  if (!command.output.empty()) write_file_atomically(command.output, text + "\n");
  if (command.json) {
    fmt::print("{}\n", text);
  } else {
    print_engine(timing);
  }
  return static_cast<int>(ExitCode::done);
}

/// What the hardware catalogue says of a card. The catalogue is read now: a file of it that is broken is said
/// before anything is timed.
std::function<kernels::CataloguePeaks(const std::string& device)> catalogue_peaks() {
  return [cards = reports::load_all_hardware(find_share_folders().hardware, {})](
             const std::string& device) -> kernels::CataloguePeaks {
    const reports::Accelerator* card = reports::recognise_accelerator(cards, device);
    if (card == nullptr) return {};
    return {card->name,
            card->memory_gb_per_s * 1e9,
            card->fp64_tflops * 1e12,
            card->bf16_dense_tflops * 1e12,
            card->fp8_dense_tflops.value_or(0.0) * 1e12,
            card->int8_dense_tflops.value_or(0.0) * 1e12,
            card->link_gb_per_s_one_way() * 1e9};
  };
}

int bench_communication(const BenchCommand& command, bool terminal) {
  kernels::CommunicationOptions options;
  options.ranks = command.ranks;
  const engine::EngineOptions model =
      engine::parse_engine_options(command.model.model, command.model.model_args, command.model.device);
  options.device = model.device;
  options.thread_communicator = model.thread_communicator;
  options.repetitions = command.repetitions;
  options.link = [peaks = catalogue_peaks()](const std::string& device) {
    return peaks(device).link_bytes_per_second;
  };
  if (terminal) options.progress = [](const std::string& name) { fmt::print(stderr, "\r\033[K{}", name); };
  const kernels::CommunicationReport report = kernels::run_communication_benchmarks(options);
  if (terminal) fmt::print(stderr, "\r\033[K");
  const std::string text = kernels::communication_json(report);
  if (!command.output.empty()) write_file_atomically(command.output, text + "\n");
  fmt::print("{}\n", command.json ? text : kernels::communication_table(report));
  const bool wrong = std::any_of(report.timings.begin(), report.timings.end(),
                                 [](const auto& timing) { return timing.errors > 0; });
  if (wrong)
    fail_evaluation("bench --communication: data did not arrive as it was sent; see the errors above");
  return static_cast<int>(ExitCode::done);
}

kernels::BenchmarkShapes wanted_shapes(const BenchCommand& command) {
  kernels::BenchmarkShapes shapes =
      command.shapes.empty() ? benchmark_shapes(command.model) : given_shapes(command.shapes);
  if (!command.tokens.empty()) shapes.token_counts.assign(command.tokens.begin(), command.tokens.end());
  return shapes;
}

int bench_card(const BenchCommand& command, bool terminal) {
  kernels::CudaBenchmarkOptions options;
  options.commit = version().commit;
  options.repetitions = command.repetitions;
  options.catalogue = catalogue_peaks();
  options.progress = [terminal](const std::string& name) {
    if (terminal) fmt::print(stderr, "\r\033[K{}", name);
  };
  if (!command.model.model.empty() || !command.shapes.empty()) options.shapes = wanted_shapes(command);
  const kernels::CudaKernelReport report = kernels::time_cuda_kernels(options);
  if (terminal) fmt::print(stderr, "\r\033[K");
  if (!command.output.empty()) write_file_atomically(command.output, report.json + "\n");
  fmt::print("{}\n", command.json ? report.json : report.table);
  return static_cast<int>(ExitCode::done);
}

/// Published configs go by their names, and flags join the model's arguments.
BenchCommand completed(BenchCommand command) {
  ModelArguments& model = command.model;
  if (!model.model.empty() && !std::filesystem::exists(model.model)) {
    const std::string shipped = find_share_folders().estimate + "/models/" + model.model + ".json";
    if (std::filesystem::exists(shipped)) model.model = shipped;
  }
  const auto add = [&](const std::string& argument) {
    if (!model.model_args.empty()) model.model_args += ",";
    model.model_args += argument;
  };
  if (!command.load_format.empty()) add("load_format=" + command.load_format);
  if (command.num_layers > 0) add(fmt::format("num_layers={}", command.num_layers));
  if (command.num_layers > 0 && !command.engine) command.layers = true;
  return command;
}

}  // namespace

int bench(const BenchCommand& wanted) {
  const BenchCommand command = completed(wanted);
  if (command.identify) {
    const kernels::CudaKernelReport report = kernels::identify_cuda_card();
    if (!command.output.empty()) write_file_atomically(command.output, report.json + "\n");
    fmt::print("{}\n", command.json ? report.json : report.table);
    return static_cast<int>(ExitCode::done);
  }
  const bool own_shapes = command.engine || command.layers || command.communication ||
                          (command.model.model.empty() && command.shapes.empty());
  if (!command.tokens.empty() && own_shapes)
    fail_input("bench: --tokens goes with the kernels of --model or of --shapes");
  const bool terminal = isatty(STDERR_FILENO) != 0;
  if (command.communication) return bench_communication(command, terminal);
  if (command.model.device == "cuda" && !command.engine && !command.layers)
    return bench_card(command, terminal);
  if (command.model.model.empty() && (command.shapes.empty() || command.engine || command.layers))
    fail_input(
        "bench: --model is missing; only --shapes, --identify, --communication and --device cuda do without "
        "one");
  if (command.engine) return bench_engine(command);
  if (command.layers) return bench_layers(command);
  kernels::BenchmarkOptions options;
  options.repetitions = command.repetitions;
  options.most_repetitions = kernels::kMostRepetitions;
  options.cold_and_warm = true;
  options.seconds_per_repetition /= command.repetitions;
  if (terminal) {
    options.progress = [](const std::string& name, double done) {
      fmt::print(stderr, "\r\033[K{:3.0f} % {}", done * 100.0, name);
      std::fflush(stderr);
    };
  }
  const kernels::KernelReport report = time_kernels(command.model, wanted_shapes(command), options);
  if (terminal) fmt::print(stderr, "\r\033[K");
  const std::string text = kernels::kernel_report_json(report, version().commit);
  if (!command.output.empty()) write_file_atomically(command.output, text + "\n");
  if (command.json) {
    fmt::print("{}\n", text);
  } else {
    print_kernels(report);
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
