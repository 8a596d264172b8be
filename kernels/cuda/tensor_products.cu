#include "kernels/cuda/product_tile.h"
#include "kernels/cuda/tensor_products.h"

#include "kernels/cuda/launch.h"
#include "kernels/cuda/math.h"
#include "kernels/cuda/ptx.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// A block computes kRows rows of the weight for kTokens tokens: kRowWarps x kTokenWarps warps, each a part
/// of that. Both operands pass through shared memory, 64 bytes of every row a stage, kStages of them on their
/// way.
template <MmaType type, int kRows, int kTokens, int kRowWarps, int kTokenWarps, int kStages>
struct TensorProduct {
  static constexpr int kThreads = kRowWarps * kTokenWarps * kWarpThreads;
  static constexpr int kStageBytes = 64;
  static constexpr int kPitch = kStageBytes + 16;  // rows of a matrix load then lie in different banks
  static constexpr int kLines = kRows + kTokens;
  static constexpr int kBufferBytes = kLines * kPitch;
  static constexpr int kSharedBytes = kStages * kBufferBytes + kTokens * 8;
  static constexpr int kWarpRows = kRows / kRowWarps;
  static constexpr int kWarpTokens = kTokens / kTokenWarps;
  static constexpr int kRowTiles = kWarpRows / 16;
  static constexpr int kTokenTiles = kWarpTokens / 8;
  static constexpr int kSteps = kStageBytes / 32;
  static constexpr bool kFp8 = type == MmaType::e4m3;
  Product a;

  /// Sums of a warp: fragments as multiply_matrices() lays them out.
  struct Sums {
    float of[kRowTiles][kTokenTiles][4];
  };

  RECKON_DEVICE void operator()() const {
    const auto [weight, first, count] = product_tile(a, block_tile(), kTokens);
    if (count <= 0) return;
    const std::int64_t first_row = std::int64_t{block_x()} * kRows;

    // Input row of each token of the tile; -1: no token.
    const Shared<std::int64_t> inputs = shared_at<std::int64_t>(kStages * kBufferBytes, kTokens);
    for (int t = thread_index(); t < kTokens; t += kThreads)
      inputs[t] = t < count ? input_row(a, first + t) : -1;
    sync_block();

    const int warp = thread_index() / kWarpThreads;
    const int warp_row = warp / kTokenWarps * kWarpRows;
    const int warp_token = warp % kTokenWarps * kWarpTokens;
    const auto stages = static_cast<int>((weight.row_bytes + kStageBytes - 1) / kStageBytes);
    for (int s = 0; s < kStages - 1; ++s) {
      if (s < stages) load_stage(weight, inputs, first_row, s);
      commit_copies();
    }
    Sums sums = {};
    Sums totals = {};
    for (int s = 0; s < stages; ++s) {
      wait_copies<kStages - 2>();
      sync_block();  // stage s has landed for all, and nobody reads stage s - 1 any more
      if (s + kStages - 1 < stages) load_stage(weight, inputs, first_row, s + kStages - 1);
      commit_copies();
      multiply_stage(sums, s % kStages, warp_row, warp_token);
      if constexpr (kFp8) {
        constexpr int kStagesPerBlock = kFp8Block / kStageBytes;
        if (s % kStagesPerBlock == kStagesPerBlock - 1 || s == stages - 1)
          add_scaled(totals, sums, weight, inputs, first_row + warp_row, warp_token, s / kStagesPerBlock);
      }
    }
    wait_copies<0>();
    store(kFp8 ? totals : sums, weight, first, count, first_row + warp_row, warp_token);
  }

 private:
  RECKON_DEVICE static Shared<std::uint8_t> buffer(int stage) {
    return shared_at<std::uint8_t>(stage * kBufferBytes, kBufferBytes);
  }

