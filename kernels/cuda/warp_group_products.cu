#include "kernels/cuda/warp_group_products.h"

#include "kernels/cuda/launch.h"
#include "kernels/cuda/product_tile.h"
#include "kernels/cuda/ptx_hopper.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// A block computes kColumns rows of the weight for kTokens tokens: kGroups warp groups, each kParts times 64
/// of the tokens (what is missing to 64 is zeros). Both operands pass through shared memory, 128 bytes of
/// every line a stage (one FP8 block), kStages of them on their way.
template <MmaType type, int kGroups, int kParts, int kTokens, int kColumns, int kStages>
struct GroupProduct {
  static constexpr int kThreads = kGroups * kGroupThreads;
  static constexpr int kTokenLines = kGroups * kParts * kGroupRows;
  static constexpr int kLines = kTokenLines + kColumns;
  static constexpr int kBufferBytes = kLines * kLineBytes;
  static constexpr int kSharedBytes = kStages * kBufferBytes + kTokens * 4;
  static constexpr int kPieces = kLineBytes / 16;
  static constexpr int kSums = kColumns / 2;
  static constexpr bool kFp8 = type == MmaType::e4m3;
  static_assert(kTokens <= kTokenLines && kLineBytes == kFp8Block);
  Product a;

  /// What a thread needs to bring lines and to scale sums.
  struct Tile {
    ProductTile of;
    std::int64_t first_row;             ///< of the weight
    Shared<std::int32_t> inputs;        ///< input row of each token; -1: no token
    Global<const float> weight_scales;  ///< of the tile's rows, by 128 columns
    Global<const float> token_scales[kParts][2];
    int first_token;  ///< of this thread's warp group
  };
  struct Scales {
    float of[kParts][2];
  };

  RECKON_DEVICE void operator()() const {
    Tile tile;
    tile.of = product_tile(a, block_tile(), kTokens);
    if (tile.of.count <= 0) return;
    tile.first_row = std::int64_t{block_x()} * kColumns;
    tile.first_token = thread_index() / kGroupThreads * kParts * kGroupRows;
    tile.inputs = shared_at<std::int32_t>(kStages * kBufferBytes, kTokens);
    for (int t = thread_index(); t < kTokens; t += kThreads)
      tile.inputs[t] = t < tile.of.count ? static_cast<std::int32_t>(input_row(a, tile.of.first + t)) : -1;
    sync_block();
    if constexpr (kFp8) find_scales(tile);

    const auto stages = static_cast<int>((tile.of.weight.row_bytes + kLineBytes - 1) / kLineBytes);
    if constexpr (kTokens < kTokenLines) clear_missing_tokens();
    for (int s = 0; s < kStages - 1; ++s) {
      if (s < stages) load_stage(tile, s);
      commit_copies();
    }
    float totals[kParts][kSums] = {};
    [[maybe_unused]] float sums[kSums] = {};
    for (int s = 0; s < stages; ++s) {
      wait_copies<kStages - 2>();
      fence_for_products();
      sync_block();  // stage s has landed for all, and nobody reads stage s - 1 any more
      if constexpr (kFp8) {
        queue_part(sums, tile, s, 0, false);
        load_ahead(tile, s, stages);
        const Scales scales = scales_of(tile, s);
        RECKON_UNROLLED
        for (int p = 0; p < kParts; ++p) {
          if (p > 0) queue_part(sums, tile, s, p, false);
          wait_products<0>(sums);
          add_scaled(totals[p], sums, scales.of[p]);
        }
      } else {
        RECKON_UNROLLED
        for (int p = 0; p < kParts; ++p) queue_part(totals[p], tile, s, p, s > 0);
        load_ahead(tile, s, stages);
        RECKON_UNROLLED
        for (int p = 0; p < kParts; ++p) wait_products<0>(totals[p]);
      }
    }
    wait_copies<0>();
    RECKON_UNROLLED
    for (int p = 0; p < kParts; ++p) store(totals[p], tile, p);
  }

