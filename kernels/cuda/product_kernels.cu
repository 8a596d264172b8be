#include "kernels/cuda/product_kernels.h"
#include "kernels/cuda/product_tile.h"

#include "kernels/cuda/elements.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/math.h"
#include "kernels/cuda/tensor_products.h"
#include "kernels/cuda/warp_group_products.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

// A product is the work of a group of lanes: it computes one row of the weight for a tile of tokens, and
// every lane ends with the results. Nothing is shared between outputs but what is read.

template <DataType type>
RECKON_DEVICE float plain_at(Global<const std::uint8_t> row, std::int64_t k) {
  if constexpr (type == DataType::f32) return stored_at<float>(row, k * 4);
  if constexpr (type == DataType::f16) return half_to_float(stored_at<std::uint16_t>(row, k * 2));
  return bf16_to_float(stored_at<std::uint16_t>(row, k * 2));
}

/// Lane l of 16 takes columns l, l + 16, ... with one fused multiply-add each.
template <DataType type>
struct FloatRows {
  static constexpr int kLanes = 16;
  static constexpr int kSharedBytes = 0;
  static constexpr bool kPlain = type == DataType::f32 || type == DataType::f16 || type == DataType::bf16;

  RECKON_DEVICE static void multiply(float (&results)[kTileTokens], const WeightView& weight,
                                     std::int64_t row, const Activations& input,
                                     const std::int64_t (&tokens)[kTileTokens], int group_lane, int) {
    float sums[kTileTokens] = {};
    const Global<const std::uint8_t> bytes = weight.data + row * weight.row_bytes;
    Global<const float> rows[kTileTokens];
    for (int t = 0; t < kTileTokens; ++t) rows[t] = input.floats.row(tokens[t]);
    for (std::int64_t k = group_lane; k < weight.columns; k += kLanes) {
      float w = 0.0F;
      if constexpr (kPlain) {
        w = plain_at<type>(bytes, k);
      } else {
        w = element_at(weight, row, k);
      }
      RECKON_UNROLLED
      for (int t = 0; t < kTileTokens; ++t) sums[t] = fused(w, rows[t][k], sums[t]);
    }
    RECKON_UNROLLED
    for (int t = 0; t < kTileTokens; ++t) results[t] = sum_of_16(sums[t]);
  }
};

/// The tree of sum_of_16 where each thread of a group keeps several of the sixteen lanes: steps between
/// threads first, then those inside of one.
template <int kElements>
RECKON_DEVICE float sum_of_wide(float (&sums)[kElements]) {
  RECKON_UNROLLED
  for (int i = 0; i < kElements; ++i) {
    RECKON_UNROLLED
    for (int step = 16 / kElements / 2; step > 0; step /= 2) sums[i] = sums[i] + shuffle_xor(sums[i], step);
  }
  RECKON_UNROLLED
  for (int step = kElements / 2; step > 0; step /= 2) {
    RECKON_UNROLLED
    for (int i = 0; i < step; ++i) sums[i] = sums[i] + sums[i + step];
  }
  return sums[0];
}

/// The same sums as FloatRows, where rows lie on borders of 16 bytes: a thread loads 16 bytes of the weight
/// at once and keeps the sums of as many of the sixteen lanes. Only the first kTokens tokens of the tile are
/// computed.
template <DataType type, int kTokens>
struct WideRows {
  static constexpr int kElements = type == DataType::f32 ? 4 : 8;
  static constexpr int kLanes = 16 / kElements;
  static constexpr int kSharedBytes = 0;

  RECKON_DEVICE static void multiply(float (&results)[kTileTokens], const WeightView& weight,
                                     std::int64_t row, const Activations& input,
                                     const std::int64_t (&tokens)[kTileTokens], int group_lane, int) {
    float sums[kTokens][kElements] = {};
    const Global<const std::uint8_t> bytes = weight.data + row * weight.row_bytes;
    Global<const float> rows[kTokens];
    for (int t = 0; t < kTokens; ++t) rows[t] = input.floats.row(tokens[t]);
    for (std::int64_t k = std::int64_t{group_lane} * kElements; k < weight.columns; k += 16) {
      float w[kElements];
      unpack(load_words4<std::uint8_t>(bytes + k * (16 / kElements)), w);
      RECKON_UNROLLED
      for (int t = 0; t < kTokens; ++t) {
        RECKON_UNROLLED
        for (int part = 0; part < kElements; part += 4) {
          const Words4 x = load_words4<float>(rows[t] + (k + part));
          RECKON_UNROLLED
          for (int i = 0; i < 4; ++i)
            sums[t][part + i] = fused(w[part + i], from_bits(x.word[i]), sums[t][part + i]);
        }
      }
    }
    RECKON_UNROLLED
    for (int t = 0; t < kTokens; ++t) results[t] = sum_of_wide(sums[t]);
  }

