#include "engine/formats/dummy_weights.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "base/files.h"
#include "base/thread_pool.h"
#include "engine/formats/float_types.h"
#include "engine/formats/mapped_tensor.h"

namespace reckon::engine {
namespace {

double draw(const TensorRequest& request, double uniform) {
  const double x = 2.0 * uniform - 1.0;
  switch (request.role) {
    case TensorRole::linear:
    case TensorRole::precise_linear:
      return x * std::sqrt(3.0 / static_cast<double>(request.columns));
    case TensorRole::embedding:
      return x * std::sqrt(3.0);
    case TensorRole::norm:
      return 1.0 + 0.2 * x;
    case TensorRole::bias:
      return 0.5 * x;
    case TensorRole::router_bias:
      return 0.25 * x - 0.5;
  }
  return 0.0;
}

std::uint8_t fp8_code(std::uint64_t word) {
  const auto code = static_cast<std::uint8_t>(word >> 56);
  return is_fp8_nan(code) ? static_cast<std::uint8_t>(code & 0x80U) : code;
}

double fp8_code_rms() {
  double sum = 0.0;
  for (int code = 0; code < 256; ++code) {
    const auto bits = static_cast<std::uint8_t>(code);
    const double value = is_fp8_nan(bits) ? 0.0 : static_cast<double>(from_fp8_e4m3(bits));
    sum += value * value;
  }
  return std::sqrt(sum / 256.0);
}

template <typename Element>
struct Owned {
  std::vector<Element> data;
  std::vector<float> scales;
};

/// Calls element(i) for each i below `count`, on all processors: a model's true size is tens of gigabytes.
template <typename Element>
void for_each_element(std::size_t count, const Element& element) {
  constexpr std::size_t kBlock = std::size_t{1} << 18;
  const auto blocks = static_cast<std::int64_t>((count + kBlock - 1) / kBlock);
  ThreadPool pool(blocks > 1 ? available_threads() : 1);
  pool.parallel_for(blocks, [&](std::int64_t block, int) {
    const std::size_t begin = static_cast<std::size_t>(block) * kBlock;
    const std::size_t end = std::min(begin + kBlock, count);
    for (std::size_t i = begin; i < end; ++i) element(i);
  });
}

kernels::StoredTensor draw_fp8(const TensorRequest& request, std::int32_t block_rows,
                               std::int32_t block_columns) {
  const DummyStream stream(request.name);
  const DummyStream scale_stream(request.name + "_scale_inv");
  auto owned = std::make_shared<Owned<std::uint8_t>>();
  owned->data.resize(static_cast<std::size_t>(request.rows * request.columns));
  for_each_element(owned->data.size(), [&](std::size_t i) { owned->data[i] = fp8_code(stream.word(i)); });
  const std::int64_t blocks = ((request.rows + block_rows - 1) / block_rows) *
                              ((request.columns + block_columns - 1) / block_columns);
  const double unit = 1.0 / (std::sqrt(static_cast<double>(request.columns)) * fp8_code_rms());
  for (std::int64_t j = 0; j < blocks; ++j) {
    owned->scales.push_back(
        static_cast<float>((0.75 + 0.5 * scale_stream.uniform(static_cast<std::uint64_t>(j))) * unit));
  }
  kernels::StoredTensor tensor =
      described_tensor(request.name, kernels::DataType::fp8_e4m3, request.rows, request.columns);
  tensor.data = std::as_bytes(std::span<const std::uint8_t>(owned->data));
  tensor.scales = owned->scales;
  tensor.scale_block_rows = block_rows;
  tensor.scale_block_columns = block_columns;
  tensor.owner = owned;
  return tensor;
}

template <typename Element, typename Convert>
kernels::StoredTensor draw_plain(const TensorRequest& request, kernels::DataType type, Convert convert) {
  const DummyStream stream(request.name);
  auto owned = std::make_shared<Owned<Element>>();
  owned->data.resize(static_cast<std::size_t>(request.rows * request.columns));
  for_each_element(owned->data.size(), [&](std::size_t i) {
    owned->data[i] = convert(static_cast<float>(draw(request, stream.uniform(i))));
  });
  kernels::StoredTensor tensor = described_tensor(request.name, type, request.rows, request.columns);
  tensor.data = std::as_bytes(std::span<const Element>(owned->data));
  tensor.owner = owned;
  return tensor;
}

}  // namespace

DummyStream::DummyStream(const std::string& name) : key_(hash64(name)) {}

std::uint64_t DummyStream::word(std::uint64_t index) const {
  std::uint64_t z = key_ + (index + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

double DummyStream::uniform(std::uint64_t index) const {
  return static_cast<double>(word(index) >> 40) * 0x1p-24;
}

kernels::StoredTensor draw_dummy_tensor(const TensorRequest& request, kernels::DataType type,
                                        std::int32_t fp8_block_rows, std::int32_t fp8_block_columns) {
  const bool matrix = request.role == TensorRole::linear || request.role == TensorRole::precise_linear ||
                      request.role == TensorRole::embedding;
  if (request.role == TensorRole::linear && fp8_block_rows > 0) {
    return draw_fp8(request, fp8_block_rows, fp8_block_columns);
  }
  if (matrix && type == kernels::DataType::bf16) return draw_plain<std::uint16_t>(request, type, to_bf16);
  if (matrix && type == kernels::DataType::f16) return draw_plain<std::uint16_t>(request, type, to_f16);
  return draw_plain<float>(request, kernels::DataType::f32, [](float value) { return value; });
}

}  // namespace reckon::engine
