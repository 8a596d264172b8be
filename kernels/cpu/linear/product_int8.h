#pragma once
// GGUF types times int8 activations, a lane a row. Kernel code (see vec16.h); layouts in panel_format.h.

#include "kernels/cpu/linear/dot_bytes.h"
#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

enum class Scales { d, d_and_m, k_pairs, q6 };

template <int kBits, int kMinusField, Scales kKind>
struct BlockType {
  static constexpr int bits = kBits;
  static constexpr int minus_field = kMinusField;  ///< the activations' -offset * sum, or 0 without an offset
  static constexpr Scales kind = kKind;
  static constexpr int code_bytes = 64 * kBits;
  /// Blocks whose scales lie together behind their codes, and what the two take.
  static constexpr int group_blocks = kKind == Scales::d ? 2 : kKind == Scales::d_and_m ? 1 : 8;
  static constexpr int group_scale_bytes = kKind == Scales::k_pairs ? 256 : kKind == Scales::q6 ? 320 : 64;
  static constexpr int group_bytes = group_blocks * code_bytes + group_scale_bytes;
};
using Q4_0 = BlockType<4, kInt8Minus8, Scales::d>;
using Q4_1 = BlockType<4, 0, Scales::d_and_m>;
using Q5_0 = BlockType<5, kInt8Minus16, Scales::d>;
using Q5_1 = BlockType<5, 0, Scales::d_and_m>;
using Q8_0 = BlockType<8, kInt8Minus128, Scales::d>;
using Q4_K = BlockType<4, 0, Scales::k_pairs>;
using Q5_K = BlockType<5, 0, Scales::k_pairs>;
using Q6_K = BlockType<6, kInt8LowHalf, Scales::q6>;

RECKON_INLINE Vec16i vector_at(const std::uint8_t* p, int index) {
  return load_i32(reinterpret_cast<const std::int32_t*>(p + index * 64));
}

template <int n>
RECKON_INLINE Vec16i shift_up(Vec16i v) {  // left, or right for negative n
  if constexpr (n >= 0) {
    return shift_left<n>(v);
  } else {
    return shift_right_logical<-n>(v);
  }
}

template <int g>
RECKON_INLINE void add_fifth_bits(Vec16i (&codes)[8], Vec16i high) {
  codes[g] = codes[g] | (shift_up<4 - g>(high) & broadcast_i32(0x10101010));
}
template <int g>
RECKON_INLINE void add_high_pairs(Vec16i (&codes)[8], Vec16i high) {
  codes[g] = codes[g] | (shift_up<4 - 2 * (g % 4)>(high) & broadcast_i32(0x30303030));
}

/// Codes of one block, a byte each; codes[g] holds columns 4g .. 4g+3 of the 16 rows.
template <typename Type>
RECKON_INLINE void unpack(const std::uint8_t* block, Vec16i (&codes)[8]) {
  if constexpr (Type::bits == 8) {
    RECKON_UNROLL
    for (int g = 0; g < 8; ++g) codes[g] = vector_at(block, g);
    return;
  }
  const Vec16i half = broadcast_i32(0x0f0f0f0f);
  RECKON_UNROLL
  for (int v = 0; v < 4; ++v) {
    const Vec16i both = vector_at(block, v);
    codes[v] = both & half;
    codes[v + 4] = shift_right_logical<4>(both) & half;
  }
  if constexpr (Type::bits == 5) {
    const Vec16i high = vector_at(block, 4);
    add_fifth_bits<0>(codes, high);
    add_fifth_bits<1>(codes, high);
    add_fifth_bits<2>(codes, high);
    add_fifth_bits<3>(codes, high);
    add_fifth_bits<4>(codes, high);
    add_fifth_bits<5>(codes, high);
    add_fifth_bits<6>(codes, high);
    add_fifth_bits<7>(codes, high);
  }
  if constexpr (Type::bits == 6) {
    const Vec16i first = vector_at(block, 4);
    add_high_pairs<0>(codes, first);
    add_high_pairs<1>(codes, first);
    add_high_pairs<2>(codes, first);
    add_high_pairs<3>(codes, first);
    const Vec16i second = vector_at(block, 5);
    add_high_pairs<4>(codes, second);
    add_high_pairs<5>(codes, second);
    add_high_pairs<6>(codes, second);
    add_high_pairs<7>(codes, second);
  }
}

