#pragma once
// Instructions that CUDA C++ has no word for, with their names and meaning in the PTX ISA: asynchronous
// copies to shared memory (cp.async), loads of matrix fragments (ldmatrix) and products of fragments on
// tensor cores (mma). The execution model gives each the meaning of its definition there.

#include "kernels/cuda/device.h"
#include "kernels/tensor.h"
#if !defined(__CUDACC__)
#include "tests/cuda_on_host/matrix.h"
#endif

namespace reckon::kernels::RECKON_CUDA_NS {

/// Element types of mma. Every one of them takes fragments of 32 bytes along k: 8, 16 or 32 elements.
enum class MmaType : std::uint8_t { bf16, f16, e4m3, tf32 };

/// start.operator()<type>() with the elements that weights of `type` (BF16, F16, FP8) are multiplied as.
template <class Start>
void with_mma_type(DataType type, const Start& start) {
  if (type == DataType::bf16)
    start.template operator()<MmaType::bf16>();
  else if (type == DataType::f16)
    start.template operator()<MmaType::f16>();
  else
    start.template operator()<MmaType::e4m3>();
}

#if defined(__CUDACC__)

/// Copies 16 bytes that run beside the kernel: the first `bytes` (0 to 16) of `from`, then zeros; both
/// addresses on a border of sixteen. What they bring may be read by the thread that asked for it once it has
/// waited, and by others after a barrier behind that.
template <class T, class From>
RECKON_DEVICE void copy_async16(Shared<T> to, Global<const From> from, int bytes = 16) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(bytes)
               : "memory");
}
/// The copies queued since the last call become one group.
RECKON_DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Until all of this thread's groups but the newest `left` have landed.
template <int left>
RECKON_DEVICE void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(left) : "memory");
}

/// Four 8 x 8 matrices of 16-bit elements (or 8 x 16 of bytes): lane l gives the address of row l % 8 of
/// matrix l / 8, 16 bytes on a border of 16. Of each matrix lane l gets the four bytes from 4 * (l % 4) on of
/// row l / 4. All lanes of a warp together; orders nothing.
template <class T>
RECKON_DEVICE void load_matrices(std::uint32_t (&parts)[4], Shared<T> row) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
               : "r"(address)
               : "memory");
}
/// The same, transposed: lane l gets elements [2 * (l % 4)][l / 4] and [2 * (l % 4) + 1][l / 4].
template <class T>
RECKON_DEVICE void load_matrices_transposed(std::uint32_t (&parts)[4], Shared<T> row) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
               : "r"(address)
               : "memory");
}

/// sums [16, 8] += a [16, 32 bytes] times b [32 bytes, 8] in float32, fragments as the PTX ISA lays them out
/// (mma.m16n8k8, .m16n8k16 and .m16n8k32): of the sums, lane l has [l / 4][2 * (l % 4)] and the next, then
/// the same eight rows below. e4m3 needs compute capability 8.9.
template <MmaType type>
RECKON_DEVICE void multiply_matrices(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                     std::uint32_t b1) {
  if constexpr (type == MmaType::bf16) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else if constexpr (type == MmaType::f16) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else if constexpr (type == MmaType::tf32) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
#if __CUDA_ARCH__ >= 890
    asm volatile(
        "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
    __trap();  // the back end does not start such kernels on older devices
#endif
  }
}

/// The same of signed bytes in 32-bit integers, which wrap (mma.m16n8k32, without .satfinite).
RECKON_DEVICE void multiply_integers(std::int32_t (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                     std::uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// sums [8, 8] += a [8, 4] times b [4, 8] in float64 (mma.m8n8k4): lane l has a[l / 4][l % 4],
/// b[l % 4][l / 4], and of the sums [l / 4][2 * (l % 4)] and the next.
RECKON_DEVICE void multiply_doubles(double (&sums)[2], double a, double b) {
  asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
               : "+d"(sums[0]), "+d"(sums[1])
               : "d"(a), "d"(b));
}

#else

template <class T, class From>
RECKON_DEVICE void copy_async16(Shared<T> to, Global<From> from, int bytes = 16) {
  reckon::cuda_on_host::queue_async_copy(to.region(), to.offset(), from.region(), from.offset(), 16,
                                         static_cast<std::size_t>(bytes));
}
RECKON_DEVICE void commit_copies() { reckon::cuda_on_host::commit_async_copies(); }
template <int left>
RECKON_DEVICE void wait_copies() {
  reckon::cuda_on_host::wait_async_copies(left);
}

template <class T>
RECKON_DEVICE void load_matrices(std::uint32_t (&parts)[4], Shared<T> row) {
  reckon::cuda_on_host::load_matrices(parts, row.region(), row.offset(), false);
}
template <class T>
RECKON_DEVICE void load_matrices_transposed(std::uint32_t (&parts)[4], Shared<T> row) {
  reckon::cuda_on_host::load_matrices(parts, row.region(), row.offset(), true);
}

constexpr reckon::cuda_on_host::FragmentType fragment_type(MmaType type) {
  using reckon::cuda_on_host::FragmentType;
  return type == MmaType::bf16   ? FragmentType::bf16
         : type == MmaType::f16  ? FragmentType::f16
         : type == MmaType::tf32 ? FragmentType::tf32
                                 : FragmentType::e4m3;
}
template <MmaType type>
RECKON_DEVICE void multiply_matrices(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                     std::uint32_t b1) {
  reckon::cuda_on_host::multiply_matrices(fragment_type(type), sums, a, b0, b1);
}

RECKON_DEVICE void multiply_integers(std::int32_t (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                                     std::uint32_t b1) {
  reckon::cuda_on_host::multiply_integers(sums, a, b0, b1);
}

RECKON_DEVICE void multiply_doubles(double (&sums)[2], double a, double b) {
  reckon::cuda_on_host::multiply_doubles(sums, a, b);
}

#endif

/// An element of `type` (16 bits), to the nearest, ties to even.
template <MmaType type>
RECKON_DEVICE std::uint16_t rounded(float x) {
  return type == MmaType::f16 ? float_to_half(x) : float_to_bf16(x);
}
/// Two of them as a fragment holds them.
template <MmaType type>
RECKON_DEVICE std::uint32_t rounded_pair(float low, float high) {
  return std::uint32_t{rounded<type>(low)} | static_cast<std::uint32_t>(rounded<type>(high)) << 16U;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
