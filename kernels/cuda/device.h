#pragma once
// The words that kernels are written in. A kernel is a struct of arguments with `kThreads` and an operator();
// it names no CUDA header, so that its source compiles for a device and for the execution model of
// tests/cuda_on_host alike.
//
// Arithmetic: nothing is fused unless fused() says so (nvcc -fmad=false, g++ -ffp-contract=off); division and
// square root are correctly rounded. So a kernel gives the same bits on every device and on the host.

#include <cstdint>

#include "kernels/cuda/pointers.h"

#if defined(__CUDACC__)
#define RECKON_DEVICE __device__ __forceinline__
#define RECKON_UNROLLED _Pragma("unroll")
#elif defined(RECKON_CUDA_ON_HOST)
#include "tests/cuda_on_host/device.h"
#define RECKON_DEVICE inline
#define RECKON_UNROLLED
#else
#error "kernels are compiled by nvcc, or with RECKON_CUDA_ON_HOST"
#endif

namespace reckon::kernels::RECKON_CUDA_NS {

constexpr int kWarpThreads = 32;

#if defined(__CUDACC__)

template <class T>
using Shared = T*;

RECKON_DEVICE int thread_index() { return static_cast<int>(threadIdx.x); }
RECKON_DEVICE int block_x() { return static_cast<int>(blockIdx.x); }
RECKON_DEVICE int block_y() { return static_cast<int>(blockIdx.y); }
RECKON_DEVICE int block_z() { return static_cast<int>(blockIdx.z); }
RECKON_DEVICE int grid_x() { return static_cast<int>(gridDim.x); }

RECKON_DEVICE void sync_block() { __syncthreads(); }
RECKON_DEVICE void sync_warp() { __syncwarp(); }
template <class T>
RECKON_DEVICE T shuffle_xor(T value, int mask) {
  return __shfl_xor_sync(0xffffffffU, value, mask);
}
template <class T>
RECKON_DEVICE T shuffle(T value, int lane) {
  return __shfl_sync(0xffffffffU, value, lane);
}
RECKON_DEVICE std::uint32_t ballot(bool value) { return __ballot_sync(0xffffffffU, value); }

/// `count` elements at byte `begin` of the block's dynamic shared memory, which begins on the border that
/// operands of warp groups (ptx_hopper.h) need.
template <class T>
RECKON_DEVICE Shared<T> shared_at(int begin, int count) {
  extern __shared__ __align__(1024) unsigned char reckon_shared_memory[];
  static_cast<void>(count);
  return reinterpret_cast<T*>(reckon_shared_memory + begin);
}

RECKON_DEVICE int atomic_add(Global<int> to, int value) { return atomicAdd(to, value); }
/// Stores `value` where `expected` stands; returns what stood there.
RECKON_DEVICE int atomic_exchange_if(Global<int> to, int expected, int value) {
  return atomicCAS(to, expected, value);
}

RECKON_DEVICE float fused(float a, float b, float c) { return __fmaf_rn(a, b, c); }
RECKON_DEVICE double fused(double a, double b, double c) { return __fma_rn(a, b, c); }
RECKON_DEVICE float square_root(float x) { return __fsqrt_rn(x); }
RECKON_DEVICE float round_even(float x) { return rintf(x); }
/// To the nearest, ties to even; for what fits.
RECKON_DEVICE int to_int(float x) { return __float2int_rn(x); }
RECKON_DEVICE std::uint32_t bits_of(float x) { return __float_as_uint(x); }
RECKON_DEVICE float from_bits(std::uint32_t x) { return __uint_as_float(x); }

RECKON_DEVICE float half_to_float(std::uint16_t h) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(h));
  return value;
}
/// To the nearest, ties to even.
RECKON_DEVICE std::uint16_t float_to_half(float value) {
  std::uint16_t h;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(value));
  return h;
}

/// Sixteen bytes at once, on a border of sixteen bytes.
struct alignas(16) Words4 {
  std::uint32_t word[4];
};
template <class T>
RECKON_DEVICE Words4 load_words4(Global<const T> from) {
  const uint4 words = *reinterpret_cast<const uint4*>(from);
  return {{words.x, words.y, words.z, words.w}};
}

/// Eight bytes at once, on a border of eight bytes.
struct alignas(8) Words2 {
  std::uint32_t word[2];
};
template <class T>
RECKON_DEVICE Words2 load_words2(Global<const T> from) {
  const uint2 words = *reinterpret_cast<const uint2*>(from);
  return {{words.x, words.y}};
}

#else

using namespace reckon::cuda_on_host::device;  // NOLINT(google-build-using-namespace): the same words

#endif

RECKON_DEVICE int lane() { return thread_index() % kWarpThreads; }
RECKON_DEVICE float bf16_to_float(std::uint16_t h) { return from_bits(static_cast<std::uint32_t>(h) << 16U); }
/// To the nearest, ties to even; NaN stays NaN.
RECKON_DEVICE std::uint16_t float_to_bf16(float value) {
  const std::uint32_t raw = bits_of(value);
  if (value != value) return static_cast<std::uint16_t>((raw >> 16U) | 0x40U);
  return static_cast<std::uint16_t>((raw + ((raw >> 16U) & 1U) + 0x7fffU) >> 16U);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