  /// Queues this thread's share of the copies of stage s: 16 bytes of a line at a time, zeros beyond the end.
  RECKON_DEVICE void load_stage(const WeightView& weight, const Shared<std::int64_t>& inputs,
                                std::int64_t first_row, int s) const {
    constexpr int kParts = kStageBytes / 16;
    const Shared<std::uint8_t> to = buffer(s % kStages);
    const Global<const std::uint8_t> tokens =
        kFp8 ? Global<const std::uint8_t>(a.input.fp8) : pointer_cast<const std::uint8_t>(a.input.halves);
    for (int i = thread_index(); i < kLines * kParts; i += kThreads) {
      const int line = i / kParts;
      const std::int64_t byte = std::int64_t{s} * kStageBytes + i % kParts * 16;
      const bool is_weight = line < kRows;
      const std::int64_t row =
          is_weight ? first_row + line : std::int64_t{inputs[is_weight ? 0 : line - kRows]};
      const bool exists = byte < weight.row_bytes && row >= 0 && (!is_weight || row < weight.rows);
      // Lines of both operands have as many bytes: a line of zeros still names an address that is there.
      const Global<const std::uint8_t> from =
          (is_weight ? weight.data : tokens) + (exists ? row * weight.row_bytes + byte : 0);
      copy_async16<std::uint8_t>(to + (line * kPitch + i % kParts * 16), from, exists ? 16 : 0);
    }
  }

  RECKON_DEVICE static void multiply_stage(Sums& sums, int slot, int warp_row, int warp_token) {
    const Shared<std::uint8_t> from = buffer(slot);
    const int l = lane();
    std::uint32_t b[kSteps][kTokenTiles][2];
    load_tokens(b, from + (kRows + warp_token) * kPitch, l);
    RECKON_UNROLLED
    for (int step = 0; step < kSteps; ++step) {
      RECKON_UNROLLED
      for (int r = 0; r < kRowTiles; ++r) {
        std::uint32_t rows[4];
        load_matrices<std::uint8_t>(rows,
                                    from + ((warp_row + 16 * r + l % 16) * kPitch + 32 * step + l / 16 * 16));
        RECKON_UNROLLED
        for (int t = 0; t < kTokenTiles; ++t)
          multiply_matrices<type>(sums.of[r][t], rows, b[step][t][0], b[step][t][1]);
      }
    }
  }

  /// Fragments of the warp's tokens for all steps of a stage.
  RECKON_DEVICE static void load_tokens(std::uint32_t (&b)[kSteps][kTokenTiles][2],
                                        Shared<std::uint8_t> lines, int l) {
    RECKON_UNROLLED
    for (int t = 0; t < kTokenTiles; ++t) {
      std::uint32_t parts[4];  // four times 16 bytes of eight tokens: both steps
      load_matrices<std::uint8_t>(parts, lines + ((8 * t + l % 8) * kPitch + l / 8 * 16));
      RECKON_UNROLLED
      for (int step = 0; step < kSteps; ++step) {
        b[step][t][0] = parts[2 * step];
        b[step][t][1] = parts[2 * step + 1];
      }
    }
  }

  /// totals += sums times the scales of 128 columns; the sums begin again.
  RECKON_DEVICE void add_scaled(Sums& totals, Sums& sums, const WeightView& weight,
                                const Shared<std::int64_t>& inputs, std::int64_t row, int token,
                                int column_block) const {
    const int l = lane();
    RECKON_UNROLLED
    for (int t = 0; t < kTokenTiles; ++t) {
      float token_scales[2];
      RECKON_UNROLLED
      for (int i = 0; i < 2; ++i) {
        const std::int64_t input = inputs[token + 8 * t + 2 * (l % 4) + i];
        token_scales[i] =
            input >= 0 ? static_cast<float>(a.input.scales[input * a.input.scales_per_row + column_block])
                       : 0.0F;
      }
      RECKON_UNROLLED
      for (int r = 0; r < kRowTiles; ++r) {
        RECKON_UNROLLED
        for (int i = 0; i < 4; ++i) {
          std::int64_t at = row + 16 * r + l / 4 + i / 2 * 8;
          if (at >= weight.rows) at = weight.rows - 1;
          const float scale =
              weight.scales[at / weight.scale_block_rows * weight.scales_per_row + column_block];
          totals.of[r][t][i] = fused(sums.of[r][t][i], scale * token_scales[i % 2], totals.of[r][t][i]);
          sums.of[r][t][i] = 0.0F;
        }
      }
    }
  }

