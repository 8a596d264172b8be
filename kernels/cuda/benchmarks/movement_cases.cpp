// What happens to activations between the large products.
#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "kernels/benchmarks/check.h"
#include "kernels/cuda/benchmarks/device_cases.h"
#include "kernels/cuda/expert_kernels.h"
#include "kernels/cuda/tensor_products.h"
#include "kernels/cuda/warp_group_products.h"
#include "kernels/stored_block.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

using Call = std::function<void()>;

/// Memory that lives as long as the back end.
template <class T>
Global<T> memory_of(CudaBackend& backend, std::int64_t count) {
  return pointer_cast<T>(
      backend.runtime().allocate("benchmark", static_cast<std::uint64_t>(count) * sizeof(T)));
}

RowsOf<const float> random_rows(CudaBackend& backend, std::int64_t rows, std::int64_t columns) {
  const StoredTensor random = random_weight(DataType::f32, rows, columns, 3);
  const Global<float> to = memory_of<float>(backend, rows * columns);
  backend.runtime().upload(pointer_cast<std::uint8_t>(to), random.data.data(), random.data.size());
  backend.wait();
  return {to, rows, columns, 1, columns, 0};
}

Activations fp8_memory(CudaBackend& backend, const RowsOf<const float>& rows) {
  Activations activations;
  activations.floats = rows;
  activations.scales_per_row = (rows.columns + kFp8Block - 1) / kFp8Block;
  activations.fp8 = memory_of<std::uint8_t>(backend, rows.rows * rows.columns);
  activations.scales = memory_of<float>(backend, rows.rows * activations.scales_per_row);
  return activations;
}

std::vector<float> floats_of(CudaBackend& backend, Global<const float> from, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  backend.runtime().download(values.data(), pointer_cast<const std::uint8_t>(from),
                             values.size() * sizeof(float));
  backend.wait();
  return values;
}

StoredTensor expert_weight(std::int64_t expert, std::int64_t rows, std::int64_t columns) {
  return random_weight(DataType::fp8_e4m3, rows, columns, static_cast<std::uint64_t>(expert) + 1);
}

/// Some sixty rows of the first, the middle and the last pair, added up by the host. Pair p is of expert p %
/// experts.
double grouped_difference(CudaBackend& backend, const Product& product, std::int32_t experts) {
  const std::int64_t rows = product.weight.rows;
  const std::int64_t columns = product.weight.columns;
  const Activations& input = product.input;
  std::vector<float> found;
  std::vector<float> wanted;
  for (const std::int64_t pair : {std::int64_t{0}, product.tokens / 2, product.tokens - 1}) {
    const StoredTensor weight = expert_weight(pair % experts, rows, columns);
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(columns));
    backend.runtime().download(codes.data(), input.fp8 + pair * columns, codes.size());
    backend.wait();
    const std::vector<float> scales =
        floats_of(backend, input.scales + pair * input.scales_per_row, input.scales_per_row);
    const std::vector<float> output = floats_of(backend, product.output + pair * product.output_stride, rows);
    for (std::int64_t row = 0; row < rows; row += std::max<std::int64_t>(1, rows / 61)) {
      double sum = 0;
      for (std::int64_t c = 0; c < columns; ++c) {
        const auto block = static_cast<std::size_t>(c / kFp8Block);
        const auto code = static_cast<std::uint8_t>(weight.data[static_cast<std::size_t>(row * columns + c)]);
        const float scale =
            weight.scales[static_cast<std::size_t>(row / kFp8Block * input.scales_per_row) + block];
        sum += static_cast<double>(fp8_to_float(code)) * scale *
               static_cast<double>(fp8_to_float(codes[static_cast<std::size_t>(c)])) * scales[block];
      }
      wanted.push_back(static_cast<float>(sum));
      found.push_back(output[static_cast<std::size_t>(row)]);
    }
  }
  return share_apart(found, wanted);
}

