// Gated products, routed experts, embedding rows, slices and refused input.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "kernels/cpu/linear/linear.h"
#include "tests/kernels/linear/weights.h"

namespace reckon::kernels::cpu {
namespace {

using test::kAllTypes;
using test::random_floats;
using test::random_weight;

std::vector<CpuPath> paths() {
  std::vector<CpuPath> found;
  for (const CpuPath path : kCpuPaths) {
    if (path_available(path)) found.push_back(path);
  }
  return found;
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

struct Held {
  std::unique_ptr<test::TestWeight> data;
  std::unique_ptr<LinearWeight> weight;
};

Held hold(DataType type, std::int64_t rows, std::int64_t columns, unsigned seed, LinearOptions options = {}) {
  Held held;
  held.data = random_weight(type, rows, columns, seed);
  held.weight = LinearWeight::make(held.data->stored, options);
  return held;
}

std::vector<float> linear(LinearRunner& runner, const LinearWeight& weight, const std::vector<float>& input,
                          std::int64_t tokens) {
  std::vector<float> out(static_cast<std::size_t>(tokens * weight.rows()));
  const LinearTask task{&weight, {out.data(), tokens, weight.rows(), weight.rows()}, nullptr};
  runner.linear({&task, 1}, {input.data(), tokens, weight.columns(), weight.columns()});
  return out;
}

TEST(GatedLinear, IsTheActivatedGateTimesUp) {
  for (const DataType type : {DataType::f32, DataType::fp8_e4m3, DataType::q4_1, DataType::q6_k}) {
    const Held gate = hold(type, 37, 256, 1);
    const Held up = hold(DataType::q8_0, 37, 256, 2);  // the two may be stored differently
    auto input = random_floats(5 * 256, 3, 0.05F);
    for (const CpuPath path : paths()) {
      ThreadPool pool(2);
      LinearRunner runner(pool, path);
      const auto g = linear(runner, *gate.weight, input, 5);
      const auto u = linear(runner, *up.weight, input, 5);
      for (const Activation activation : {Activation::silu, Activation::gelu_tanh}) {
        std::vector<float> got(5 * 40, 9.0F);
        runner.gated_linear({got.data(), 5, 37, 40}, {input.data(), 5, 256, 256}, *gate.weight, *up.weight,
                            activation);
        for (std::size_t t = 0; t < 5; ++t) {
          for (std::size_t r = 0; r < 37; ++r) {
            const double x = static_cast<double>(g[t * 37 + r]);
            const double inner = std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x);
            const double activated = activation == Activation::silu ? x / (1.0 + std::exp(-x))
                                                                    : 0.5 * x * (1.0 + std::tanh(inner));
            const double expected = activated * static_cast<double>(u[t * 37 + r]);
            EXPECT_NEAR(static_cast<double>(got[t * 40 + r]), expected, 3e-6 * std::fabs(expected) + 1e-6);
          }
          EXPECT_EQ(got[t * 40 + 37], 9.0F);
        }
      }
    }
  }
}

TEST(Linear, TasksOfDifferentTypesShareOneInput) {
  const Held a = hold(DataType::q4_k, 33, 512, 4);
  const Held b = hold(DataType::fp8_e4m3, 20, 512, 5);
  const Held c = hold(DataType::bf16, 1, 512, 6);
  const auto input = random_floats(7 * 512, 7);
  ThreadPool pool(2);
  LinearRunner runner(pool, path_from(""));
  std::vector<float> out(7 * 54);
  const LinearTask tasks[] = {{a.weight.get(), {out.data(), 7, 33, 54}, nullptr},
                              {b.weight.get(), {out.data() + 33, 7, 20, 54}, nullptr},
                              {c.weight.get(), {out.data() + 53, 7, 1, 54}, nullptr}};
  runner.linear(tasks, {input.data(), 7, 512, 512});
  std::int64_t first = 0;
  for (const Held* held : {&a, &b, &c}) {
    const auto alone = linear(runner, *held->weight, input, 7);
    const std::int64_t rows = held->weight->rows();
    for (std::int64_t t = 0; t < 7; ++t)
      EXPECT_EQ(std::memcmp(out.data() + t * 54 + first, alone.data() + t * rows,
                            static_cast<std::size_t>(rows) * 4),
                0);
    first += rows;
  }
}

TEST(Linear, NoTokensIsNoWork) {
  const Held a = hold(DataType::q4_0, 16, 32, 4);
  ThreadPool pool(1);
  LinearRunner runner(pool, CpuPath::portable);
  EXPECT_TRUE(linear(runner, *a.weight, {}, 0).empty());
}

// --- Experts

struct ExpertLayer {
  std::vector<Held> held;
  std::vector<const LinearWeight*> gate, up, down;
  ExpertTables tables() const { return {gate, up, down}; }
};

ExpertLayer expert_layer(DataType type, int experts, std::int64_t inner, std::int64_t width) {
  ExpertLayer layer;
  for (int e = 0; e < experts; ++e) {
    const auto seed = static_cast<unsigned>(e) * 3;
    layer.held.push_back(hold(type, inner, width, seed));
    layer.held.push_back(hold(type, inner, width, seed + 1));
    layer.held.push_back(hold(type, width, inner, seed + 2));
  }
  for (std::size_t e = 0; e < static_cast<std::size_t>(experts); ++e) {
    layer.gate.push_back(layer.held[e * 3].weight.get());
    layer.up.push_back(layer.held[e * 3 + 1].weight.get());
    layer.down.push_back(layer.held[e * 3 + 2].weight.get());
  }
  return layer;
}

// One token, one expert after another, through the plain products.
std::vector<float> experts_by_hand(LinearRunner& runner, const ExpertLayer& layer,
                                   const std::vector<float>& x, std::vector<float> out,
                                   const std::int32_t* chosen, const float* weights, int top_k) {
  std::vector<int> order(static_cast<std::size_t>(top_k));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return chosen[a] < chosen[b]; });
  for (const int j : order) {
    const auto e = static_cast<std::size_t>(chosen[j]);
    std::vector<float> hidden(static_cast<std::size_t>(layer.gate[e]->rows()));
    runner.gated_linear({hidden.data(), 1, layer.gate[e]->rows(), layer.gate[e]->rows()},
                        {x.data(), 1, layer.gate[e]->columns(), layer.gate[e]->columns()}, *layer.gate[e],
                        *layer.up[e], Activation::silu);
    const auto y = linear(runner, *layer.down[e], hidden, 1);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::fma(weights[j], y[i], out[i]);
  }
  return out;
}

