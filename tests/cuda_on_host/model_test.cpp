// The execution model itself: what is right runs, whatever the order of threads; what is wrong is caught.

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/cuda/device.h"
#include "kernels/cuda/ptx.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

using reckon::cuda_on_host::KernelFault;
using reckon::cuda_on_host::Region;
using testing::HasSubstr;

Region filled(const std::string& name, const std::vector<int>& values) {
  Region region(name, values.size() * sizeof(int), false);
  if (!values.empty()) region.host_write(0, values.size() * sizeof(int), values.data());
  return region;
}

std::vector<int> content(const Region& region) {
  std::vector<int> values(region.size() / sizeof(int));
  region.host_read(0, region.size(), values.data());
  return values;
}

std::vector<int> counted(int n) {
  std::vector<int> values;
  for (int i = 0; i < n; ++i) values.push_back(i + 1);
  return values;
}

void run(int blocks, int threads, std::size_t shared_bytes, const std::function<void()>& kernel) {
  reckon::cuda_on_host::run_grid("kernel", {blocks, 1, 1}, threads, shared_bytes, kernel);
}

std::string fault_of(int blocks, int threads, std::size_t shared_bytes, const std::function<void()>& kernel) {
  try {
    run(blocks, threads, shared_bytes, kernel);
  } catch (const KernelFault& fault) {
    return fault.what();
  }
  return "none";
}

/// Sums 128 numbers in shared memory; without `barrier` the halves race.
struct TreeSum {
  Global<const int> input;
  Global<int> output;
  bool barrier = true;

  void operator()() const {
    const auto sums = shared_at<int>(0, 128);
    const int thread = thread_index();
    sums[thread] = input[thread];
    for (int step = 64; step > 0; step /= 2) {
      if (barrier || step < 64) sync_block();
      if (thread < step) sums[thread] = sums[thread] + sums[thread + step];
    }
    if (thread == 0) output[0] = sums[0];
  }
};

TEST(CudaOnHost, SharedMemoryAndBarriersWorkInEveryOrderOfThreads) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    reckon::cuda_on_host::set_order_seed(seed);
    Region input = filled("input", counted(128));
    Region output = filled("output", {0});
    run(1, 128, 512, TreeSum{{&input, 0}, {&output, 0}});
    EXPECT_EQ(content(output), std::vector<int>{128 * 129 / 2});
  }
}

TEST(CudaOnHost, AMissingBarrierIsCaughtInEveryOrderOfThreads) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    reckon::cuda_on_host::set_order_seed(seed);
    Region input = filled("input", counted(128));
    Region output = filled("output", {0});
    const std::string fault = fault_of(1, 128, 512, TreeSum{{&input, 0}, {&output, 0}, false});
    EXPECT_THAT(fault,
                testing::AnyOf(HasSubstr("with no barrier"), HasSubstr("before anything was written")));
  }
}

TEST(CudaOnHost, AWrongBoundIsCaught) {
  Region input = filled("input", counted(40));
  Region output = filled("output", std::vector<int>(40));
  const Global<const int> in{&input, 0};
  const Global<int> out{&output, 0};
  const auto copy = [&](int n) {
    return [=] {
      const int i = block_x() * 32 + thread_index();
      if (i < n) out[i] = in[i];
    };
  };
  EXPECT_EQ(fault_of(2, 32, 0, copy(40)), "none");
  EXPECT_EQ(content(output), counted(40));
  EXPECT_THAT(fault_of(2, 32, 0, copy(41)),
              HasSubstr("byte 160 of input (160 bytes): read of 4 bytes is out of"));
  EXPECT_THAT(fault_of(1, 32, 0, [=] { out[-1] = thread_index(); }), HasSubstr("out of bounds"));
}

/// Each thread brings four numbers to shared memory and reads its neighbour's.
struct CopyAhead {
  Global<const int> input;
  Global<int> output;
  bool wait = true;
  bool barrier = true;