 private:
  RECKON_DEVICE static void unpack(const Words4& words, float (&w)[kElements]) {
    RECKON_UNROLLED
    for (int i = 0; i < 4; ++i) {
      if constexpr (type == DataType::f32) {
        w[i] = from_bits(words.word[i]);
      } else if constexpr (type == DataType::bf16) {
        w[2 * i] = from_bits(words.word[i] << 16U);
        w[2 * i + 1] = from_bits(words.word[i] & 0xffff0000U);
      } else {
        w[2 * i] = half_to_float(static_cast<std::uint16_t>(words.word[i] & 0xffffU));
        w[2 * i + 1] = half_to_float(static_cast<std::uint16_t>(words.word[i] >> 16U));
      }
    }
  }
};

/// Lane l of 16 sums its columns of each stretch under one pair of scales, then adds that times the scales.
struct Fp8Rows {
  static constexpr int kLanes = 16;
  static constexpr int kSharedBytes = 0;

  RECKON_DEVICE static void multiply(float (&results)[kTileTokens], const WeightView& weight,
                                     std::int64_t row, const Activations& input,
                                     const std::int64_t (&tokens)[kTileTokens], int group_lane, int) {
    float totals[kTileTokens] = {};
    const Global<const std::uint8_t> codes = weight.data + row * weight.row_bytes;
    const Global<const float> scales = weight.scales + row / weight.scale_block_rows * weight.scales_per_row;
    std::int64_t input_block = 0;
    std::int64_t weight_block = 0;
    for (std::int64_t begin = 0; begin < weight.columns;) {
      const std::int64_t input_end = (input_block + 1) * kFp8Block;
      const std::int64_t weight_end = (weight_block + 1) * weight.scale_block_columns;
      std::int64_t end = input_end < weight_end ? input_end : weight_end;
      if (weight.columns < end) end = weight.columns;
      float sums[kTileTokens] = {};
      for (std::int64_t k = begin + group_lane; k < end; k += kLanes) {
        const float w = fp8_to_float(codes[k]);
        RECKON_UNROLLED
        for (int t = 0; t < kTileTokens; ++t)
          sums[t] = fused(w, fp8_to_float(input.fp8[tokens[t] * weight.columns + k]), sums[t]);
      }
      const float scale = scales[weight_block];
      RECKON_UNROLLED
      for (int t = 0; t < kTileTokens; ++t) {
        const float both = scale * input.scales[tokens[t] * input.scales_per_row + input_block];
        totals[t] = fused(sums[t], both, totals[t]);
      }
      if (end == input_end) ++input_block;
      if (end == weight_end) ++weight_block;
      begin = end;
    }
    RECKON_UNROLLED
    for (int t = 0; t < kTileTokens; ++t) results[t] = sum_of_16(totals[t]);
  }
};

/// The same sums as Fp8Rows for one token, where rows lie on borders of 8 bytes: a thread loads 8 codes of
/// the weight at once and keeps the sums of as many of the sixteen lanes.
struct WideFp8Row {
  static constexpr int kElements = 8;
  static constexpr int kLanes = 16 / kElements;
  static constexpr int kSharedBytes = 0;