 private:
  RECKON_DEVICE static Shared<std::uint8_t> buffer(int stage) {
    return shared_at<std::uint8_t>(stage % kStages * kBufferBytes, kBufferBytes);
  }
  /// Token of the tile, of part p, that the thread's sums 0 and 1 (or, `below`, 2 and 3) are of.
  RECKON_DEVICE static int token_of(const Tile& tile, int p, int below) {
    return tile.first_token + p * kGroupRows + thread_index() % kGroupThreads / kWarpThreads * 16 +
           lane() / 4 + 8 * below;
  }

  /// Lines of tokens that no tile has are zeros in every stage.
  RECKON_DEVICE void clear_missing_tokens() const {
    constexpr int kMissing = (kTokenLines - kTokens) * kPieces;
    for (int i = thread_index(); i < kStages * kMissing; i += kThreads) {
      const int piece = i % kMissing;
      copy_async16<std::uint8_t>(
          buffer(i / kMissing) + swizzled_byte(kTokens + piece / kPieces, piece % kPieces), tokens(), 0);
    }
  }

  RECKON_DEVICE Global<const std::uint8_t> tokens() const {
    if constexpr (kFp8) return Global<const std::uint8_t>(a.input.fp8);
    return pointer_cast<const std::uint8_t>(a.input.halves);
  }

  /// Queues this thread's share of the copies of stage s, 16 bytes of a line at a time, zeros beyond the end.
  RECKON_DEVICE void load_stage(const Tile& tile, int s) const {
    const Shared<std::uint8_t> to = buffer(s);
    const WeightView& weight = tile.of.weight;
    for (int i = thread_index(); i < kTokens * kPieces; i += kThreads)
      load_piece(to, i / kPieces, i % kPieces, tokens(), tile.inputs[i / kPieces], weight.row_bytes, s);
    for (int i = thread_index(); i < kColumns * kPieces; i += kThreads) {
      const std::int64_t row = tile.first_row + i / kPieces;
      load_piece(to, kTokenLines + i / kPieces, i % kPieces, weight.data, row < weight.rows ? row : -1,
                 weight.row_bytes, s);
    }
  }
  RECKON_DEVICE static void load_piece(Shared<std::uint8_t> to, int line, int piece,
                                       Global<const std::uint8_t> from, std::int64_t row,
                                       std::int64_t row_bytes, int s) {
    const std::int64_t byte = std::int64_t{s} * kLineBytes + piece * 16;
    const bool exists = row >= 0 && byte < row_bytes;
    // A line of zeros still names an address that is there.
    copy_async16<std::uint8_t>(to + swizzled_byte(line, piece), from + (exists ? row * row_bytes + byte : 0),
                               exists ? 16 : 0);
  }
  /// The stage that takes the place of the one before s.
  RECKON_DEVICE void load_ahead(const Tile& tile, int s, int stages) const {
    if (s + kStages - 1 < stages) load_stage(tile, s + kStages - 1);
    commit_copies();
  }

  /// Queues the products of part p with stage s, all of its 128 bytes along k.
  RECKON_DEVICE static void queue_part(float (&sums)[kSums], const Tile& tile, int s, int p, bool adds) {
    const Shared<std::uint8_t> lines = buffer(s);
    const std::uint64_t rows = operand_of(lines + (tile.first_token + p * kGroupRows) * kLineBytes);
    const std::uint64_t columns = operand_of(lines + kTokenLines * kLineBytes);
    begin_products();
    RECKON_UNROLLED
    for (int step = 0; step < kLineBytes / kProductBytes; ++step)
      queue_product<type, kColumns>(sums, operand_step(rows, step), operand_step(columns, step),
                                    adds || step > 0);
    commit_products();
  }