  void operator()() const {
    const auto buffer = shared_at<int>(0, 128);
    const int thread = thread_index();
    copy_async16<int>(buffer + 4 * thread, input + 4 * thread);
    commit_copies();
    if (wait) wait_copies<0>();
    if (barrier) sync_block();
    output[thread] = buffer[(4 * thread + 4) % 128];
    if (!wait) wait_copies<0>();
  }
};

TEST(CudaOnHost, AnAsynchronousCopyLandsAtItsWaitAndNotBefore) {
  Region input = filled("input", counted(128));
  Region output = filled("output", std::vector<int>(32));
  const CopyAhead right{{&input, 0}, {&output, 0}};
  EXPECT_EQ(fault_of(1, 32, 512, right), "none");
  EXPECT_EQ(content(output)[0], 5);
  CopyAhead early = right;
  early.wait = false;
  EXPECT_THAT(fault_of(1, 32, 512, early), HasSubstr("before the asynchronous copy of thread"));
  CopyAhead unordered = right;
  unordered.barrier = false;  // a neighbour's copy has perhaps landed, but nothing says so
  EXPECT_THAT(fault_of(1, 32, 512, unordered),
              testing::AnyOf(HasSubstr("asynchronous copy"), HasSubstr("no barrier"),
                             HasSubstr("before anything was written")));
}

TEST(CudaOnHost, TheNewestCopiesMayStayInFlight) {
  Region input = filled("input", counted(256));
  Region output = filled("output", std::vector<int>(32));
  const Global<const int> in{&input, 0};
  const Global<int> out{&output, 0};
  const auto kernel = [&](bool read_new) {
    return [=] {
      const auto buffer = shared_at<int>(0, 256);
      const int thread = thread_index();
      copy_async16<int>(buffer + 4 * thread, in + 4 * thread);
      commit_copies();
      copy_async16<int>(buffer + 128 + 4 * thread, in + 128 + 4 * thread);
      commit_copies();
      wait_copies<1>();
      out[thread] = buffer[(read_new ? 128 : 0) + 4 * thread];
      wait_copies<0>();
    };
  };
  EXPECT_EQ(fault_of(1, 32, 1024, kernel(false)), "none");
  EXPECT_THAT(fault_of(1, 32, 1024, kernel(true)), HasSubstr("asynchronous copy"));
}

TEST(CudaOnHost, WhatACopyDoesNotReadBecomesZero) {
  Region input = filled("input", {7, 8, 9});
  Region output = filled("output", std::vector<int>(32, -1));
  const auto kernel = [in = Global<const int>{&input, 0}, out = Global<int>{&output, 0}] {
    const auto buffer = shared_at<int>(0, 4 * 32);
    const int thread = thread_index();
    copy_async16<int>(buffer + 4 * thread, in, thread == 0 ? 12 : 0);
    commit_copies();
    wait_copies<0>();
    out[thread] = thread == 0 ? buffer[2] + buffer[3] : buffer[4 * thread];
  };
  EXPECT_EQ(fault_of(1, 32, 512, kernel), "none");
  EXPECT_EQ(content(output)[0], 9);
  EXPECT_EQ(content(output)[31], 0);
}

/// A product of 16 x 16 and 16 x 8 numbers through shared memory and fragments; `wait`: for the copies of a.
struct SmallProduct {
  Global<const std::uint16_t> a, b;  ///< BF16 [16][16] and [8][16]
  Global<int> sums;                  ///< [16][8]
  bool wait = true;

  void operator()() const {
    const auto left = shared_at<std::uint16_t>(0, 256);
    const auto right = shared_at<std::uint16_t>(512, 256);
    const int l = thread_index();
    copy_async16<std::uint16_t>(left + 8 * l, a + 8 * l);
    copy_async16<std::uint16_t>(right + 8 * l, b + 8 * (l % 16), l < 16 ? 16 : 0);
    commit_copies();
    if (wait) wait_copies<0>();
    sync_block();
    std::uint32_t rows[4];
    std::uint32_t columns[4];
    load_matrices<std::uint16_t>(rows, left + (l % 16 * 16 + l / 16 * 8));
    load_matrices<std::uint16_t>(columns, right + (l % 8 * 16 + l / 8 % 2 * 8));
    float of[4] = {};
    multiply_matrices<MmaType::bf16>(of, rows, columns[0], columns[1]);
    for (int i = 0; i < 4; ++i) sums[(l / 4 + i / 2 * 8) * 8 + 2 * (l % 4) + i % 2] = static_cast<int>(of[i]);
    if (!wait) wait_copies<0>();
  }
};