  RECKON_DEVICE void store(const Sums& sums, const WeightView& weight, std::int64_t first, std::int64_t count,
                           std::int64_t row, int token) const {
    const int l = lane();
    RECKON_UNROLLED
    for (int t = 0; t < kTokenTiles; ++t) {
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) {
        const int column = token + 8 * t + 2 * (l % 4) + i % 2;
        if (column >= count) continue;
        const std::int64_t output = output_row(a, first + column);
        RECKON_UNROLLED
        for (int r = 0; r < kRowTiles; ++r) {
          const std::int64_t at = row + 16 * r + l / 4 + i / 2 * 8;
          if (at >= weight.rows) continue;
          const float sum = sums.of[r][t][i];
          a.output[output * a.output_stride + at] = a.bias != nullptr ? sum + a.bias[at] : sum;
        }
      }
    }
  }
};

/// Few tokens: the weight is read once and soon, by many small blocks. Many: both operands are used often.
template <MmaType type>
using FewTokens = TensorProduct<type, 64, kFewTileTokens, 4, 1, 6>;
template <MmaType type>
using ManyTokens = TensorProduct<type, 128, kManyTileTokens, 4, 2, 4>;

template <class Kernel>
void start(const Stream& stream, const char* operation, const Product& product, int tile_tokens) {
  launch_tiles<Kernel>(stream, operation, product, Kernel::kLines - tile_tokens, tile_tokens,
                       Kernel::kSharedBytes);
}

template <MmaType type>
void start_tiles(const Stream& stream, const char* operation, const Product& product) {
  const bool few = product.experts.weights != nullptr ? product.experts.tile_tokens <= kFewTileTokens
                                                      : product.tokens <= kFewTileTokens;
  if (few)
    start<FewTokens<type>>(stream, operation, product, kFewTileTokens);
  else
    start<ManyTokens<type>>(stream, operation, product, kManyTileTokens);
}

template <MmaType type>
struct RoundActivations {
  static constexpr int kThreads = 256;
  Activations a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t token = block_x();
    const std::int64_t column = std::int64_t{block_y()} * kThreads + thread_index();
    if (column >= a.floats.columns) return;
    float value = a.floats.row(token)[column];
    if constexpr (type == MmaType::f16) {
      constexpr float kLargest = 65504.0F;
      if (value > kLargest && is_finite(value)) value = kLargest;
      if (value < -kLargest && is_finite(value)) value = -kLargest;
    }
    a.halves[token * a.floats.columns + column] = rounded<type>(value);
  }
};

template <MmaType type>
void start_rounding(const Stream& stream, const Activations& activations) {
  using Kernel = RoundActivations<type>;
  launch(stream, "rounding of activations", Kernel{activations},
         {activations.floats.rows, blocks_for(activations.floats.columns, Kernel::kThreads)});
}

}  // namespace

bool fits_tensor_cores(const WeightView& weight, bool with_fp8) {
  if (weight.row_bytes % 16 != 0) return false;
  if (weight.type == DataType::bf16 || weight.type == DataType::f16) return true;
  return with_fp8 && weight.type == DataType::fp8_e4m3 && weight.scale_block_columns == kFp8Block;
}

void round_activations(const Stream& stream, const Activations& activations, DataType type) {
  if (type == DataType::f16)
    start_rounding<MmaType::f16>(stream, activations);
  else
    start_rounding<MmaType::bf16>(stream, activations);
}

void multiply_on_tensor_cores(const Stream& stream, const char* operation, const Product& product) {
  with_mma_type(product.weight.type, [&]<MmaType type>() { start_tiles<type>(stream, operation, product); });
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