/// One FP8 product of each expert with `tokens` rows of its own: what a layer's experts make three of.
/// Contiguous: many rows an expert (prefill). Masked: few (decode). Grouping and quantising are not counted.
DeviceCase grouped_case(const char* form, std::int32_t experts, std::int64_t tokens, std::int64_t rows,
                        std::int64_t columns) {
  DeviceCase item;
  const std::int64_t all = experts * tokens;
  item.name = std::string("grouped fp8_e4m3 ") + form;
  item.shape = fmt::format("{} x {}, {}x{}", experts, tokens, rows, columns);
  item.bytes =
      static_cast<double>(experts * rows * columns + all * columns) + 4.0 * static_cast<double>(all * rows);
  item.flops = 2.0 * static_cast<double>(all) * static_cast<double>(rows) * static_cast<double>(columns);
  item.peak = "mma fp8_e4m3";
  item.multiplies_weight = true;
  item.prepare_on_device = [=](CudaBackend& backend) -> PreparedOnDevice {
    std::vector<WeightView> views;
    for (std::int32_t e = 0; e < experts; ++e) {
      const StoredTensor stored = expert_weight(e, rows, columns);
      WeightView view;
      view.type = DataType::fp8_e4m3;
      view.rows = rows;
      view.columns = columns;
      view.row_bytes = columns;
      view.scale_block_rows = view.scale_block_columns = kFp8Block;
      view.scales_per_row = (columns + kFp8Block - 1) / kFp8Block;
      const Global<std::uint8_t> codes = memory_of<std::uint8_t>(backend, rows * columns);
      const Global<float> scales = memory_of<float>(backend, static_cast<std::int64_t>(stored.scales.size()));
      backend.runtime().upload(codes, stored.data.data(), stored.data.size());
      backend.runtime().upload(pointer_cast<std::uint8_t>(scales), stored.scales.data(),
                               stored.scales.size_bytes());
      backend.wait();
      view.data = codes;
      view.scales = scales;
      views.push_back(view);
    }
    const Global<WeightView> table = memory_of<WeightView>(backend, experts);
    backend.runtime().upload(pointer_cast<std::uint8_t>(table), views.data(),
                             views.size() * sizeof(WeightView));
    std::vector<std::int32_t> choices;
    for (std::int64_t i = 0; i < all; ++i) choices.push_back(static_cast<std::int32_t>(i % experts));
    const Global<std::int32_t> chosen = memory_of<std::int32_t>(backend, all);
    backend.runtime().upload(pointer_cast<std::uint8_t>(chosen), choices.data(), choices.size() * 4);
    ExpertGrouping grouping;
    grouping.chosen = chosen;
    grouping.tokens = all;
    grouping.top_k = 1;
    grouping.experts = experts;
    grouping.tile_tokens =
        backend.by_warp_groups()
            ? group_tile_tokens(tokens, experts * rows, backend.runtime().facts().multiprocessors)
            : expert_tile_tokens(all, experts);
    grouping.pairs = memory_of<std::int32_t>(backend, all);
    grouping.first_pair = memory_of<std::int32_t>(backend, experts + 1);
    grouping.first_tile = memory_of<std::int32_t>(backend, experts + 1);
    grouping.tiles = memory_of<ExpertTile>(backend, grouping.most_tiles());
    grouping.faults = memory_of<int>(backend, 2);
    group_by_expert(backend.runtime().stream(), grouping);
    Product product;
    product.weight = views.front();
    product.form = ProductForm::fp8;
    product.on_tensor_cores = true;
    product.group_tile = backend.by_warp_groups() ? grouping.tile_tokens : 0;
    product.input = fp8_memory(backend, random_rows(backend, all, columns));
    quantise_fp8(backend.runtime().stream(), product.input);
    product.tokens = all;
    product.output = memory_of<float>(backend, all * rows);
    product.output_stride = rows;
    product.experts = work_of(grouping, table, 1);
    backend.wait();
    return {[&backend, product] { multiply(backend.runtime().stream(), "grouped product", product); },
            [&backend, product, experts] { return grouped_difference(backend, product, experts); }};
  };
  return item;
}