Region bf16_numbers(const std::string& name, const std::vector<int>& values) {
  std::vector<std::uint16_t> bits;
  for (const int value : values) bits.push_back(float_to_bf16(static_cast<float>(value)));
  Region region(name, bits.size() * 2, false);
  region.host_write(0, bits.size() * 2, bits.data());
  return region;
}

TEST(CudaOnHost, FragmentsAreMultipliedAndCopiesThatFeedThemAreWaitedFor) {
  std::vector<int> left;
  std::vector<int> right;
  for (int i = 0; i < 256; ++i) left.push_back(i * 7 % 23 - 11);
  for (int i = 0; i < 128; ++i) right.push_back(i * 5 % 19 - 9);
  std::vector<int> expected(128);
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 8; ++j) {
      for (int k = 0; k < 16; ++k)
        expected[static_cast<std::size_t>(8 * i + j)] +=
            left[static_cast<std::size_t>(16 * i + k)] * right[static_cast<std::size_t>(16 * j + k)];
    }
  }
  Region a = bf16_numbers("a", left);
  Region b = bf16_numbers("b", right);
  Region sums = filled("sums", std::vector<int>(128));
  SmallProduct product{{&a, 0}, {&b, 0}, {&sums, 0}};
  EXPECT_EQ(fault_of(1, 32, 1024, product), "none");
  EXPECT_EQ(content(sums), expected);
  product.wait = false;
  EXPECT_THAT(fault_of(1, 32, 1024, product), HasSubstr("before the asynchronous copy of thread"));
}

TEST(CudaOnHost, FragmentsOfDoublesAndOfTf32AreMultiplied) {
  Region doubles = filled("doubles", std::vector<int>(64));
  Region tf32 = filled("tf32", std::vector<int>(128));
  const auto left = [](int row, int k) { return row * 3 - k * 5; };
  const auto right = [](int k, int column) { return k * 7 - column; };
  EXPECT_EQ(
      fault_of(1, 32, 0,
               [&, d = Global<int>{&doubles, 0}, t = Global<int>{&tf32, 0}] {
                 const int l = thread_index();
                 double sums[2] = {};
                 multiply_doubles(sums, left(l / 4, l % 4), right(l % 4, l / 4));
                 for (int i = 0; i < 2; ++i) d[l / 4 * 8 + 2 * (l % 4) + i] = static_cast<int>(sums[i]);
                 std::uint32_t rows[4];
                 for (int i = 0; i < 4; ++i)  // and bits beyond those that count
                   rows[i] = bits_of(static_cast<float>(left(l / 4 + i % 2 * 8, l % 4 + i / 2 * 4))) | 1U;
                 float of[4] = {};
                 multiply_matrices<MmaType::tf32>(of, rows, bits_of(static_cast<float>(right(l % 4, l / 4))),
                                                  bits_of(static_cast<float>(right(l % 4 + 4, l / 4))));
                 for (int i = 0; i < 4; ++i)
                   t[(l / 4 + i / 2 * 8) * 8 + 2 * (l % 4) + i % 2] = static_cast<int>(of[i]);
               }),
      "none");
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 8; ++column) {
      int of_four = 0;
      int of_eight = 0;
      for (int k = 0; k < 8; ++k) {
        of_eight += left(row, k) * right(k, column);
        if (k < 4) of_four = of_eight;
      }
      const auto at = static_cast<std::size_t>(8 * row + column);
      EXPECT_EQ(content(tf32)[at], of_eight) << row << ", " << column;
      if (row < 8) {
        EXPECT_EQ(content(doubles)[at], of_four) << row << ", " << column;
      }
    }
  }
}