TEST(Experts, GroupedIsTheSameAsOneByOne) {
  constexpr int kExperts = 8;
  constexpr int kTopK = 3;
  for (const DataType type : {DataType::f32, DataType::fp8_e4m3, DataType::q4_0, DataType::q8_0}) {
    const ExpertLayer layer = expert_layer(type, kExperts, 64, 96);
    for (const std::int64_t tokens : {1, 2, 5, 40}) {
      for (const int pattern : {0, 1, 2}) {  // spread, all to the same, some experts without tokens
        std::vector<std::int32_t> chosen;
        for (std::int64_t t = 0; t < tokens; ++t) {
          for (int j = 0; j < kTopK; ++j) {
            const std::int64_t spread = (t * 5 + j * 3 + 1) % kExperts;
            chosen.push_back(static_cast<std::int32_t>(pattern == 0   ? spread
                                                       : pattern == 1 ? 6 - 2 * j
                                                                      : spread / 2));
          }
          if (pattern == 2) {  // keep the choices of a token different
            auto* own = chosen.data() + t * kTopK;
            own[1] = (own[0] + 1) % 4;
            own[2] = (own[0] + 2) % 4;
          }
        }
        const auto weights = random_floats(tokens * kTopK, 30);
        const auto input = random_floats(tokens * 100, 31);
        const auto before = random_floats(tokens * 100, 32);
        for (const CpuPath path : paths()) {
          ThreadPool alone(1);
          LinearRunner one_by_one(alone, path);
          for (const int threads : {1, 3}) {
            ThreadPool pool(threads);
            LinearRunner runner(pool, path);
            auto out = before;
            runner.experts({out.data(), tokens, 96, 100}, {input.data(), tokens, 96, 100}, chosen.data(),
                           weights.data(), kTopK, layer.tables());
            for (std::int64_t t = 0; t < tokens; ++t) {
              const std::vector<float> x(input.begin() + t * 100, input.begin() + t * 100 + 96);
              const std::vector<float> was(before.begin() + t * 100, before.begin() + t * 100 + 96);
              const auto expected = experts_by_hand(one_by_one, layer, x, was, chosen.data() + t * kTopK,
                                                    weights.data() + t * kTopK, kTopK);
              ASSERT_EQ(std::memcmp(out.data() + t * 100, expected.data(), 96 * 4), 0)
                  << type_info(type).name << " " << path_name(path) << " tokens " << tokens << " pattern "
                  << pattern << " token " << t;
              ASSERT_EQ(out[static_cast<std::size_t>(t * 100 + 97)],
                        before[static_cast<std::size_t>(t * 100 + 97)]);
            }
          }
        }
      }
    }
  }
}