  RECKON_DEVICE static void multiply(float (&results)[kTileTokens], const WeightView& weight,
                                     std::int64_t row, const Activations& input,
                                     const std::int64_t (&tokens)[kTileTokens], int group_lane, int) {
    float totals[kElements] = {};
    const Global<const std::uint8_t> codes = weight.data + row * weight.row_bytes;
    const Global<const float> scales = weight.scales + row / weight.scale_block_rows * weight.scales_per_row;
    const Global<const std::uint8_t> inputs = input.fp8 + tokens[0] * weight.columns;
    std::int64_t weight_block = 0;
    for (std::int64_t begin = 0; begin < weight.columns;) {
      const std::int64_t input_block = begin / kFp8Block;
      const std::int64_t input_end = (input_block + 1) * kFp8Block;
      const std::int64_t weight_end = (weight_block + 1) * weight.scale_block_columns;
      std::int64_t end = input_end < weight_end ? input_end : weight_end;
      if (weight.columns < end) end = weight.columns;
      float sums[kElements] = {};
      for (std::int64_t k = begin + group_lane * kElements; k < end; k += 16) {
        const Words2 w = load_words2<std::uint8_t>(codes + k);
        const Words2 x = load_words2<std::uint8_t>(inputs + k);
        RECKON_UNROLLED
        for (int i = 0; i < kElements; ++i)
          sums[i] = fused(fp8_to_float(w.word[i / 4] >> (i % 4 * 8) & 0xffU),
                          fp8_to_float(x.word[i / 4] >> (i % 4 * 8) & 0xffU), sums[i]);
      }
      const float both = scales[weight_block] * input.scales[tokens[0] * input.scales_per_row + input_block];
      RECKON_UNROLLED
      for (int i = 0; i < kElements; ++i) totals[i] = fused(sums[i], both, totals[i]);
      if (end == weight_end) ++weight_block;
      begin = end;
    }
    results[0] = sum_of_wide(totals);
  }
};

/// Lane l of 32 takes the integer dot products of every 32nd block; then lane t adds those of token t up,
/// block by block in order.
struct Int8Rows {
  static constexpr int kLanes = 32;
  static constexpr int kStride = kWarpThreads + 1;  // against bank conflicts
  static constexpr int kTables = 3;                 // dot product, scale, scaled sum
  static constexpr int kFloats = (kTables * kTileTokens + 1) * kStride;
  static constexpr int kSharedBytes = kFloats * 4;  // a warp

  RECKON_DEVICE static void multiply(float (&results)[kTileTokens], const WeightView& weight,
                                     std::int64_t row, const Activations& input,
                                     const std::int64_t (&tokens)[kTileTokens], int group_lane, int warp) {
    const Shared<float> shared = shared_at<float>(warp * kSharedBytes, kFloats);
    const Global<const std::uint8_t> bytes = weight.data + row * weight.row_bytes;
    const std::int64_t blocks = weight.columns / kInt8Block;
    const bool with_minimum = has_minimum(weight.type);
    float total = 0.0F;
    for (std::int64_t base = 0; base < blocks; base += kWarpThreads) {
      const std::int64_t b = base + group_lane;
      if (b < blocks) {
        const BlockOf32 block = block_at(bytes, weight.type, b);
        int codes[kInt8Block];
        RECKON_UNROLLED
        for (int i = 0; i < kInt8Block; ++i) codes[i] = block.code(i);
        for (int t = 0; t < kTileTokens; ++t) {
          const Global<const std::int8_t> q = input.int8 + (tokens[t] * weight.columns + b * kInt8Block);
          int low = 0;
          int high = 0;
          RECKON_UNROLLED
          for (int i = 0; i < 16; ++i) {
            low += codes[i] * q[i];
            high += codes[i + 16] * q[i + 16];
          }
          const std::int64_t at = tokens[t] * input.scales_per_row + b;
          const Shared<float> table = shared + (t * kTables * kStride + group_lane);
          table[0] = static_cast<float>(low * block.scale_low + high * block.scale_high);
          table[kStride] = block.d * input.scales[at];
          table[2 * kStride] = input.scaled_sums[at];
        }
        shared[kTables * kTileTokens * kStride + group_lane] = block.minimum;
      }
      sync_warp();
      if (group_lane < kTileTokens) {
        const std::int64_t left = blocks - base < kWarpThreads ? blocks - base : kWarpThreads;
        const Shared<float> table = shared + group_lane * kTables * kStride;
        for (int j = 0; j < left; ++j) {
          total = fused(table[j], table[kStride + j], total);
          if (with_minimum)
            total = fused(shared[kTables * kTileTokens * kStride + j], table[2 * kStride + j], total);
        }
      }
      sync_warp();
    }
    RECKON_UNROLLED
    for (int t = 0; t < kTileTokens; ++t) results[t] = shuffle(total, t);
  }
};

