// What the device itself reaches.
#include <algorithm>

#include <fmt/format.h>

#include "kernels/benchmarks/check.h"
#include "kernels/cuda/benchmarks/device_cases.h"
#include "kernels/cuda/rate_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

using Call = std::function<void()>;

/// Blocks that fill the device.
std::int64_t blocks_of(CudaBackend& backend) {
  return std::int64_t{backend.runtime().facts().multiprocessors} * 8;
}

Global<float> results_of(CudaBackend& backend, std::int64_t count) {
  return pointer_cast<float>(
      backend.runtime().allocate("rates", static_cast<std::uint64_t>(count) * sizeof(float)));
}

DeviceCase rate_case(const char* name, RateOf of, int steps, bool by_warp_groups = false) {
  const auto run_of = [of, steps, by_warp_groups](CudaBackend& backend) {
    RateRun run;
    run.blocks = blocks_of(backend);
    run.steps = steps;
    run.of = of;
    run.by_warp_groups = by_warp_groups;
    if (by_warp_groups) run.blocks /= 4;  // of which two fill a multiprocessor
    return run;
  };
  DeviceCase item;
  item.name = name;
  item.shape = fmt::format("{} steps", steps);
  item.prepare_on_device = [run_of](CudaBackend& backend) -> Call {
    RateRun run = run_of(backend);
    run.result = results_of(backend, run.blocks);
    return [&backend, run] { run_rate(backend.runtime().stream(), run); };
  };
  item.flops_on = [run_of](CudaBackend& backend) { return rate_run_operations(run_of(backend)); };
  return item;
}

DeviceCase sweep_case(const char* name, std::int64_t bytes, bool writes) {
  DeviceCase item;
  item.name = name;
  item.shape = fmt::format("{} bytes", bytes);
  item.bytes = static_cast<double>(bytes);
  item.prepare_on_device = [=](CudaBackend& backend) -> PreparedOnDevice {
    MemoryRun run;
    run.blocks = blocks_of(backend);
    run.bytes = bytes;
    run.memory = backend.runtime().allocate("memory sweep", static_cast<std::uint64_t>(bytes));
    run.result = results_of(backend, run.blocks * kMemoryRunThreads);
    run.writes = writes;
    const Call call = [&backend, run] { run_memory(backend.runtime().stream(), run); };
    if (!writes) return call;  // leaves nothing behind
    return {
        call, [&backend, run] {
          std::vector<float> last(static_cast<std::size_t>(std::min<std::int64_t>(run.bytes / 4, 1 << 20)));
          const std::uint64_t size = last.size() * sizeof(float);
          backend.runtime().download(last.data(), run.memory + (run.bytes - static_cast<std::int64_t>(size)),
                                     size);
          backend.wait();
          return share_apart(last, std::vector<float>(last.size(), 1.0F));
        }};
  };
  return item;
}

KernelCase copy_case(std::int64_t floats) {
  KernelCase item =
      kernel_case("memory copy", fmt::format("{} bytes", floats * 4), 8.0 * static_cast<double>(floats), 0,
                  [floats](BenchmarkDevice& device) -> PreparedCall {
                    const Tensor from = device.floats({floats});
                    const Tensor to = device.empty({floats});
                    return {[&device, from, to] { device.backend->copy(to, from); }, {to}};
                  });
  constexpr std::int64_t kFew = 1 << 22;
  if (floats > kFew) item.smaller = [] { return copy_case(kFew); };
  return item;
}

DeviceCase host_copy_case(std::int64_t bytes, bool to_device) {
  DeviceCase item;
  item.name = to_device ? "copy from the host" : "copy to the host";
  item.shape = fmt::format("{} bytes", bytes);
  item.bytes = static_cast<double>(bytes);
  item.by_host_clock = true;
  item.prepare_on_device = [=](CudaBackend& backend) -> PreparedOnDevice {
    const auto host = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(bytes));
    for (std::size_t i = 0; i < host->size(); ++i) (*host)[i] = static_cast<std::byte>(i * 7 + i / 251);
    const Global<std::uint8_t> memory =
        backend.runtime().allocate("host copies", static_cast<std::uint64_t>(bytes));
    const auto sent = std::make_shared<const std::vector<std::byte>>(*host);
    if (!to_device) {
      backend.runtime().upload(memory, sent->data(), sent->size());
      backend.wait();
      std::fill(host->begin(), host->end(), std::byte{0});
    }
    const Call call = [&backend, host, memory, to_device] {
      if (to_device)
        backend.runtime().upload(memory, host->data(), host->size());
      else
        backend.runtime().download(host->data(), memory, host->size());
    };
    return {call, [&backend, host, sent, memory, to_device] {
              if (to_device) backend.runtime().download(host->data(), memory, host->size());
              backend.wait();
              return *host == *sent ? 0.0 : 1.0;
            }};
  };
  return item;
}

/// `count` additions of one number: alone, or written down and run as a graph.
DeviceCase launch_case(int count, bool as_graph) {
  DeviceCase item;
  item.name = as_graph ? "graph replay" : "kernel launches";
  item.shape = fmt::format("{} kernels", count);
  item.bytes = 12.0 * count;
  item.by_host_clock = true;
  item.prepare_on_device = [=](CudaBackend& backend) -> Call {
    const auto batch = std::make_shared<RaggedBatch>(even_batch(1, 1, 0, 32, TokenRole::generated));
    const Tensor number = dense(backend.allocate(4), DataType::f32, {1, 1});
    return [&backend, batch, number, count, as_graph] {
      if (as_graph) backend.begin_step(*batch);
      for (int i = 0; i < count; ++i) backend.add(number, number, number);
    };
  };
  return item;
}

}  // namespace

std::vector<DeviceCase> limit_cases(bool tiny, bool with_fp8, bool with_warp_groups) {
  const std::int64_t bytes = tiny ? 2400 : std::int64_t{1} << 30;
  const int steps = tiny ? 2 : 4000;
  std::vector<DeviceCase> cases = {copy_case(bytes / 4),
                                   sweep_case("memory read", bytes, false),
                                   sweep_case("memory write", bytes, true),
                                   host_copy_case(tiny ? 512 : std::int64_t{256} << 20, true),
                                   host_copy_case(tiny ? 512 : std::int64_t{256} << 20, false),
                                   launch_case(tiny ? 3 : 100, false),
                                   launch_case(tiny ? 3 : 100, true),
                                   rate_case("fma fp64", RateOf::fp64, tiny ? 1 : 200),
                                   rate_case("fma fp32", RateOf::fp32, steps),
                                   rate_case("mma fp64", RateOf::fp64_mma, tiny ? 1 : 200),
                                   rate_case("mma tf32", RateOf::tf32, steps),
                                   rate_case("mma bf16", RateOf::bf16, steps),
                                   rate_case("mma f16", RateOf::f16, steps),
                                   rate_case("mma int8", RateOf::int8, steps)};
  if (with_fp8) cases.push_back(rate_case("mma fp8_e4m3", RateOf::fp8_e4m3, steps));
  if (with_warp_groups) {
    cases.push_back(rate_case("wgmma bf16", RateOf::bf16, steps, true));
    cases.push_back(rate_case("wgmma f16", RateOf::f16, steps, true));
    cases.push_back(rate_case("wgmma fp8_e4m3", RateOf::fp8_e4m3, steps, true));
  }
  return cases;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