/// Scales and (negated) minima of the 8 blocks of 256 columns.
struct KScales {
  float d[8][kLanes];
  float m[8][kLanes];
};

[[gnu::noinline]] void expand_k_scales(const std::uint8_t* p, KScales& out) {
  const Vec16 d = load_f16(reinterpret_cast<const std::uint16_t*>(p));
  const Vec16 m = -load_f16(reinterpret_cast<const std::uint16_t*>(p + 32));
  const Vec16i low = vector_at(p + 64, 0);
  const Vec16i middle = vector_at(p + 64, 1);
  const Vec16i high = vector_at(p + 64, 2);
  const Vec16i pairs[8] = {
      low,
      shift_right_logical<12>(low),
      middle,
      shift_right_logical<12>(middle),
      high,
      shift_right_logical<12>(high),
      shift_right_logical<24>(low) | shift_left<8>(shift_right_logical<24>(middle) & broadcast_i32(15)),
      shift_right_logical<28>(middle) | shift_left<4>(shift_right_logical<24>(high))};
  const Vec16i six_bits = broadcast_i32(63);
  for (int s = 0; s < 8; ++s) {
    store(out.d[s], d * to_float(pairs[s] & six_bits));
    store(out.m[s], m * to_float(shift_right_logical<6>(pairs[s]) & six_bits));
  }
}

/// What of one block's scales is the same for every token.
struct BlockScales {
  Vec16 d, m;
  Vec16i low, high;  ///< Q6_K
};

/// `block` of the group whose scales these are.
template <typename Type>
RECKON_INLINE BlockScales block_scales(const std::uint8_t* scales, int block, KScales& expanded) {
  BlockScales s{};
  if constexpr (Type::kind == Scales::d) {
    s.d = load_f16(reinterpret_cast<const std::uint16_t*>(scales + block * 32));
  } else if constexpr (Type::kind == Scales::d_and_m) {
    s.d = load_f16(reinterpret_cast<const std::uint16_t*>(scales));
    s.m = load_f16(reinterpret_cast<const std::uint16_t*>(scales + 32));
  } else if constexpr (Type::kind == Scales::k_pairs) {
    if (block == 0) expand_k_scales(scales, expanded);
    s.d = load(expanded.d[block]);
    s.m = load(expanded.m[block]);
  } else {
    s.d = load_f16(reinterpret_cast<const std::uint16_t*>(scales));
    const auto* halves = reinterpret_cast<const std::int8_t*>(scales + 32) + block * 32;
    s.low = load_i8(halves);
    s.high = load_i8(halves + 16);
  }
  return s;
}

template <typename T>
RECKON_INLINE T field(const std::uint8_t* p) {
  T value;
  __builtin_memcpy(&value, p, sizeof value);
  return value;
}

/// Adds one block to the sums so far of T tokens, `first` and those after it. `block` is the tile's
/// activations of the block, n tokens.
template <typename Type, int T>
RECKON_INLINE void add_block(Vec16* totals, const Vec16i (&codes)[8], const BlockScales& scales,
                             const std::uint8_t* block, int n, int first) {
  const std::uint8_t* q = block + first * kInt8Block;
  const std::uint8_t* fields = block + first * 4;
  Vec16i sums[T];
  if constexpr (Type::kind == Scales::q6) {
    Vec16i high[T];
    dot_bytes<Type::bits, 4>(sums, codes, q, kInt8Block, fields + n * kInt8LowHalf);
    dot_bytes<Type::bits, 4>(high, codes + 4, q + 16, kInt8Block, fields + n * kInt8HighHalf);
    RECKON_UNROLL
    for (int t = 0; t < T; ++t) sums[t] = sums[t] * scales.low + high[t] * scales.high;
  } else {
    dot_bytes<Type::bits, 8>(sums, codes, q, kInt8Block,
                             Type::minus_field == 0 ? nullptr : fields + n * Type::minus_field);
  }
  RECKON_UNROLL
  for (int t = 0; t < T; ++t) {
    const Vec16 scale = scales.d * broadcast(field<float>(fields + n * kInt8Scale + t * 4));
    totals[t] = fma(to_float(sums[t]), scale, totals[t]);
    if constexpr (Type::kind == Scales::d_and_m || Type::kind == Scales::k_pairs)
      totals[t] = fma(scales.m, broadcast(field<float>(fields + n * kInt8ScaledSum + t * 4)), totals[t]);
  }
}

