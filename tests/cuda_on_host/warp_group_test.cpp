// Products of warp groups in the execution model: what is right gives the sums, whatever the order of
// threads; each thing left out is caught.

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/cuda/ptx_hopper.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

using reckon::cuda_on_host::KernelFault;
using reckon::cuda_on_host::Region;
using testing::HasSubstr;

/// One block: sums [64][kColumns] of two operands of 128 bytes a line, brought by copies or by plain writes.
template <MmaType type, int kColumns>
struct OneProduct {
  Global<const std::uint8_t> rows, columns;  ///< [64][128] and [kColumns][128]
  Global<float> sums;
  bool by_copies = true;
  // Each of them what a kernel may have forgotten.
  bool fences = true, fences_late = false, barrier = true, begins = true, waits = true;
  bool swizzles = true;
  bool overwrites = false;          ///< a line of the operands before the wait
  bool overwrites_unasked = false;  ///< behind it, with no barrier
  bool reads_early = false;
  bool last_warp_too = true;
  std::uint64_t flipped = 0;  ///< bits of the descriptor of the columns
  int start = 0;              ///< byte at which the operands begin

  void operator()() const {
    constexpr int kBytes = kColumns * kLineBytes;
    const auto left = shared_at<std::uint8_t>(start, kGroupRows * kLineBytes);
    const auto right = shared_at<std::uint8_t>(16 * 1024, kBytes);
    fill(left, rows, kGroupRows);
    fill(right, columns, kColumns);
    commit_copies();
    wait_copies<0>();
    if (fences) fence_for_products();
    if (barrier) sync_block();
    if (fences_late) fence_for_products();
    if (begins) begin_products();
    float of[kColumns / 2] = {};
    if (last_warp_too || thread_index() < 96) {
      for (int step = 0; step < kLineBytes / kProductBytes; ++step)
        queue_product<type, kColumns>(of, operand_step(operand_of(left), step),
                                      operand_step(operand_of(right), step) ^ flipped, step > 0);
    }
    commit_products();
    if (overwrites && thread_index() == 0) right[5] = 1;
    if (reads_early) write(of);
    if (waits) wait_products<0>(of);
    if (overwrites_unasked && thread_index() == 0) right[5] = 1;
    if (!reads_early) write(of);
  }

  void fill(Shared<std::uint8_t> to, Global<const std::uint8_t> from, int lines) const {
    for (int i = thread_index(); i < lines * 8; i += kGroupThreads) {
      const int at = swizzles ? swizzled_byte(i / 8, i % 8) : 16 * i;
      if (by_copies) {
        copy_async16<std::uint8_t>(to + at, from + 16 * i);
      } else {
        for (int byte = 0; byte < 16; ++byte) to[at + byte] = static_cast<std::uint8_t>(from[16 * i + byte]);
      }
    }
  }
  void write(const float (&of)[kColumns / 2]) const {
    const int t = thread_index();
    for (int i = 0; i < kColumns / 2; ++i)
      sums[(t / 32 * 16 + lane() / 4 + i / 2 % 2 * 8) * kColumns + i / 4 * 8 + lane() % 4 * 2 + i % 2] =
          of[i];
  }
};

/// An operand of small numbers, and what they are.
struct Numbers {
  Region bytes;
  std::vector<double> values;  ///< [lines][elements of a line]
};

