#pragma once
// Products of a warp group: the instructions of compute capability 9.0 alone (wgmma), with their names and
// meaning in the PTX ISA, "Asynchronous Warpgroup Level Matrix Multiply-Accumulate Instructions". Both
// operands lie in shared memory and are read beside the kernel, by another proxy than that of its own reads
// and writes; results land at their wait. The execution model gives each the meaning of its definition there.
//
// An operand: lines of 128 bytes along k, one behind the other from a border of 1,024 bytes on, whose eight
// parts of 16 bytes change places from line to line (swizzled_byte(): the 128-byte swizzle of a K-major
// matrix).

#include "kernels/cuda/ptx.h"
#if !defined(__CUDACC__)
#include "tests/cuda_on_host/warp_group.h"
#endif

namespace reckon::kernels::RECKON_CUDA_NS {

constexpr int kGroupThreads = 128;  ///< of a warp group: four warps in a row, the first a multiple of four
constexpr int kGroupRows = 64;      ///< of a product of one
constexpr int kLineBytes = 128;     ///< of an operand's line
constexpr int kProductBytes = 32;   ///< of it that one product takes along k

/// Where part `part` (of 16 bytes) of a line lies, from the first line on.
RECKON_DEVICE int swizzled_byte(int line, int part) { return line * kLineBytes + (part ^ line % 8) * 16; }

#if defined(__CUDACC__)

template <class T>
RECKON_DEVICE std::uint32_t shared_address(Shared<T> pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

// The instructions exist in code for sm_90a alone; the back end starts no such kernel elsewhere.
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define RECKON_WGMMA(...) asm volatile(__VA_ARGS__)
#else
#define RECKON_WGMMA(...) __trap()
#endif

/// What this thread wrote to shared memory, or waited for, may be read by products behind the next barrier.
RECKON_DEVICE void fence_for_products() { RECKON_WGMMA("fence.proxy.async.shared::cta;" ::: "memory"); }
/// Before products whose sums the thread has touched since they were waited for.
RECKON_DEVICE void begin_products() { RECKON_WGMMA("wgmma.fence.sync.aligned;" ::: "memory"); }
/// The products queued since the last call become one group.
RECKON_DEVICE void commit_products() { RECKON_WGMMA("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/// Until all of this warp's groups but the newest `left` have landed, `sums` among them.
template <int left, int kSums>
RECKON_DEVICE void wait_products(float (&sums)[kSums]) {
  RECKON_WGMMA("wgmma.wait_group.sync.aligned %0;" ::"n"(left) : "memory");
  // The sums come into being here, not where their product was queued.
  RECKON_UNROLLED
  for (int i = 0; i < kSums; ++i) asm volatile("" : "+f"(sums[i])::"memory");
}

#define RECKON_SUMS4(i) "+f"(sums[i]), "+f"(sums[(i) + 1]), "+f"(sums[(i) + 2]), "+f"(sums[(i) + 3])
#define RECKON_SUMS16(i) RECKON_SUMS4(i), RECKON_SUMS4((i) + 4), RECKON_SUMS4((i) + 8), RECKON_SUMS4((i) + 12)
#define RECKON_WGMMA_N32(types, scales)                                           \
  RECKON_WGMMA(                                                                   \
      "{ .reg .pred adds; setp.ne.b32 adds, %18, 0;\n"                            \
      "wgmma.mma_async.sync.aligned.m64n32" types                                 \
      " {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15}, " \
      "%16, %17, adds, " scales "; }"                                             \
      : RECKON_SUMS16(0)                                                          \
      : "l"(rows), "l"(columns), "r"(static_cast<int>(adds)))
#define RECKON_WGMMA_N128(types, scales)                                                  \
  RECKON_WGMMA(                                                                           \
      "{ .reg .pred adds; setp.ne.b32 adds, %66, 0;\n"                                    \
      "wgmma.mma_async.sync.aligned.m64n128" types                                        \
      " {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "          \
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "  \
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "  \
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, " \
      "%64, %65, adds, " scales "; }"                                                     \
      : RECKON_SUMS16(0), RECKON_SUMS16(16), RECKON_SUMS16(32), RECKON_SUMS16(48)         \
      : "l"(rows), "l"(columns), "r"(static_cast<int>(adds)))

/// Queues sums [64, kColumns] (+)= rows [64, 32 bytes] times columns [kColumns, 32 bytes] transposed, in
/// float32; `adds`: to what the sums are. Operands by operand_of() and operand_step(). Of the sums, lane l of
/// warp w has [16 w + l / 4][8 j + 2 (l % 4)] and the next at 4 j, then the same eight rows below. Until
/// their wait, the sums and the operands' lines belong to the product. By all threads of a warp group
/// together.
template <MmaType type, int kColumns>
RECKON_DEVICE void queue_product(float (&sums)[kColumns / 2], std::uint64_t rows, std::uint64_t columns,
                                 bool adds) {
  static_assert(kColumns == 32 || kColumns == 128);
  static_assert(type == MmaType::e4m3 || type == MmaType::bf16 || type == MmaType::f16);
  if constexpr (kColumns == 32) {
    if constexpr (type == MmaType::e4m3) RECKON_WGMMA_N32("k32.f32.e4m3.e4m3", "1, 1");
    if constexpr (type == MmaType::bf16) RECKON_WGMMA_N32("k16.f32.bf16.bf16", "1, 1, 0, 0");
    if constexpr (type == MmaType::f16) RECKON_WGMMA_N32("k16.f32.f16.f16", "1, 1, 0, 0");
  } else {
    if constexpr (type == MmaType::e4m3) RECKON_WGMMA_N128("k32.f32.e4m3.e4m3", "1, 1");
    if constexpr (type == MmaType::bf16) RECKON_WGMMA_N128("k16.f32.bf16.bf16", "1, 1, 0, 0");
    if constexpr (type == MmaType::f16) RECKON_WGMMA_N128("k16.f32.f16.f16", "1, 1, 0, 0");
  }
}

#undef RECKON_WGMMA_N128
#undef RECKON_WGMMA_N32
#undef RECKON_SUMS16
#undef RECKON_SUMS4
#undef RECKON_WGMMA

#else

template <class T>
RECKON_DEVICE std::uint32_t shared_address(Shared<T> pointer) {
  return reckon::cuda_on_host::shared_address(pointer.region(), pointer.offset());
}

RECKON_DEVICE void fence_for_products() { reckon::cuda_on_host::fence_async_proxy(); }
RECKON_DEVICE void begin_products() { reckon::cuda_on_host::fence_group_registers(); }
RECKON_DEVICE void commit_products() { reckon::cuda_on_host::commit_group_products(); }
template <int left, int kSums>
RECKON_DEVICE void wait_products(float (&)[kSums]) {
  reckon::cuda_on_host::wait_group_products(left);
}

template <MmaType type, int kColumns>
RECKON_DEVICE void queue_product(float (&sums)[kColumns / 2], std::uint64_t rows, std::uint64_t columns,
                                 bool adds) {
  reckon::cuda_on_host::queue_group_product(fragment_type(type), kColumns, sums, rows, columns, adds);
}

#endif

/// The descriptor of an operand from its first line: start address, a leading offset that the 128-byte
/// swizzle leaves unread (1), 1,024 bytes from eight lines to the next, and the swizzle; all in units of 16
/// bytes.
template <class T>
RECKON_DEVICE std::uint64_t operand_of(Shared<T> first_line) {
  constexpr std::uint64_t kSwizzle128 = 1;
  return std::uint64_t{shared_address(first_line) & 0x3ffffU} >> 4U | std::uint64_t{1} << 16U |
         std::uint64_t{8 * kLineBytes / 16} << 32U | kSwizzle128 << 62U;
}
/// The same lines from step `step` of 32 bytes on.
RECKON_DEVICE std::uint64_t operand_step(std::uint64_t operand, int step) {
  return operand + static_cast<std::uint64_t>(step) * (kProductBytes / 16);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