/// Goes through a panel block by block.
template <typename Type>
struct PanelCursor {
  explicit PanelCursor(const std::uint8_t* panel)
      : codes(panel), scales(panel + Type::group_blocks * Type::code_bytes) {}
  RECKON_INLINE void next() {
    codes += Type::code_bytes;
    if (++block < Type::group_blocks) return;
    block = 0;
    codes += Type::group_scale_bytes;
    scales += Type::group_bytes;
  }
  const std::uint8_t* codes;
  const std::uint8_t* scales;  ///< of the group
  int block = 0;               ///< of the group
};

#if defined(RECKON_SIMD_AVX512)

// Several tokens keep a block busy for so long that the hardware's prefetchers, which stop at each 4 KiB
// page, fall behind: the panel is asked for this far ahead. For one token they are faster alone.
constexpr int kPrefetchBytes = 4096;

/// N tokens whose sums stay in registers.
template <typename Type, int N>
void int8_tokens(const Int8Arguments& a) {
  Vec16 totals[N];
  RECKON_UNROLL
  for (int t = 0; t < N; ++t) totals[t] = zero();
  const std::uint8_t* activations = a.activations;
  [[maybe_unused]] KScales expanded;
  PanelCursor<Type> at(a.panel);
  for (std::int64_t b = 0; b < a.blocks; ++b) {
    if constexpr (N > 1) {
      RECKON_UNROLL
      for (int byte = 0; byte < Type::group_bytes / Type::group_blocks; byte += 64)
        __builtin_prefetch(at.codes + kPrefetchBytes + byte);
    }
    Vec16i codes[8];
    unpack<Type>(at.codes, codes);
    const BlockScales scales = block_scales<Type>(at.scales, at.block, expanded);
    constexpr int together = Type::kind == Scales::q6 ? 2 : 4;  // what the registers hold
    RECKON_UNROLL
    for (int t = 0; t + together <= N; t += together)
      add_block<Type, together>(totals + t, codes, scales, activations, N, t);
    if constexpr (N % together != 0)
      add_block<Type, N % together>(totals + N / together * together, codes, scales, activations, N,
                                    N / together * together);
    at.next();
    activations += N * kInt8BlockBytes;
  }
  RECKON_UNROLL
  for (int t = 0; t < N; ++t) store(a.tile + t * kPanelRows, totals[t]);
}

template <typename Type>
void int8_product(const Int8Arguments& a) {
  using Function = void (*)(const Int8Arguments&);
  static constexpr Function kByTokens[kMaxTileTokens] = {
      int8_tokens<Type, 1>,  int8_tokens<Type, 2>,  int8_tokens<Type, 3>,  int8_tokens<Type, 4>,
      int8_tokens<Type, 5>,  int8_tokens<Type, 6>,  int8_tokens<Type, 7>,  int8_tokens<Type, 8>,
      int8_tokens<Type, 9>,  int8_tokens<Type, 10>, int8_tokens<Type, 11>, int8_tokens<Type, 12>,
      int8_tokens<Type, 13>, int8_tokens<Type, 14>, int8_tokens<Type, 15>, int8_tokens<Type, 16>};
  kByTokens[a.tokens - 1](a);
}

#else

/// Sums stay in the tile: too few registers for more than a token's.
template <typename Type>
void int8_product(const Int8Arguments& a) {
  for (int t = 0; t < a.tokens; ++t) store(a.tile + t * kPanelRows, zero());
  [[maybe_unused]] KScales expanded;
  PanelCursor<Type> at(a.panel);
  for (std::int64_t b = 0; b < a.blocks; ++b, at.next()) {
    Vec16i codes[8];
    unpack<Type>(at.codes, codes);
    const BlockScales scales = block_scales<Type>(at.scales, at.block, expanded);
    const std::uint8_t* activations = a.activations + b * a.tokens * kInt8BlockBytes;
    for (int t = 0; t < a.tokens; ++t) {
      Vec16 total = load(a.tile + t * kPanelRows);
      add_block<Type, 1>(&total, codes, scales, activations, a.tokens, t);
      store(a.tile + t * kPanelRows, total);
    }
  }
}

#endif

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
