// Products with every weight type against the CPU back end, bit for bit.
#include <limits>

#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"

namespace reckon::kernels::test {
namespace {

/// A type, and whether activations stay exact.
class CudaProducts : public DeviceTestWith<std::tuple<DataType, bool>> {
 protected:
  DataType type() const { return std::get<0>(GetParam()); }
  bool exact() const { return std::get<1>(GetParam()); }
  /// FP8 is multiplied on tensor cores where the device has such, in another order.
  float tolerance() const {
    return !exact() && type() == DataType::fp8_e4m3 && multiplies_fp8() ? 1e-3F : 0.0F;
  }
  /// A number of columns that the type takes, near `columns`.
  std::int64_t columns_near(std::int64_t columns) const {
    const std::int64_t block = type_info(type()).block_elements;
    return (columns + block - 1) / block * block;
  }
};

TEST_P(CudaProducts, LinearWithBiasOfEverySize) {
  struct Shape {
    std::int64_t tokens, rows, columns;
  };
  for (const Shape shape :
       {Shape{1, 1, 1}, Shape{1, 5, 300}, Shape{1, 9, 296}, Shape{7, 17, 96}, Shape{19, 33, 130}}) {
    const std::int64_t columns = columns_near(shape.columns);
    const StoredTensor stored = varied_weight(type(), shape.rows, columns, 3);
    expect_same_on_both(
        [&](const Bench& b) {
          const Tensor out = b.empty({shape.tokens, shape.rows + 3});
          const Tensor left_out = b.empty({shape.tokens, shape.rows});
          const WeightHandle weight = b->load_weight(stored);
          const LinearOutput outputs[] = {
              {weight, narrow(out, 1, 2, shape.rows), b.noise_of({shape.rows}, 5)}, {weight, left_out, {}}};
          b->linear(outputs, b.noise_of({shape.tokens, columns}, 6, 2.0F));
          Values values = b.get(out);
          append(values, b.get(left_out));
          return values;
        },
        exact(), tolerance());
  }
}

TEST_P(CudaProducts, GatedLinear) {
  const std::int64_t columns = columns_near(160);
  for (const Activation activation : {Activation::silu, Activation::gelu_tanh}) {
    expect_same_on_both(
        [&](const Bench& b) {
          const Tensor out = b.empty({3, 20});
          b->gated_linear(out, b.noise_of({3, columns}, 2),
                          b->load_weight(varied_weight(type(), 20, columns, 8)),
                          b->load_weight(varied_weight(type(), 20, columns, 9)), activation);
          return b.get(out);
        },
        exact(), tolerance());
  }
}

TEST_P(CudaProducts, ActivationsThatAreZeroTinyOrNotFinite) {
  const std::int64_t columns = columns_near(256);
  std::vector<float> input = noise(static_cast<std::size_t>(4 * columns), 4);
  const auto row = [&](std::int64_t i) { return input.begin() + i * columns; };
  std::fill(row(0), row(1), 0.0F);
  for (auto x = row(1); x != row(2); ++x) *x *= 1e-33F;
  *(row(2) + 3) = std::numeric_limits<float>::infinity();
  *(row(3) + 200) = std::numeric_limits<float>::quiet_NaN();
  expect_same_on_both(
      [&](const Bench& b) {
        const Tensor out = b.empty({4, 6});
        const LinearOutput outputs[] = {{b->load_weight(varied_weight(type(), 6, columns, 1)), out, {}}};
        b->linear(outputs, b.put(input, {4, columns}));
        return b.get(out);
      },
      exact(), tolerance());
}

class CudaFp8 : public DeviceTest {};

TEST_F(CudaFp8, ScalesOfPowersOfTwo) {
  StoredTensor stored = varied_weight(DataType::fp8_e4m3, 9, 300, 1);
  stored.activation_scales_power_of_two = true;
  expect_same_on_both(
      [&](const Bench& b) {
        const Tensor out = b.empty({3, 9});
        const LinearOutput outputs[] = {{b->load_weight(stored), out, {}}};
        b->linear(outputs, b.noise_of({3, 300}, 2));
        return b.get(out);
      },
      false);
}

TEST_P(CudaProducts, Experts) {
  const std::int64_t width = columns_near(64);
  const std::int64_t inner = columns_near(48);
  constexpr std::int32_t kExperts = 5;
  // None chosen by anyone, one chosen by all, a choice made twice by one token.
  const std::vector<std::int32_t> all_on_one = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
  std::vector<std::int32_t> mixed;
  for (std::int32_t t = 0; t < 10; ++t) {
    mixed.push_back((t * 7 + 4) % kExperts);
    mixed.push_back(t == 6 ? mixed.back() : (t * 3) % 4);
  }
  const auto run = [&](const std::vector<std::int32_t>& chosen, std::int64_t top_k) {
    const std::int64_t tokens = static_cast<std::int64_t>(chosen.size()) / top_k;
    expect_same_on_both(
        [&](const Bench& b) {
          ExpertWeights experts;
          for (std::uint32_t e = 0; e < kExperts; ++e) {
            experts.gate.push_back(b->load_weight(varied_weight(type(), inner, width, 10 + e)));
            experts.up.push_back(b->load_weight(varied_weight(type(), inner, width, 20 + e)));
            experts.down.push_back(b->load_weight(varied_weight(type(), width, inner, 30 + e)));
          }
          const Tensor out = b.noise_of({tokens, width}, 3);
          b->experts(out, b.noise_of({tokens, width}, 4), b.put(chosen, {tokens, top_k}),
                     b.noise_of({tokens, top_k}, 5), experts);
          return b.get(out);
        },
        exact(), tolerance());
  };
  run(all_on_one, 1);
  run(mixed, 2);
  run({2}, 1);
  run({4, 0, 4}, 3);
}

std::vector<std::tuple<DataType, bool>> forms() {
  std::vector<std::tuple<DataType, bool>> all;
  for (const DataType type : weight_types()) {
    all.emplace_back(type, true);
    if (is_quantised(type) || type == DataType::fp8_e4m3) all.emplace_back(type, false);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Types, CudaProducts, testing::ValuesIn(forms()),
                         [](const testing::TestParamInfo<std::tuple<DataType, bool>>& form) {
                           return std::string(type_info(std::get<0>(form.param)).name) +
                                  (std::get<1>(form.param) ? "_exact" : "_quantised");
                         });

}  // namespace
}  // namespace reckon::kernels::test