TEST(Experts, RefusesAnExpertThatDoesNotExist) {
  const ExpertLayer layer = expert_layer(DataType::f32, 4, 16, 16);
  ThreadPool pool(1);
  LinearRunner runner(pool, CpuPath::portable);
  std::vector<float> x(32);
  std::vector<float> out(32);
  const float weights[] = {1, 1, 1, 1};
  for (const std::int32_t bad : {4, -1}) {
    const std::int32_t chosen[] = {0, 1, 2, bad};
    const std::string message = message_of([&] {
      runner.experts({out.data(), 2, 16, 16}, {x.data(), 2, 16, 16}, chosen, weights, 2, layer.tables());
    });
    EXPECT_NE(message.find("choice 1 of token 1 is expert " + std::to_string(bad) + " of 4"),
              std::string::npos)
        << message;
  }
}

// --- Embedding

TEST(Embed, TakesRowsOfEveryType) {
  for (const DataType type : kAllTypes) {
    for (const bool repack : {true, false}) {
      const Held table = hold(type, 50, 256, 8, {.repack = repack});
      std::vector<float> all(50 * 256);
      table.weight->dequantise(0, 50, all.data());
      std::vector<std::int32_t> ids;
      for (int i = 0; i < 60; ++i) ids.push_back(i * 7 % 50);
      ThreadPool pool(2);
      LinearRunner runner(pool, path_from(""));
      std::vector<float> out(60 * 260, 5.0F);
      runner.embed({out.data(), 60, 256, 260}, *table.weight, ids.data());
      for (std::size_t i = 0; i < 60; ++i) {
        EXPECT_EQ(std::memcmp(out.data() + i * 260, all.data() + ids[i] * 256, 256 * 4), 0)
            << type_info(type).name;
        EXPECT_EQ(out[i * 260 + 256], 5.0F);
      }
      ids[3] = 50;
      EXPECT_NE(message_of([&] {
                  runner.embed({out.data(), 60, 256, 260}, *table.weight, ids.data());
                }).find("token id 50 is outside test."),
                std::string::npos);
    }
  }
}

// --- Slices

TEST(Slices, OfRowsAndColumnsMakeUpTheWhole) {
  for (const DataType type : kAllTypes) {
    const auto whole = random_weight(type, 256, 512, 40);
    const auto held = LinearWeight::make(whole->stored, {});
    std::vector<float> values(256 * 512);
    held->dequantise(0, 256, values.data());
    for (const std::int32_t index : {0, 1}) {
      const auto rows = LinearWeight::make(slice_stored(whole->stored, {Shard::Axis::rows, index, 2}), {});
      ASSERT_EQ(rows->rows(), 128);
      std::vector<float> part(128 * 512);
      rows->dequantise(0, 128, part.data());
      EXPECT_EQ(std::memcmp(part.data(), values.data() + index * 128 * 512, part.size() * 4), 0)
          << type_info(type).name;
      const auto columns =
          LinearWeight::make(slice_stored(whole->stored, {Shard::Axis::columns, index, 2}), {});
      ASSERT_EQ(columns->columns(), 256);
      part.resize(256 * 256);
      columns->dequantise(0, 256, part.data());
      for (std::size_t r = 0; r < 256; ++r)
        EXPECT_EQ(std::memcmp(part.data() + r * 256,
                              values.data() + r * 512 + static_cast<std::size_t>(index) * 256, 256 * 4),
                  0);
    }
  }
  const auto k = random_weight(DataType::q4_k, 4, 512, 41);
  EXPECT_NE(message_of([&] {
              slice_stored(k->stored, {Shard::Axis::columns, 0, 4});
            }).find("whole blocks of 256"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              slice_stored(k->stored, {Shard::Axis::rows, 2, 2});
            }).find("no slice 2 of 2"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              slice_stored(k->stored, {Shard::Axis::rows, 0, 3});
            }).find("cannot be cut into 3"),
            std::string::npos);
}

// --- FP8 scale blocks

TEST(Fp8, ScaleBlocksOfAnySizeAndPartialBlocks) {
  for (const std::int32_t block : {16, 48, 64, 128, 256}) {
    for (const std::int64_t columns : {100, 128, 300}) {
      const auto weight = random_weight(DataType::fp8_e4m3, 67, columns, 50, block);
      const auto held = LinearWeight::make(weight->stored, {});
      const auto input = random_floats(3 * columns, 51);
      const auto expected =
          test::reference_product(*held, ActivationPrecision::by_weight, input.data(), 3, columns);
      std::vector<float> first;
      for (const CpuPath path : paths()) {
        ThreadPool pool(1);
        LinearRunner runner(pool, path);
        const auto got = linear(runner, *held, input, 3);
        for (std::size_t i = 0; i < got.size(); ++i)
          ASSERT_NEAR(static_cast<double>(got[i]), expected.value[i], 2e-6 * expected.size[i]);
        if (first.empty()) first = got;
        EXPECT_EQ(std::memcmp(first.data(), got.data(), got.size() * 4), 0) << path_name(path);
      }
    }
  }
}

