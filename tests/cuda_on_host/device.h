#pragma once
// What the words of kernels/cuda/device.h mean on the host.

#include <bit>
#include <cmath>
#include <cstdint>

#include "kernels/cpu/simd/half.h"
#include "tests/cuda_on_host/grid.h"
#include "tests/cuda_on_host/memory.h"

namespace reckon::cuda_on_host::device {

template <class T>
using Shared = Pointer<T>;

inline int thread_index() { return place().thread; }
inline int block_x() { return place().block.x; }
inline int block_y() { return place().block.y; }
inline int block_z() { return place().block.z; }
inline int grid_x() { return place().grid.x; }

inline void sync_block() { block_barrier(); }
inline void sync_warp() { warp_barrier(); }

/// One lane's part in an exchange: lane i gets the value of lane `from`.
template <class T>
struct Exchange {
  T value;
  int from;
  T result;
};
template <class T>
void exchange(void* const* payloads) {
  for (int i = 0; i < kWarpThreads; ++i) {
    auto* mine = static_cast<Exchange<T>*>(payloads[i]);
    mine->result = static_cast<const Exchange<T>*>(payloads[mine->from % kWarpThreads])->value;
  }
}
template <class T>
T shuffle(T value, int from) {
  Exchange<T> mine{value, from, {}};
  warp_collective("shuffle", &mine, exchange<T>);
  return mine.result;
}
template <class T>
T shuffle_xor(T value, int mask) {
  return shuffle(value, thread_index() % kWarpThreads ^ mask);
}

struct Vote {
  bool value;
  std::uint32_t result;
};
inline void count_votes(void* const* payloads) {
  std::uint32_t all = 0;
  for (int i = 0; i < kWarpThreads; ++i) {
    if (static_cast<const Vote*>(payloads[i])->value) all |= 1U << static_cast<unsigned>(i);
  }
  for (int i = 0; i < kWarpThreads; ++i) static_cast<Vote*>(payloads[i])->result = all;
}
inline std::uint32_t ballot(bool value) {
  Vote mine{value, 0};
  warp_collective("vote", &mine, count_votes);
  return mine.result;
}

template <class T>
Shared<T> shared_at(int begin, int count) {
  return {shared_region(begin, static_cast<std::size_t>(count) * sizeof(T)), 0};
}

inline int atomic_add(Pointer<int> to, int value) {
  return to.region()->change<int>(to.offset(), [value](int old) { return old + value; });
}
inline int atomic_exchange_if(Pointer<int> to, int expected, int value) {
  return to.region()->change<int>(to.offset(), [=](int old) { return old == expected ? value : old; });
}

inline float fused(float a, float b, float c) { return std::fma(a, b, c); }
inline double fused(double a, double b, double c) { return std::fma(a, b, c); }
inline float square_root(float x) { return std::sqrt(x); }
inline float round_even(float x) { return std::nearbyint(x); }
inline int to_int(float x) { return static_cast<int>(std::nearbyint(x)); }
inline std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }
inline float from_bits(std::uint32_t x) { return std::bit_cast<float>(x); }
inline float half_to_float(std::uint16_t h) { return kernels::cpu::half_to_float(h); }
inline std::uint16_t float_to_half(float value) { return kernels::cpu::float_to_half(value); }

template <int kWords>
struct alignas(4 * kWords) Words {
  std::uint32_t word[kWords];
};
using Words2 = Words<2>;
using Words4 = Words<4>;
template <int kWords, class T>
Words<kWords> load_words(Pointer<const T> from) {
  Words<kWords> words;
  from.region()->check_alignment(from.offset(), 4 * kWords);
  from.region()->read(from.offset(), 4 * kWords, words.word);
  return words;
}
template <class T>
Words2 load_words2(Pointer<const T> from) {
  return load_words<2>(from);
}
template <class T>
Words4 load_words4(Pointer<const T> from) {
  return load_words<4>(from);
}

}  // namespace reckon::cuda_on_host::device