Numbers numbers_of(MmaType type, int lines, unsigned seed) {
  const int per_line = type == MmaType::e4m3 ? kLineBytes : kLineBytes / 2;
  Numbers result{Region("operand", static_cast<std::size_t>(lines * kLineBytes), false), {}};
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < lines * per_line; ++i) {
    const unsigned at = (static_cast<unsigned>(i) * 2654435761U + seed) >> 24U;
    if (type == MmaType::e4m3) {
      constexpr double kValues[] = {0, 1, 2, -1, -2, 0.5, 4, -0.5};
      constexpr std::uint8_t kCodes[] = {0x00, 0x38, 0x40, 0xb8, 0xc0, 0x30, 0x48, 0xb0};
      bytes.push_back(kCodes[at % 8]);
      result.values.push_back(kValues[at % 8]);
    } else {
      const double value = static_cast<int>(at % 19) - 9;
      result.values.push_back(value);
      const auto as_float = static_cast<float>(value);
      const std::uint16_t half = type == MmaType::bf16 ? float_to_bf16(as_float) : float_to_half(as_float);
      bytes.push_back(static_cast<std::uint8_t>(half & 0xffU));
      bytes.push_back(static_cast<std::uint8_t>(half >> 8U));
    }
  }
  result.bytes.host_write(0, bytes.size(), bytes.data());
  return result;
}

template <MmaType type, int kColumns>
class Try {
 public:
  using Kernel = OneProduct<type, kColumns>;
  Try()
      : rows_(numbers_of(type, kGroupRows, 1)),
        columns_(numbers_of(type, kColumns, 77)),
        sums_("sums", sizeof(float) * kGroupRows * kColumns, true) {}

  /// What the model says of the kernel with `change` made to it: "none", or its fault.
  std::string fault(const std::function<void(Kernel&)>& change = {}) {
    Kernel kernel{{&rows_.bytes, 0}, {&columns_.bytes, 0}, {&sums_, 0}};
    if (change) change(kernel);
    try {
      reckon::cuda_on_host::run_grid("kernel", {1, 1, 1}, kGroupThreads, 40 * 1024, kernel);
    } catch (const KernelFault& fault) {
      return fault.what();
    }
    return "none";
  }
  std::vector<float> sums() const {
    std::vector<float> values(kGroupRows * kColumns);
    sums_.host_read(0, sums_.size(), values.data());
    return values;
  }
  std::vector<float> expected() const {
    const std::size_t inner = rows_.values.size() / kGroupRows;
    std::vector<float> values;
    for (std::size_t i = 0; i < kGroupRows; ++i) {
      for (std::size_t j = 0; j < kColumns; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < inner; ++k)
          sum += rows_.values[i * inner + k] * columns_.values[j * inner + k];
        values.push_back(static_cast<float>(sum));
      }
    }
    return values;
  }

 private:
  Numbers rows_, columns_;
  Region sums_;
};

TEST(CudaWarpGroups, ProductsOfEveryTypeAndWidth) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    reckon::cuda_on_host::set_order_seed(seed);
    const auto check = [](auto attempt) {
      EXPECT_EQ(attempt.fault(), "none");
      EXPECT_EQ(attempt.sums(), attempt.expected());
      EXPECT_EQ(attempt.fault([](auto& kernel) { kernel.by_copies = false; }), "none");
      EXPECT_EQ(attempt.sums(), attempt.expected());
    };
    check(Try<MmaType::bf16, 32>());
    check(Try<MmaType::f16, 128>());
    check(Try<MmaType::e4m3, 32>());
    check(Try<MmaType::e4m3, 128>());
  }
}

using Attempt = Try<MmaType::bf16, 32>;
using Kernel = Attempt::Kernel;

TEST(CudaWarpGroups, AMissingFenceBetweenTheProxiesIsCaught) {
  for (const bool by_copies : {true, false}) {
    EXPECT_THAT(Attempt().fault([=](Kernel& kernel) {
      kernel.fences = false;
      kernel.by_copies = by_copies;
    }),
                HasSubstr("no fence.proxy.async between the write of thread"));
  }
}

TEST(CudaWarpGroups, AFenceBehindTheBarrierIsOneTooLate) {
  EXPECT_THAT(Attempt().fault([](Kernel& kernel) {
    kernel.fences = false;
    kernel.fences_late = true;
  }),
              HasSubstr("no fence.proxy.async between the write of thread"));
}

