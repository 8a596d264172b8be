// Operations on rows against the CPU back end, bit for bit.
#include <limits>

#include "base/error.h"
#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"

namespace reckon::kernels::test {
namespace {

class CudaRows : public DeviceTest {};

TEST_F(CudaRows, RmsNorm) {
  for (const std::int64_t n : {1, 15, 16, 17, 100}) {
    expect_same_on_both([&](const Bench& b) {
      const Tensor out = b.empty({9, n});
      b->rms_norm(out, b.noise_of({9, n}, 1, 3.0F), b.noise_of({n}, 2), 1e-5F);
      return b.get(out);
    });
  }
}

TEST_F(CudaRows, RmsNormOfHeadsInPlaceAndOfSlices) {
  expect_same_on_both([](const Bench& b) {
    const Tensor heads = b.noise_of({3, 4, 24}, 3);
    b->rms_norm(heads, heads, b.noise_of({24}, 4), 1e-6F);
    const Tensor wide = b.noise_of({5, 40}, 5);
    b->rms_norm(narrow(wide, 1, 0, 32), narrow(wide, 1, 0, 32), b.noise_of({32}, 6), 1e-6F);
    Values values = b.get(heads);
    append(values, b.get(wide));
    return values;
  });
}

TEST_F(CudaRows, AddAndCopyOfStridedViews) {
  expect_same_on_both([](const Bench& b) {
    const Tensor left = b.noise_of({7, 300}, 1);
    const Tensor wide = b.noise_of({7, 310}, 2);
    b->add(left, left, narrow(wide, 1, 10, 300));
    const Tensor part = b.empty({7, 3, 10});
    b->copy(part, narrow(split_last(left, 10), 1, 5, 3));
    b->copy(narrow(wide, 1, 3, 7), narrow(left, 1, 20, 7));
    Values values = b.get(left);
    append(values, b.get(part));
    append(values, b.get(wide));
    return values;
  });
}

TEST_F(CudaRows, GatherAndMarkNonFinite) {
  expect_same_on_both([](const Bench& b) {
    std::vector<float> rows = noise(std::size_t{6} * 70, 3);
    rows[70 + 69] = std::numeric_limits<float>::infinity();
    rows[std::size_t{3} * 70] = std::numeric_limits<float>::quiet_NaN();
    const Tensor input = b.put(rows, {6, 70});
    const Tensor marks = b.put<std::int32_t>({-1, -1, 2, -1, -1, -1}, {6});
    b->mark_non_finite(marks, input, 5);
    b->mark_non_finite(marks, input, 6);
    const Tensor picked = b.empty({4, 70});
    b->gather_rows(picked, input, b.put<std::int32_t>({5, 0, 0, 2}, {4}));
    Values values = as_values(b.get<std::int32_t>(marks));
    append(values, b.get(picked));
    return values;
  });
}

TEST_F(CudaRows, RopeOfBothPairingsOnSlices) {
  for (const auto pairing : {RopeSpec::Pairing::halves, RopeSpec::Pairing::adjacent}) {
    expect_same_on_both([&](const Bench& b) {
      RaggedBatch batch;
      batch.token_ids = {1, 2, 3};
      batch.positions = {0, 1, 2};
      batch.roles.assign(3, TokenRole::prompt);
      batch.sequences = {{0, 3, 0, {0}}};
      StepTensors step = b->begin_step(batch);
      step.positions = b.put<std::int32_t>({0, 77, 131071}, {3});
      RopeSpec spec;
      spec.pairing = pairing;
      spec.rotary_dim = 10;
      spec.magnitude = 1.25F;
      spec.inverse_frequencies = b.put<float>({1.0F, 0.3F, 0.1F, 0.01F, 0.0001F}, {5});
      const Tensor heads = b.noise_of({3, 2, 24}, 9);
      b->rope(narrow(heads, 2, 8, 16), step, spec);
      return b.get(heads);
    });
  }
}

class CudaWeightTypes : public DeviceTestWith<DataType> {};

TEST_P(CudaWeightTypes, Embedding) {
  const StoredTensor table = varied_weight(GetParam(), 40, 512, 7);
  expect_same_on_both([&](const Bench& b) {
    const Tensor out = b.empty({5, 512});
    b->embed(out, b->load_weight(table), b.put<std::int32_t>({39, 0, 7, 7, 20}, {5}));
    return b.get(out);
  });
}

TEST_P(CudaWeightTypes, Vectors) {
  const StoredTensor stored = varied_weight(GetParam(), 1, 256, 8);
  expect_same_on_both([&](const Bench& b) { return b.get(b->load_vector(stored)); });
}

INSTANTIATE_TEST_SUITE_P(Types, CudaWeightTypes, testing::ValuesIn(weight_types()),
                         [](const testing::TestParamInfo<DataType>& type) {
                           return type_info(type.param).name;
                         });

TEST_F(CudaRows, WhatKernelsFindWrongIsAnErrorOfWait) {
  const std::unique_ptr<Backend> backend = make_tested_backend({});
  const Bench b{*backend};
  const auto error_of = [&](const auto& queue) {
    queue();
    try {
      backend->wait();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  const WeightHandle table = b->load_weight(varied_weight(DataType::f32, 8, 32, 1));
  EXPECT_EQ(error_of([&] {
              b->embed(b.empty({2, 32}), table, b.put<std::int32_t>({1, 8}, {2}));
            }),
            "embed: token id 8 is outside the embedding table");
  EXPECT_EQ(error_of([&] {
              b->gather_rows(b.empty({1, 4}), b.empty({3, 4}), b.put<std::int32_t>({-2}, {1}));
            }),
            "gather_rows: row -2 is not one of the input's");
  EXPECT_EQ(error_of([] {}), "none") << "a fault is told once";
}

TEST_F(CudaRows, ShapesThatDoNotFitNameTheOperationAndTheShapes) {
  const std::unique_ptr<Backend> backend = make_tested_backend({});
  const Bench b{*backend};
  try {
    b->add(b.empty({2, 3}), b.empty({2, 3}), b.empty({2, 4}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "add: output [2, 3], left [2, 3], right [2, 4] do not fit together");
  }
  Tensor beyond = b.empty({2, 3});
  beyond.shape[0] = 3;
  try {
    b->add(beyond, beyond, beyond);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "add output: f32 [3, 3] at byte 0 reaches beyond its buffer of 24 bytes");
  }
}

}  // namespace
}  // namespace reckon::kernels::test