template <class Form>
struct Multiply {
  static constexpr int kThreads = 128;
  static constexpr int kRows = kThreads / Form::kLanes;
  static constexpr int kSharedBytes = Form::kSharedBytes * (kThreads / kWarpThreads);
  Product a;

  RECKON_DEVICE void operator()() const {
    const int group = thread_index() / Form::kLanes;
    const int group_lane = thread_index() % Form::kLanes;
    const auto [weight, first, count] = product_tile(a, block_tile(), kTileTokens);
    if (count <= 0) return;
    std::int64_t rows[kTileTokens];  // of the input; missing tokens repeat the last
    std::int64_t outputs[kTileTokens];
    for (int t = 0; t < kTileTokens; ++t) {
      const std::int64_t i = first + (t < count ? t : count - 1);
      outputs[t] = output_row(a, i);
      rows[t] = input_row(a, i);
    }
    const std::int64_t row = std::int64_t{block_x()} * kRows + group;
    const bool exists = row < weight.rows;
    float results[kTileTokens] = {};
    Form::multiply(results, weight, exists ? row : weight.rows - 1, a.input, rows, group_lane,
                   thread_index() / kWarpThreads);
    if (!exists) return;
    const float bias = a.bias != nullptr ? static_cast<float>(a.bias[row]) : 0.0F;
    RECKON_UNROLLED
    for (int t = 0; t < kTileTokens; ++t) {
      if (t < count && t % Form::kLanes == group_lane)
        a.output[outputs[t] * a.output_stride + row] = a.bias != nullptr ? results[t] + bias : results[t];
    }
  }
};

template <class Form>
void start(const Stream& stream, const char* operation, const Product& product) {
  using Kernel = Multiply<Form>;
  launch_tiles<Kernel>(stream, operation, product, Kernel::kRows, kTileTokens, Kernel::kSharedBytes);
}

}  // namespace

void multiply(const Stream& stream, const char* operation, const Product& product) {
  if (product.group_tile > 0) return multiply_by_warp_groups(stream, operation, product);
  if (product.on_tensor_cores) return multiply_on_tensor_cores(stream, operation, product);
  if (product.form == ProductForm::int8) return start<Int8Rows>(stream, operation, product);
  // Both ways give the same bits: which one is taken may depend on where things lie.
  const bool one =
      product.experts.weights != nullptr ? product.experts.tile_tokens == 1 : product.tokens == 1;
  if (product.form == ProductForm::fp8 || product.form == ProductForm::fp8_power_of_two) {
    if (one && product.weight.columns % 8 == 0 && lies_on_16(product.weight.data))
      return start<WideFp8Row>(stream, operation, product);
    return start<Fp8Rows>(stream, operation, product);
  }
  const bool wide = product.weight.row_bytes % 16 == 0 && product.weight.columns % 8 == 0 &&
                    product.input.floats.outer_stride % 4 == 0 && product.input.floats.inner == 1 &&
                    lies_on_16(product.weight.data) && lies_on_16(product.input.floats.data);
  const auto start_plain = [&](auto narrow_form, auto wide_form, auto wide_one) {
    if (wide && one) return start<decltype(wide_one)>(stream, operation, product);
    if (wide) return start<decltype(wide_form)>(stream, operation, product);
    start<decltype(narrow_form)>(stream, operation, product);
  };
  switch (product.weight.type) {
    case DataType::f32:
      return start_plain(FloatRows<DataType::f32>(), WideRows<DataType::f32, kTileTokens>(),
                         WideRows<DataType::f32, 1>());
    case DataType::f16:
      return start_plain(FloatRows<DataType::f16>(), WideRows<DataType::f16, kTileTokens>(),
                         WideRows<DataType::f16, 1>());
    case DataType::bf16:
      return start_plain(FloatRows<DataType::bf16>(), WideRows<DataType::bf16, kTileTokens>(),
                         WideRows<DataType::bf16, 1>());
    default:
      return start<FloatRows<DataType::u8>>(stream, operation, product);  // element by element, any type
  }
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