TEST(CudaWarpGroups, AMissingBarrierIsCaught) {
  EXPECT_THAT(Attempt().fault([](Kernel& kernel) { kernel.barrier = false; }),
              HasSubstr("no barrier after the write"));
}

TEST(CudaWarpGroups, AMissingFenceOfTheRegistersIsCaught) {
  EXPECT_THAT(Attempt().fault([](Kernel& kernel) { kernel.begins = false; }), HasSubstr("no wgmma.fence"));
}

TEST(CudaWarpGroups, SumsAreNotNumbersBeforeTheirWait) {
  Attempt attempt;
  EXPECT_EQ(attempt.fault([](Kernel& kernel) { kernel.reads_early = true; }), "none");
  for (const float sum : attempt.sums()) EXPECT_TRUE(std::isnan(sum));
}

TEST(CudaWarpGroups, AProductThatNobodyWaitsForIsCaught) {
  EXPECT_THAT(Attempt().fault([](Kernel& kernel) { kernel.waits = false; }), HasSubstr("products in flight"));
}

TEST(CudaWarpGroups, OperandsStayAsTheyAreUntilEveryWarpHasWaited) {
  EXPECT_THAT(Attempt().fault([](Kernel& kernel) { kernel.overwrites = true; }),
              HasSubstr("written while a product of a warp group reads it"));
  // Behind its own wait a thread does not know of the other warps'.
  EXPECT_THAT(Attempt().fault([](Kernel& kernel) { kernel.overwrites_unasked = true; }),
              testing::AnyOf(HasSubstr("reads it"), HasSubstr("with no barrier after it was read")));
}

TEST(CudaWarpGroups, AllFourWarpsTakePart) {
  EXPECT_THAT(
      Attempt().fault([](Kernel& kernel) { kernel.last_warp_too = false; }),
      testing::AnyOf(HasSubstr("wgmma that not all threads reach"), HasSubstr("of its warp is at a")));
}

TEST(CudaWarpGroups, DescriptorsAreTakenAtTheirBits) {
  const auto with = [](std::uint64_t flipped) {
    return Attempt().fault([=](Kernel& kernel) { kernel.flipped = flipped; });
  };
  EXPECT_THAT(with(std::uint64_t{1} << 50U), HasSubstr("base offset"));
  EXPECT_THAT(with(std::uint64_t{1} << 46U), HasSubstr("reserved bits"));
  EXPECT_THAT(with(std::uint64_t{1} << 8U), HasSubstr("where no array of it lies"));
  EXPECT_THAT(with(std::uint64_t{1} << 3U), HasSubstr("first line of a swizzle's pattern"));
  // No swizzle, or another distance of the eights of lines, is another matrix.
  for (const std::uint64_t flipped : {std::uint64_t{1} << 62U, std::uint64_t{1} << 38U}) {
    Attempt attempt;
    EXPECT_EQ(attempt.fault([=](Kernel& kernel) { kernel.flipped = flipped; }), "none");
    EXPECT_NE(attempt.sums(), attempt.expected());
  }
  // The leading offset has no part in it.
  Attempt attempt;
  EXPECT_EQ(attempt.fault([](Kernel& kernel) { kernel.flipped = std::uint64_t{1} << 17U; }), "none");
  EXPECT_EQ(attempt.sums(), attempt.expected());
}

TEST(CudaWarpGroups, LinesThatAreNotSwizzledAreAnotherMatrix) {
  Attempt attempt;
  EXPECT_EQ(attempt.fault([](Kernel& kernel) { kernel.swizzles = false; }), "none");
  EXPECT_NE(attempt.sums(), attempt.expected());
}

TEST(CudaWarpGroups, AnOperandBeginsOnItsBorder) {
  EXPECT_THAT(Attempt().fault([](Kernel& kernel) { kernel.start = 256; }),
              HasSubstr("first line of a swizzle's pattern"));
}

}  // namespace
}  // namespace reckon::kernels::RECKON_CUDA_NS