TEST(CudaOnHost, FragmentsOfSignedBytesAreMultipliedAsIntegersThatWrap) {
  Region results = filled("results", std::vector<int>(128));
  const auto left = [](int row, int k) { return (row * 37 + k * 11) % 256 - 128; };
  const auto right = [](int k, int column) { return (k * 29 + column * 53) % 256 - 128; };
  constexpr int kBefore = 2147483000;  // near the top
  const auto word = [](const auto& byte) {
    std::uint32_t packed = 0;
    for (int i = 0; i < 4; ++i) packed |= (static_cast<std::uint32_t>(byte(i)) & 255U) << (8 * i);
    return packed;
  };
  EXPECT_EQ(
      fault_of(1, 32, 0,
               [&, to = Global<int>{&results, 0}] {
                 const int l = thread_index();
                 std::uint32_t rows[4];
                 for (int r = 0; r < 4; ++r)
                   rows[r] =
                       word([&](int i) { return left(l / 4 + r % 2 * 8, r / 2 * 16 + 4 * (l % 4) + i); });
                 const std::uint32_t low = word([&](int i) { return right(4 * (l % 4) + i, l / 4); });
                 const std::uint32_t high = word([&](int i) { return right(16 + 4 * (l % 4) + i, l / 4); });
                 std::int32_t sums[4] = {kBefore, kBefore, kBefore, kBefore};
                 multiply_integers(sums, rows, low, high);
                 for (int i = 0; i < 4; ++i) to[(l / 4 + i / 2 * 8) * 8 + 2 * (l % 4) + i % 2] = sums[i];
               }),
      "none");
  int wrapped = 0;
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 8; ++column) {
      std::int64_t sum = kBefore;
      for (int k = 0; k < 32; ++k) sum += left(row, k) * right(k, column);
      wrapped += sum > INT32_MAX ? 1 : 0;
      EXPECT_EQ(content(results)[static_cast<std::size_t>(8 * row + column)], static_cast<std::int32_t>(sum))
          << row << ", " << column;
    }
  }
  EXPECT_GT(wrapped, 0);
}

TEST(CudaOnHost, TransposedFragmentsHoldColumns) {
  std::vector<int> numbers;
  for (int i = 0; i < 256; ++i) numbers.push_back(i % 128);
  Region input = bf16_numbers("input", numbers);  // [32][8]
  Region output = filled("output", std::vector<int>(32));
  EXPECT_EQ(fault_of(1, 32, 512,
                     [in = Global<const std::uint16_t>{&input, 0}, out = Global<int>{&output, 0}] {
                       const auto buffer = shared_at<std::uint16_t>(0, 256);
                       const int l = thread_index();
                       copy_async16<std::uint16_t>(buffer + 8 * l, in + 8 * l);
                       commit_copies();
                       wait_copies<0>();
                       sync_block();
                       std::uint32_t parts[4];
                       load_matrices_transposed<std::uint16_t>(parts, buffer + 8 * l);
                       // The second half: row 2 * (l % 4) + 1, column l / 4 of the second matrix.
                       out[l] = static_cast<int>(from_bits(parts[1] & 0xffff0000U));
                     }),
            "none");
  for (int l = 0; l < 32; ++l)
    EXPECT_EQ(content(output)[static_cast<std::size_t>(l)], 64 + 8 * (2 * (l % 4) + 1) + l / 4) << l;
}

TEST(CudaOnHost, ABarrierThatNotAllReachIsCaught) {
  EXPECT_THAT(fault_of(1, 64, 0,
                       [] {
                         if (thread_index() < 40) sync_block();
                       }),
              HasSubstr("barrier"));
  EXPECT_THAT(fault_of(1, 64, 0,
                       [] {
                         if (thread_index() < 40) shuffle_xor(1, 1);
                       }),
              HasSubstr("shuffle that not all threads reach"));
  EXPECT_THAT(fault_of(1, 32, 0,
                       [] {
                         if (thread_index() < 16)
                           shuffle_xor(1, 1);
                         else
                           ballot(true);
                       }),
              HasSubstr("of its warp is at a"));
}

