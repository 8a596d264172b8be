#pragma once
// What is timed on a card: each case makes its inputs and gives back one call.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/benchmarks/cases.h"
#include "kernels/cuda/backend.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// One call of an operation, and the f32 tensors that it fills.
struct PreparedCall {
  std::function<void()> call;
  std::vector<Tensor> results;
  /// Fills the results out of what the call left elsewhere, to check it.
  std::function<void()> show = {};
  /// What else came out, after wait(): to be the same everywhere.
  std::function<std::string()> answer = {};
};

/// One call of what only the device does.
struct PreparedOnDevice {
  PreparedOnDevice(std::function<void()> of_the_device,  // NOLINT(google-explicit-constructor): is mostly all
                   std::function<double()> to_the_host = {})
      : call(std::move(of_the_device)), difference(std::move(to_the_host)) {}
  std::function<void()> call;
  /// After a call and wait(): how far the result is from what the host makes of the data, see share_apart().
  std::function<double()> difference;
};
/// The largest difference as a share of the largest wanted value.
double share_apart(std::span<const float> found, std::span<const float> wanted);

struct DeviceCase {
  std::string name;   ///< "linear bf16"
  std::string shape;  ///< "4096x14336, 16 tokens"
  double bytes = 0;   ///< that a call has to read and write
  double flops = 0;   ///< products and sums of a call
  std::string peak;   ///< the limit case whose rate its products can reach at most; empty: none
  /// One matrix with all tokens, which a library may have too.
  struct Product {
    DataType type = DataType::bf16;
    std::int64_t rows = 0, columns = 0, tokens = 0;
  };
  std::optional<Product> product = {};
  /// An operation of the interface, on any back end; the same device seed gives the same data.
  std::function<PreparedCall(BenchmarkDevice& device)> prepare;
  /// Or something that only the device does.
  std::function<PreparedOnDevice(CudaBackend& backend)> prepare_on_device;
  /// Of a case too large for the CPU to repeat: a smaller problem of the same kernels.
  std::shared_ptr<const DeviceCase> smaller = {};
  /// Of these, what `flops` is on this device; empty: as it says.
  std::function<double(CudaBackend& backend)> flops_on;
  bool multiplies_weight = false;  ///< of which by_warp_groups() makes another case
  bool warp_groups = false;        ///< on a back end with tensor_cores=wgmma
  /// By the host's clock, with the wait for the end: copies to and from the host, graphs.
  bool by_host_clock = false;
};

/// What the device reaches: memory, arithmetic by type, launches. "memory copy" is the first.
std::vector<DeviceCase> limit_cases(bool tiny, bool with_fp8, bool with_warp_groups);
/// The back end's operations at DeepSeek-V3's and Llama 3.1 8B's own shapes.
std::vector<DeviceCase> operation_cases(bool tiny);
/// What brings activations to experts and heads to attention: grouped FP8 products, permutation of rows,
/// quantisers, norm with rotation and the write to the cache.
std::vector<DeviceCase> movement_cases(bool tiny, bool with_fp8);
/// The operations at the shapes of one model.
std::vector<DeviceCase> model_cases(const BenchmarkShapes& shapes);

/// Decode of `sequences` at `context` positions, or with `tokens` > 1 a prompt behind them.
struct AttentionShape {
  std::int32_t sequences, tokens, context;

  TokenRole role() const { return tokens == 1 ? TokenRole::generated : TokenRole::prompt; }
};

// Makers of the cases above.
DeviceCase norm_case(std::int64_t tokens, std::int64_t width);
DeviceCase linear_case(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens);
/// Experts chosen in turn, so that all have the same work.
DeviceCase experts_case(DataType type, std::int64_t width, std::int64_t inner, std::int32_t experts,
                        std::int32_t top_k, std::int32_t tokens);
DeviceCase attention_case(const GroupedAttentionShape& shape, DataType cache, const AttentionShape& at);
DeviceCase latent_case(const MlaSpec& spec, DataType cache, const AttentionShape& at);
DeviceCase router_case(const RouterSpec& spec, std::int64_t tokens);
DeviceCase sampling_case(std::int64_t rows, std::int64_t vocabulary);
DeviceCase case_of(std::string name, std::string shape, double bytes, double flops,
                   std::function<PreparedCall(BenchmarkDevice&)> prepare);
/// The same product by wgmma.
DeviceCase by_warp_groups(DeviceCase item);
/// DeviceCase::peak of products of this type: what tensor cores reach in it.
std::string mma_peak(DataType type);

}  // namespace reckon::kernels::RECKON_CUDA_NS
