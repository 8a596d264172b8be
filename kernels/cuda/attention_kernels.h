#pragma once
// Attention over the KV cache on the device: the arithmetic of kernels/cpu/cut_attention.h, bit for bit.
//
// Keys are cut at multiples of kKeyCutPositions from position 0. A block takes a few query rows and one cut
// and leaves maximum, sum and weighted values; the cuts are then joined in ascending order. How many cuts are
// computed before they are joined is a question of memory and changes no bit.

#include <cstdint>

#include "kernels/cuda/stream.h"
#include "kernels/kv_cache.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Consecutive tokens of one sequence with one role.
struct QueryTile {
  std::int32_t first_row = 0;  ///< of the queries and outputs
  std::int32_t count = 0;
  std::int32_t first_position = 0;
  std::int32_t sequence = 0;
};
constexpr int kQueryTileTokens = 4;

/// Physical pages of the step's sequences. None: pages lie one after the other.
struct PageTable {
  Global<const std::int32_t> pages = nullptr;  ///< of all sequences, one after the other
  Global<const std::int32_t> first = nullptr;  ///< [sequences] index of a sequence's first page
};

/// One layer of one group of a cache.
struct KvPlace {
  Global<std::uint8_t> cache = nullptr;
  std::uint64_t page_bytes = 0;
  std::uint64_t layer_offset = 0;  ///< of the layer inside a page
  std::uint64_t head_bytes = 0;
  std::uint64_t value_offset = 0;  ///< inside a head
  std::int64_t row_stride = 0;     ///< elements
  std::int64_t first_page = 0;     ///< without a table: the page that `cache` begins with
  std::int32_t page_tokens = 0;
  DataType type = DataType::f16;
};

/// f32 [tokens, heads, dim] with strides in elements.
template <class T>
struct HeadRows {
  Global<T> data = nullptr;
  std::int64_t token_stride = 0;
  std::int64_t head_stride = 0;
};

/// Where attention reads keys and values.
enum class KeySource : std::uint8_t {
  pages,     ///< keys [key_dim][page_tokens], values [page_tokens][row_stride]
  latent,    ///< rows [page_tokens][row_stride]; values are their first elements
  expanded,  ///< MLA's expanded form: keys and values computed from the latent rows, in `expanded`
};

struct Attention {
  KeySource source = KeySource::pages;
  KvPlace place;
  PageTable table;
  Global<const QueryTile> tiles = nullptr;
  std::int64_t tile_count = 0;
  HeadRows<const float> queries;
  HeadRows<float> output;
  std::int32_t heads = 0, kv_heads = 0;
  std::int32_t key_dim = 0, value_dim = 0;
  std::int32_t window = 0;       ///< 0: none
  bool on_tensor_cores = false;  ///< pages: by paged_attention.h; latent: by latent_decode.h
  float scale = 1.0F;
  // Expanded: f32 [positions from first_cut on][heads * (nope_dim + value_dim)] and the latent rows
  // [..][latent_stride], whose last key_dim - nope_dim elements from latent_dim on are the rotated key.
  Global<const float> expanded = nullptr;
  Global<const float> latent_rows = nullptr;
  std::int64_t latent_stride = 0;
  std::int32_t nope_dim = 0, latent_dim = 0;
  // Cuts [first_cut, first_cut + cuts) of this call; results of a cut in `maxima` and so on.
  std::int32_t first_cut = 0, cuts = 0;
  std::int64_t rows = 0;           ///< query rows in all: tokens * heads
  Global<float> maxima = nullptr;  ///< [cuts, rows]
  Global<float> sums = nullptr;    ///< [cuts, rows]
  Global<float> values = nullptr;  ///< [cuts, rows, value_dim]
};
/// Computes the cuts of this call.
void attend(const Stream& stream, const Attention& attention);

/// What rows have summed up over the cuts joined so far. Untouched where one call has all that a row sees.
struct JoinState {
  Global<float> maxima = nullptr;  ///< [rows]
  Global<float> sums = nullptr;    ///< [rows]
  Global<float> values = nullptr;  ///< [rows, value_dim]
};
/// Joins the cuts of this call to the state, in ascending order; with the last one that a row sees its output
/// is written. Rows that see none of them read and write nothing.
void join_cuts(const Stream& stream, const Attention& attention, const JoinState& state);

/// Latent rows of positions [first, first + count) of one sequence as f32 [count, row_stride].
struct LatentLoad {
  KvPlace place;
  PageTable table;
  std::int32_t sequence = 0;
  std::int64_t first = 0, count = 0;
  std::int32_t dim = 0;
  Global<float> to = nullptr;
};
void load_latent(const Stream& stream, const LatentLoad& load);

/// output[i][h][c] = sum over k of input[i][h][k] * matrix[h][k][c], one chain of fused multiply-adds.
struct HeadProduct {
  HeadRows<const float> input;
  HeadRows<float> output;
  Global<const float> matrix = nullptr;             ///< [heads][inner][width]
  Global<const std::int32_t> input_rows = nullptr;  ///< [tokens] row of `input`; none: in order
  Global<const std::int32_t> output_rows = nullptr;
  std::int64_t tokens = 0;
  std::int32_t heads = 0, inner = 0, columns = 0;
  std::int64_t width = 0;
  /// Elements of the input row that follow `inner`, copied behind the output's columns.
  std::int32_t carried = 0;
};
void multiply_heads(const Stream& stream, const HeadProduct& product);

}  // namespace reckon::kernels::RECKON_CUDA_NS