TEST(CudaOnHost, BlocksOfOneLaunchMayNotTalkButByAtomics) {
  Region memory = filled("memory", {0});
  const Global<int> cell{&memory, 0};
  EXPECT_THAT(fault_of(2, 32, 0,
                       [=] {
                         if (thread_index() == 0) cell[0] = block_x();
                       }),
              HasSubstr("with no barrier after the write of"));
  EXPECT_EQ(fault_of(3, 32, 0, [=] { atomic_add(cell, 1); }), "none");
  EXPECT_THAT(fault_of(3, 32, 0,
                       [=] {
                         atomic_add(cell, 1);
                         if (thread_index() == 0) static_cast<void>(static_cast<int>(cell[0]));
                       }),
              HasSubstr("with no barrier"));
}

TEST(CudaOnHost, AtomicsCountEveryThread) {
  Region memory = filled("memory", {5});
  run(3, 64, 0, [cell = Global<int>{&memory, 0}] { atomic_add(cell, 2); });
  EXPECT_EQ(content(memory), std::vector<int>{5 + 2 * 3 * 64});
}

TEST(CudaOnHost, AWarpBarrierOrdersItsWarpAlone) {
  const auto kernel = [](int threads, int distance) {
    return [=] {
      const auto cells = shared_at<int>(0, threads);
      const int thread = thread_index();
      cells[thread] = thread;
      sync_warp();
      static_cast<void>(static_cast<int>(cells[(thread + distance) % threads]));
    };
  };
  EXPECT_EQ(fault_of(1, 32, 128, kernel(32, 1)), "none");
  EXPECT_THAT(fault_of(1, 64, 256, kernel(64, 32)),
              testing::AnyOf(HasSubstr("with no barrier"), HasSubstr("before anything was written")));
}

TEST(CudaOnHost, ShufflesAndVotesSeeTheWholeWarp) {
  Region memory = filled("memory", std::vector<int>(64));
  run(1, 64, 0, [out = Global<int>{&memory, 0}] {
    const int thread = thread_index();
    const auto odd = ballot(thread % 2 == 1);
    out[thread] = shuffle_xor(thread, 3) + (odd == 0xaaaaaaaaU ? 1000 : 0);
  });
  for (int i = 0; i < 64; ++i) EXPECT_EQ(content(memory)[static_cast<std::size_t>(i)], (i ^ 3) + 1000);
}

TEST(CudaOnHost, MemoryThatNobodyWroteIsNotRead) {
  EXPECT_THAT(fault_of(1, 32, 128, [] { static_cast<void>(static_cast<int>(shared_at<int>(0, 32)[0])); }),
              HasSubstr("before anything was written"));
}

TEST(CudaOnHost, WideLoadsWantTheirBorder) {
  Region memory = filled("memory", counted(8));
  const Global<const int> in{&memory, 0};
  EXPECT_EQ(fault_of(1, 32, 0, [=] { load_words4(in + 4); }), "none");
  EXPECT_THAT(fault_of(1, 32, 0, [=] { load_words4(in + 1); }), HasSubstr("not on a border of 16"));
}

TEST(CudaOnHost, OverlappingSharedArraysAndTooMuchOfItAreCaught) {
  EXPECT_THAT(fault_of(1, 32, 256,
                       [] {
                         shared_at<int>(0, 32);
                         shared_at<int>(64, 32);
                       }),
              HasSubstr("overlap"));
  EXPECT_THAT(fault_of(1, 32, 64, [] { shared_at<int>(0, 32); }), HasSubstr("the launch asked for 64 bytes"));
}

}  // namespace
}  // namespace reckon::kernels::RECKON_CUDA_NS