/// How far codes times their scales are from the rows that were quantised, beyond half a step of E4M3.
double quantised_difference(CudaBackend& backend, const Activations& quantised) {
  const std::int64_t count = quantised.floats.rows * quantised.floats.columns;
  const std::vector<float> values = floats_of(backend, quantised.floats.data, count);
  const std::vector<float> scales =
      floats_of(backend, quantised.scales, quantised.floats.rows * quantised.scales_per_row);
  std::vector<std::uint8_t> codes(values.size());
  backend.runtime().download(codes.data(), quantised.fp8, codes.size());
  backend.wait();
  std::vector<float> found(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / quantised.floats.columns;
    const std::int64_t block = static_cast<std::int64_t>(i) % quantised.floats.columns / kFp8Block;
    const float scale = scales[static_cast<std::size_t>(row * quantised.scales_per_row + block)];
    const float nearest = fp8_to_float(codes[i]) * scale;
    // Three bits of mantissa; the least exponent is that of 2^-6.
    const float half_step = std::max(std::abs(values[i]) / 16.0F, scale * 0x1p-10F) * 1.001F;
    found[i] = std::abs(nearest - values[i]) <= half_step ? values[i] : nearest;
  }
  return share_apart(found, values);
}

double rounded_difference(CudaBackend& backend, const Activations& rounded) {
  const std::vector<float> values =
      floats_of(backend, rounded.floats.data, rounded.floats.rows * rounded.floats.columns);
  std::vector<std::uint16_t> halves(values.size());
  backend.runtime().download(halves.data(), pointer_cast<const std::uint8_t>(rounded.halves),
                             halves.size() * 2);
  backend.wait();
  std::vector<float> found(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    found[i] = std::bit_cast<float>(static_cast<std::uint32_t>(halves[i]) << 16U);
  return share_apart(found, values);
}

DeviceCase quantiser_case(bool to_fp8, std::int64_t tokens, std::int64_t width) {
  DeviceCase item;
  item.name = to_fp8 ? "quantise fp8_e4m3" : "round bf16";
  item.shape = fmt::format("{}, {}", width, tokens_text(tokens));
  item.bytes = static_cast<double>(tokens * width) * (to_fp8 ? 5.0 + 4.0 / kFp8Block : 6.0);
  item.prepare_on_device = [=](CudaBackend& backend) -> PreparedOnDevice {
    const RowsOf<const float> rows = random_rows(backend, tokens, width);
    if (to_fp8) {
      const Activations activations = fp8_memory(backend, rows);
      return {[&backend, activations] { quantise_fp8(backend.runtime().stream(), activations); },
              [&backend, activations] { return quantised_difference(backend, activations); }};
    }
    Activations activations;
    activations.floats = rows;
    activations.halves = memory_of<std::uint16_t>(backend, tokens * width);
    return {[&backend, activations] {
              round_activations(backend.runtime().stream(), activations, DataType::bf16);
            },
            [&backend, activations] { return rounded_difference(backend, activations); }};
  };
  return item;
}

}  // namespace

std::vector<DeviceCase> movement_cases(bool tiny, bool with_fp8) {
  if (tiny) {
    std::vector<DeviceCase> cases = {quantiser_case(true, 3, 130),
                                     quantiser_case(false, 3, 40),
                                     permute_case(false, router_of(4, 2, 1), 8, 3),
                                     permute_case(true, router_of(4, 2, 1), 8, 3),
                                     gather_case(3, 8),
                                     prepare_heads_case(3, 2, 8),
                                     cache_write_case({2, 2, 8, 8}, 8, DataType::f16, 3)};
    if (with_fp8) {
      cases.push_back(grouped_case("contiguous", 2, 70, 24, 160));
      cases.push_back(grouped_case("masked", 3, 2, 24, 160));
    }
    return cases;
  }
  std::vector<DeviceCase> cases;
  if (with_fp8) {
    cases.push_back(grouped_case("contiguous", 4, 8192, 4096, 7168));
    // Up and down of DeepSeek-V3's experts, as a device of 32 experts has them in decode.
    cases.push_back(grouped_case("masked", 32, 4, 4096, 7168));
    cases.push_back(grouped_case("masked", 32, 8, 7168, 2048));
  }
  for (const std::int64_t tokens : {128, 4096}) {
    cases.push_back(quantiser_case(true, tokens, 7168));
    cases.push_back(quantiser_case(false, tokens, 4096));
    const auto count = static_cast<std::int32_t>(tokens);
    for (const bool back : {false, true})
      cases.emplace_back(permute_case(back, router_of(256, 8, 8), 7168, tokens));
    cases.emplace_back(prepare_heads_case(count, 32, 128));
    cases.emplace_back(cache_write_case({32, 8, 128, 128}, 128, DataType::f16, count));
  }
  cases.emplace_back(gather_case(4096, 7168));
  return cases;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