  /// All rows of the tile lie in one block of the weight's scales.
  RECKON_DEVICE void find_scales(Tile& tile) const {
    const WeightView& weight = tile.of.weight;
    tile.weight_scales = weight.scales + tile.first_row / weight.scale_block_rows * weight.scales_per_row;
    RECKON_UNROLLED
    for (int p = 0; p < kParts; ++p) {
      RECKON_UNROLLED
      for (int below = 0; below < 2; ++below) {
        const int token = token_of(tile, p, below);
        const std::int32_t input = token < tile.of.count ? static_cast<std::int32_t>(tile.inputs[token]) : 0;
        tile.token_scales[p][below] =
            Global<const float>(a.input.scales) + std::int64_t{input} * a.input.scales_per_row;
      }
    }
  }
  RECKON_DEVICE static Scales scales_of(const Tile& tile, int s) {
    const float of_weight = tile.weight_scales[s];
    Scales scales;
    RECKON_UNROLLED
    for (int p = 0; p < kParts; ++p) {
      RECKON_UNROLLED
      for (int below = 0; below < 2; ++below)
        scales.of[p][below] = of_weight * static_cast<float>(tile.token_scales[p][below][s]);
    }
    return scales;
  }
  /// totals += sums times the scales of 128 columns.
  RECKON_DEVICE static void add_scaled(float (&totals)[kSums], const float (&sums)[kSums],
                                       const float (&scales)[2]) {
    RECKON_UNROLLED
    for (int i = 0; i < kSums; ++i) totals[i] = fused(sums[i], scales[i / 2 % 2], totals[i]);
  }

  RECKON_DEVICE void store(const float (&sums)[kSums], const Tile& tile, int p) const {
    RECKON_UNROLLED
    for (int below = 0; below < 2; ++below) {
      const int token = token_of(tile, p, below);
      if (token >= tile.of.count) continue;
      const Global<float> to = a.output + output_row(a, tile.of.first + token) * a.output_stride;
      RECKON_UNROLLED
      for (int i = 0; i < kSums / 2; ++i) {
        const std::int64_t at = tile.first_row + i / 2 * 8 + lane() % 4 * 2 + i % 2;
        if (at >= tile.of.weight.rows) continue;
        const float sum = sums[i / 2 * 4 + 2 * below + i % 2];
        to[at] = a.bias != nullptr ? sum + a.bias[at] : sum;
      }
    }
  }
};

/// Decode (of experts: masked): many small blocks, the weight read once and soon. Between them: more tokens,
/// still many blocks. Prompts (of experts: contiguous): both operands used often.
template <MmaType type>
using DecodeTile = GroupProduct<type, 1, 1, kGroupTileTokens[0], 32, 8>;
template <MmaType type>
using MiddleTile = GroupProduct<type, 1, 1, kGroupTileTokens[1], 128, 4>;
template <MmaType type>
using PromptTile = GroupProduct<type, 2, 2, kGroupTileTokens[2], 128, 4>;

template <class Kernel>
void start(const Stream& stream, const char* operation, const Product& product, int tile_tokens) {
  launch_tiles<Kernel>(stream, operation, product, Kernel::kLines - Kernel::kTokenLines, tile_tokens,
                       Kernel::kSharedBytes);
}

template <MmaType type>
void start_tiles(const Stream& stream, const char* operation, const Product& product) {
  const auto [decode, middle, prompt] = kGroupTileTokens;
  if (product.group_tile <= decode) return start<DecodeTile<type>>(stream, operation, product, decode);
  if (product.group_tile <= middle) return start<MiddleTile<type>>(stream, operation, product, middle);
  start<PromptTile<type>>(stream, operation, product, prompt);
}

}  // namespace

bool fits_warp_groups(const WeightView& weight) {
  return weight.type != DataType::fp8_e4m3 || weight.scale_block_rows % kFp8Block == 0;
}

std::int32_t group_tile_tokens(std::int64_t tokens, std::int64_t rows, int multiprocessors) {
  if (tokens <= kGroupTileTokens[0]) return kGroupTileTokens[0];
  const std::int64_t blocks = blocks_for(tokens, kGroupTileTokens[2]) * blocks_for(rows, 128);
  const bool fills_device = tokens > 2 * kGroupTileTokens[1] && blocks >= multiprocessors;
  return kGroupTileTokens[fills_device ? 2 : 1];
}

void multiply_by_warp_groups(const Stream& stream, const char* operation, const Product& product) {
  with_mma_type(product.weight.type, [&]<MmaType type>() { start_tiles<type>(stream, operation, product); });
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