// --- Refused

TEST(Refused, ByNameAndPlace) {
  const auto make = [](const StoredTensor& stored) {
    return message_of([&] { LinearWeight::make(stored, {}); });
  };
  auto weight = random_weight(DataType::q4_k, 4, 256, 60);
  StoredTensor bad = weight->stored;
  bad.columns = 128;
  EXPECT_NE(make(bad).find("test.q4_k: 128 columns are not whole blocks of 256"), std::string::npos)
      << make(bad);
  bad = weight->stored;
  bad.rows = 5;
  EXPECT_NE(make(bad).find("take 720 bytes, but 576 are stored"), std::string::npos) << make(bad);
  bad = weight->stored;
  bad.rows = 0;
  EXPECT_NE(make(bad).find("shape [0, 256]"), std::string::npos) << make(bad);
  bad = weight->stored;
  bad.rows = std::int64_t{1} << 62;
  EXPECT_NE(make(bad).find("is not that of a matrix"), std::string::npos) << make(bad);
  bad = weight->stored;
  bad.type = DataType::i32;
  EXPECT_NE(make(bad).find("type i32 cannot be multiplied"), std::string::npos) << make(bad);

  auto fp8 = random_weight(DataType::fp8_e4m3, 130, 130, 61);
  EXPECT_EQ(make(fp8->stored), "no error");
  bad = fp8->stored;
  bad.scales = bad.scales.subspan(1);
  EXPECT_NE(make(bad).find("needs 4 scales, but 3 are stored"), std::string::npos) << make(bad);
  bad = fp8->stored;
  bad.scale_block_columns = 40;
  EXPECT_NE(make(bad).find("multiple of 16"), std::string::npos) << make(bad);
  fp8->scales[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(make(fp8->stored).find("scale 2 of 4 is not a finite number"), std::string::npos);
}

TEST(Refused, ShapesThatDoNotFit) {
  const Held a = hold(DataType::f32, 8, 32, 62);
  ThreadPool pool(1);
  LinearRunner runner(pool, CpuPath::portable);
  std::vector<float> space(1024);
  const auto run = [&](const Rows& out, const ConstRows& in) {
    const LinearTask task{a.weight.get(), out, nullptr};
    return message_of([&] { runner.linear({&task, 1}, in); });
  };
  EXPECT_NE(run({space.data(), 2, 8, 8}, {space.data(), 2, 31, 31}).find("does not fit test.f32 [8, 32]"),
            std::string::npos);
  EXPECT_NE(run({space.data(), 2, 7, 8}, {space.data(), 2, 32, 32}).find("output [2, 7]"), std::string::npos);
  EXPECT_NE(run({space.data(), 2, 8, 7}, {space.data(), 2, 32, 32}).find("stride 7"), std::string::npos);
  EXPECT_NE(run({space.data(), 3, 8, 8}, {space.data(), 2, 32, 32}).find("2 tokens"), std::string::npos);
}

TEST(Linear, WeightsOnOddAddressesAreCopied) {
  const auto weight = random_weight(DataType::f32, 6, 40, 63);
  std::vector<std::byte> shifted(weight->data.size() + 1);
  std::memcpy(shifted.data() + 1, weight->data.data(), weight->data.size());
  StoredTensor odd = weight->stored;
  odd.data = {shifted.data() + 1, weight->data.size()};
  const auto even_weight = LinearWeight::make(weight->stored, {});
  const auto odd_weight = LinearWeight::make(odd, {});
  EXPECT_EQ(odd_weight->repacked_bytes(), 960U);
  EXPECT_EQ(even_weight->repacked_bytes(), 0U);
  const auto input = random_floats(40, 64);
  ThreadPool pool(1);
  LinearRunner runner(pool, path_from(""));
  EXPECT_EQ(linear(runner, *odd_weight, input, 1), linear(runner, *even_weight, input, 1));
}

TEST(Linear, RepackingStaysWithinItsLimit) {
  const auto weight = random_weight(DataType::q8_0, 64, 64, 65);
  EXPECT_EQ(LinearWeight::make(weight->stored, {.repack_limit_bytes = 4351})->repacked_bytes(), 0U);
  EXPECT_EQ(LinearWeight::make(weight->stored, {.repack_limit_bytes = 4352})->repacked_bytes(), 4352U);
  EXPECT_EQ(weight->data.size(), 4352U);
}

}  // namespace
}  // namespace reckon::kernels::cpu
