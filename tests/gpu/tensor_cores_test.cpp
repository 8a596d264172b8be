// Products and latent attention on tensor cores: against the CPU back end within what rounding to 16 bits
// costs, and bit for bit against themselves, whatever else is in the batch.
#include <algorithm>
#include <bit>
#include <limits>

#include <gmock/gmock.h>

#include "base/error.h"
#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"
#include "tests/kernels/cache_groups.h"

namespace reckon::kernels::test {
namespace {

struct ProductShape {
  std::int64_t tokens, rows, columns;
};

/// What multiplies which weights: mma, or the wgmma of warp groups.
struct Products {
  DataType type = DataType::bf16;
  bool by_warp_groups = false;
};

class TensorCores : public DeviceTestWith<Products> {
 protected:
  void SetUp() override {
    DeviceTestWith<Products>::SetUp();
    if (IsSkipped()) return;
    use_fp8_device(true);
    if (type() == DataType::fp8_e4m3 && !multiplies_fp8()) GTEST_SKIP() << "the device has no FP8 products";
    if (GetParam().by_warp_groups && !has_warp_groups()) GTEST_SKIP() << "the device has no wgmma";
  }
  void TearDown() override { use_fp8_device(false); }

  static DataType type() { return GetParam().type; }
  static std::unique_ptr<Backend> tested() {
    BackendOptions options;
    options.warp_groups = GetParam().by_warp_groups;
    return make_tested_backend(options);
  }
  /// One token and more than a tile of them, rows and columns that fill no tile.
  static std::vector<ProductShape> shapes() {
    std::vector<ProductShape> all = {{1, 1, 16},    {1, 64, 64},   {3, 17, 48},
                                     {9, 130, 144}, {70, 33, 272}, {65, 129, 80}};
    if (GetParam().by_warp_groups) all.insert(all.end(), {{17, 160, 400}, {129, 7, 128}});
    return all;
  }
  /// Between results of one product: how the hardware adds up within a step is its own, and sums of FP8 keep
  /// fewer bits there than float32 has.
  static float tolerance() {
    return on_a_card() && type() == DataType::fp8_e4m3 && GetParam().by_warp_groups ? 1e-3F : 2e-5F;
  }
};

Values round_to_bf16(Values values) {
  for (float& value : values) {
    auto bits = std::bit_cast<std::uint32_t>(value);
    bits = (bits + 0x7fffU + (bits >> 16U & 1U)) & 0xffff0000U;
    value = std::bit_cast<float>(bits);
  }
  return values;
}

/// Inputs that BF16 holds exactly, so that both back ends multiply the same numbers.
Tensor input_of(const Bench& b, const ProductShape& shape, std::uint32_t seed) {
  return b.put(round_to_bf16(noise(static_cast<std::size_t>(shape.tokens * shape.columns), seed)),
               {shape.tokens, shape.columns});
}

Values multiply(const Bench& b, const StoredTensor& stored, const Tensor& input, bool with_bias) {
  const Tensor out = b.empty({input.dim(0), stored.rows});
  const LinearOutput outputs[] = {
      {b->load_weight(stored), out, with_bias ? b.noise_of({stored.rows}, 5) : Tensor{}}};
  b->linear(outputs, input);
  return b.get(out);
}

TEST_P(TensorCores, ProductsAgreeWithTheCpu) {
  const auto cpu = make_cpu_backend({});
  const auto cuda = tested();
  for (const ProductShape& shape : shapes()) {
    SCOPED_TRACE(testing::Message() << shape.tokens << " tokens, " << shape.columns << "x" << shape.rows);
    const StoredTensor stored = varied_weight(type(), shape.rows, shape.columns, 3);
    const auto run = [&](Backend& backend) {
      const Bench b{backend};
      return multiply(b, stored, input_of(b, shape, 7), shape.tokens > 1);
    };
    expect_close(run(*cuda), run(*cpu), tolerance());
  }
}

TEST_P(TensorCores, ATokenDoesNotSeeItsBatch) {
  const auto cuda = tested();
  const Bench b{*cuda};
  for (const ProductShape& shape : {ProductShape{70, 33, 272}, ProductShape{9, 130, 144}}) {
    const StoredTensor stored = varied_weight(type(), shape.rows, shape.columns, 3);
    const Tensor input = input_of(b, shape, 7);
    const Values all = multiply(b, stored, input, false);
    for (const auto& [first, count] : {std::pair{0, 1}, std::pair{5, 3}, std::pair{1, 8}}) {
      const Values some = multiply(b, stored, narrow(input, 0, first, count), false);
      expect_same_bits(some,
                       Values(all.begin() + first * shape.rows, all.begin() + (first + count) * shape.rows));
    }
  }
}

TEST_P(TensorCores, ExpertsAreTheProductsOfTheirTokens) {
  constexpr std::int32_t kExperts = 4;
  constexpr std::int64_t kWidth = 64;
  constexpr std::int64_t kInner = 48;
  const auto cuda = tested();
  const Bench b{*cuda};
  ExpertWeights experts;
  for (std::uint32_t e = 0; e < kExperts; ++e) {
    experts.gate.push_back(b->load_weight(varied_weight(type(), kInner, kWidth, 10 + e)));
    experts.up.push_back(b->load_weight(varied_weight(type(), kInner, kWidth, 20 + e)));
    experts.down.push_back(b->load_weight(varied_weight(type(), kWidth, kInner, 30 + e)));
  }
  // One taking all of a long step, one of two left empty, few tokens; with warp groups the longest tiles too.
  std::vector<std::vector<std::int32_t>> cases = {
      std::vector<std::int32_t>(150, 2), {0, 3, 1, 3, 0, 0, 3, 1, 1}, {1}};
  if (GetParam().by_warp_groups) cases.emplace_back(on_a_card() ? 70'000 : 2100, 1);
  for (const std::vector<std::int32_t>& chosen : cases) {
    const auto tokens = static_cast<std::int64_t>(chosen.size());
    SCOPED_TRACE(tokens);
    const Tensor input = b.noise_of({tokens, kWidth}, 4);
    const Tensor output = b.empty({tokens, kWidth});
    const Tensor shares = b.put(Values(chosen.size(), 1.0F), {tokens, 1});
    b->experts(output, input, b.put(chosen, {tokens, 1}), shares, experts);
    const Values all = b.get(output);
    for (const std::int64_t t : {std::int64_t{0}, tokens / 2, tokens - 1}) {
      const auto e = static_cast<std::size_t>(chosen[static_cast<std::size_t>(t)]);
      const Tensor hidden = b.empty({1, kInner});
      const Tensor alone = b.empty({1, kWidth});
      b->gated_linear(hidden, narrow(input, 0, t, 1), experts.gate[e], experts.up[e], Activation::silu);
      const LinearOutput down[] = {{experts.down[e], alone, {}}};
      b->linear(down, hidden);
      expect_same_bits(Values(all.begin() + t * kWidth, all.begin() + (t + 1) * kWidth), b.get(alone));
    }
  }
}

TEST_P(TensorCores, ValuesThatAreNotFiniteStayWhereTheyAre) {
  const auto cuda = tested();
  const Bench b{*cuda};
  Values input = noise(3 * 64, 1);
  input[64 + 5] = std::numeric_limits<float>::quiet_NaN();
  const Values out = multiply(b, varied_weight(type(), 20, 64, 2), b.put(input, {3, 64}), false);
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(std::isnan(out[i]), i / 20 == 1) << i;
}

TEST_P(TensorCores, LargeValuesStayFinite) {
  const auto cuda = tested();
  const Bench b{*cuda};
  for (const float large : {1e5F, -1e6F}) {
    const Tensor input = b.put(Values(64, large), {1, 64});
    for (const float value : multiply(b, varied_weight(type(), 4, 64, 2), input, false))
      EXPECT_EQ(std::isfinite(value), true) << large;
  }
}

TEST_P(TensorCores, LongAndShortTilesGiveTheSameBits) {
  const auto cuda = tested();
  const Bench b{*cuda};
  // So many rows and tokens that the longest tiles are taken; rows and tokens that fill none.
  const ProductShape shape{513, on_a_card() ? 8200 : 133, 160};
  const StoredTensor stored = varied_weight(type(), shape.rows, shape.columns, 3);
  const Tensor input = input_of(b, shape, 7);
  const Values all = multiply(b, stored, input, false);
  for (const std::int64_t count : {1, 17, 129}) {
    const std::int64_t first = shape.tokens - count;
    expect_same_bits(multiply(b, stored, narrow(input, 0, first, count), false),
                     Values(all.begin() + first * shape.rows, all.end()));
  }
}

class WarpGroups : public DeviceTest {};

TEST_F(WarpGroups, ADeviceThatHasNoneIsRefusedWithTheRemedy) {
  if (has_warp_groups()) GTEST_SKIP() << "the device has them";
  BackendOptions options;
  options.warp_groups = true;
  try {
    make_tested_backend(options);
    FAIL() << "it has no wgmma";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("tensor_cores=wgmma"), testing::HasSubstr("90a"),
                               testing::HasSubstr("leave tensor_cores=wgmma out")));
  }
}

INSTANTIATE_TEST_SUITE_P(Types, TensorCores,
                         testing::Values(Products{DataType::bf16}, Products{DataType::f16},
                                         Products{DataType::fp8_e4m3}, Products{DataType::bf16, true},
                                         Products{DataType::f16, true}, Products{DataType::fp8_e4m3, true}),
                         [](const testing::TestParamInfo<Products>& products) {
                           return std::string(type_info(products.param.type).name) +
                                  (products.param.by_warp_groups ? "_wgmma" : "");
                         });

struct Decode {
  MlaSpec spec;
  DataType cache = DataType::f16;
  std::vector<std::int32_t> before;  ///< tokens of each sequence in the cache; one is generated
};

/// Results of the generated tokens, sequence by sequence.
Values decode(Backend& backend, const Decode& item, const std::vector<std::size_t>& sequences) {
  const Bench b{backend};
  constexpr std::int32_t kPageTokens = 16;
  const KvGroupSpec group = latent_cache_group(item.spec, item.cache);
  std::int32_t pages = 0;
  for (const std::size_t s : sequences) pages += item.before[s] / kPageTokens + 1;
  const KvLayer layer{b->create_kv_cache({{group}, kPageTokens, pages}), 0, 0};
  const MlaWeightHandle weight = b->load_mla_weight(
      varied_weight(DataType::f32, std::int64_t{item.spec.heads} * (item.spec.nope_dim + item.spec.value_dim),
                    item.spec.latent_dim, 3),
      item.spec);
  RaggedBatch now;
  std::vector<float> queries;
  std::int32_t page = pages;
  for (const std::size_t s : sequences) {
    const std::int32_t before = item.before[s];
    RaggedBatch earlier;
    std::vector<std::int32_t> own;
    for (std::int32_t i = 0; i <= before / kPageTokens; ++i) own.push_back(--page);
    for (std::int32_t i = 0; i <= before; ++i) {
      earlier.token_ids.push_back(0);
      earlier.positions.push_back(i);
      earlier.roles.push_back(TokenRole::prompt);
    }
    earlier.sequences.push_back({0, before + 1, 0, own});
    const StepTensors step = b->begin_step(earlier);
    const auto seed = static_cast<std::uint32_t>(100 + s);
    b->write_kv(layer, step, b.noise_of({step.tokens, 1, group.key_dim}, seed), {});
    b->wait();
    now.sequences.push_back({static_cast<std::int32_t>(now.token_ids.size()), 1, before, own});
    now.token_ids.push_back(0);
    now.positions.push_back(before);
    now.roles.push_back(TokenRole::generated);
    const std::int64_t width = std::int64_t{item.spec.heads} * (item.spec.nope_dim + item.spec.rope_dim);
    append(queries, noise(static_cast<std::size_t>(width), seed + 50));
  }
  const StepTensors step = b->begin_step(now);
  const Tensor out = b.empty({step.tokens, item.spec.heads, item.spec.value_dim});
  b->mla_attention(
      out,
      b.put(queries, {step.tokens, item.spec.heads, std::int64_t{item.spec.nope_dim} + item.spec.rope_dim}),
      layer, step, weight);
  Values values = b.get(out);
  b->release_kv_cache(layer.cache);
  return values;
}

/// Results of `lengths[s]` prompt tokens behind `before[s]` earlier ones, sequence by sequence, computed at
/// most `chunk` tokens of each at a time.
std::vector<Values> prefill(Backend& backend, const Decode& item, const std::vector<std::int32_t>& lengths,
                            std::int32_t chunk) {
  const Bench b{backend};
  constexpr std::int32_t kPageTokens = 16;
  const MlaSpec& spec = item.spec;
  const KvGroupSpec group = latent_cache_group(spec, item.cache);
  std::vector<std::vector<std::int32_t>> pages(lengths.size());
  std::int32_t next_page = 0;
  std::int32_t longest = 0;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    for (std::int32_t i = 0; i < item.before[s] + lengths[s]; i += kPageTokens)
      pages[s].insert(pages[s].begin(), next_page++);
    longest = std::max(longest, lengths[s]);
  }
  const KvLayer layer{b->create_kv_cache({{group}, kPageTokens, next_page}), 0, 0};
  const std::int64_t query_width = std::int64_t{spec.nope_dim} + spec.rope_dim;
  const MlaWeightHandle weight = b->load_mla_weight(
      varied_weight(DataType::f32, std::int64_t{spec.heads} * (spec.nope_dim + spec.value_dim),
                    spec.latent_dim, 3),
      spec);
  std::vector<Values> results(lengths.size());
  const auto run = [&](std::int32_t offset, bool earlier) {
    RaggedBatch batch;
    Values keys;
    Values queries;
    std::vector<std::int32_t> counts;
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      const std::int32_t first = earlier ? 0 : item.before[s] + offset;
      const std::int32_t left = earlier ? item.before[s] : item.before[s] + lengths[s] - first;
      counts.push_back(std::clamp(left, 0, earlier ? left : chunk));
      if (counts.back() == 0) continue;
      batch.sequences.push_back(
          {static_cast<std::int32_t>(batch.token_ids.size()), counts.back(), first, pages[s]});
      for (std::int32_t p = first; p < first + counts.back(); ++p) {
        batch.token_ids.push_back(0);
        batch.positions.push_back(p);
        batch.roles.push_back(TokenRole::prompt);
        const auto seed = static_cast<std::uint32_t>(1000 * s) + static_cast<std::uint32_t>(p);
        append(keys, noise(static_cast<std::size_t>(group.key_dim), 2 * seed));
        append(queries, noise(static_cast<std::size_t>(spec.heads * query_width), 2 * seed + 1));
      }
    }
    if (batch.token_ids.empty()) return;
    const StepTensors step = b->begin_step(batch);
    b->write_kv(layer, step, b.put(keys, {step.tokens, 1, group.key_dim}), {});
    if (!earlier) {
      const Tensor out = b.empty({step.tokens, spec.heads, spec.value_dim});
      b->mla_attention(out, b.put(queries, {step.tokens, spec.heads, query_width}), layer, step, weight);
      const Values values = b.get(out);
      auto at = values.begin();
      for (std::size_t s = 0; s < counts.size(); ++s) {
        const auto end = at + std::ptrdiff_t{counts[s]} * spec.heads * spec.value_dim;
        results[s].insert(results[s].end(), at, end);
        at = end;
      }
    }
    b->wait();
  };
  run(0, true);
  for (std::int32_t i = 0; i < longest; i += chunk) run(i, false);
  b->release_kv_cache(layer.cache);
  return results;
}

class LatentTensorCores : public DeviceTest {};

TEST_F(LatentTensorCores, PromptsAgreeWithTheCpu) {
  const auto cpu = make_cpu_backend({});
  const auto cuda = make_tested_backend({});
  const std::vector<std::pair<Decode, std::vector<std::int32_t>>> cases = {
      {{{3, 8, 4, 6, 20, 0.4F}, DataType::f16, {0, 0, 15, 250}}, {1, 33, 2, 12}},
      {{{2, 20, 12, 30, 24, 0.3F}, DataType::bf16, {0, 31}}, {65, 1}},
      {{{1, 128, 64, 128, 32, 0.1F}, DataType::f16, {3}}, {9}},
  };
  for (const auto& [item, lengths] : cases) {
    const std::vector<Values> found = prefill(*cuda, item, lengths, 512);
    const std::vector<Values> expected = prefill(*cpu, item, lengths, 512);
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      SCOPED_TRACE(testing::Message() << item.spec.heads << " heads, sequence " << s);
      // Queries, keys, values and weights are rounded to the cache's type: 11 or 8 bits.
      expect_close(found[s], expected[s], item.cache == DataType::f16 ? 3e-3F : 2e-2F);
    }
  }
}

TEST_F(LatentTensorCores, APromptDoesNotSeeItsChunksOrNeighbours) {
  const Decode item{{3, 8, 4, 6, 20, 0.4F}, DataType::f16, {0, 250}};
  const auto cuda = make_tested_backend({});
  const std::vector<Values> whole = prefill(*cuda, item, {40, 20}, 512);
  for (const std::int32_t chunk : {1, 7}) {
    const std::vector<Values> chunked = prefill(*cuda, item, {40, 20}, chunk);
    for (std::size_t s = 0; s < whole.size(); ++s) expect_same_bits(chunked[s], whole[s]);
  }
  const Decode first{item.spec, item.cache, {0}};
  expect_same_bits(prefill(*cuda, first, {40}, 512)[0], whole[0]);
}

TEST_F(LatentTensorCores, DecodeAgreesWithTheCpu) {
  const std::vector<Decode> cases = {
      {{3, 8, 4, 6, 20, 0.4F}, DataType::f16, {0, 15, 16, 31, 32, 100}},
      {{16, 4, 2, 4, 16, 0.5F}, DataType::bf16, {33, 255, 256}},
      {{17, 4, 4, 8, 40, 0.3F}, DataType::f16, {257, 600}},
      {{2, 16, 64, 16, 512, 0.1F}, DataType::f16, {40}},
      // More tokens than a tile, sizes that fill no stage and no block of columns.
      {{2, 40, 4, 70, 72, 0.2F}, DataType::f16, {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3}},
  };
  const auto cpu = make_cpu_backend({});
  const auto cuda = make_tested_backend({});
  for (const Decode& item : cases) {
    SCOPED_TRACE(item.spec.heads);
    std::vector<std::size_t> all(item.before.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    // Queries and weights are rounded to the cache's type: 11 or 8 bits.
    expect_close(decode(*cuda, item, all), decode(*cpu, item, all),
                 item.cache == DataType::f16 ? 2e-3F : 2e-2F);
  }
}

TEST_F(LatentTensorCores, ASequenceDoesNotSeeItsBatch) {
  const Decode item{
      {5, 8, 4, 6, 20, 0.4F}, DataType::f16, {300, 3, 64, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}};
  const auto cuda = make_tested_backend({});
  std::vector<std::size_t> together(item.before.size());
  for (std::size_t i = 0; i < together.size(); ++i) together[i] = i;
  const Values all = decode(*cuda, item, together);
  const auto row = static_cast<std::ptrdiff_t>(all.size() / together.size());
  for (const std::size_t s : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{16}}) {
    const auto first = static_cast<std::ptrdiff_t>(s) * row;
    expect_same_bits(decode(*cuda, item, {s}), Values(all.begin() + first, all.begin() + first + row));
  }
}

}  // namespace
}  // namespace reckon::kernels::test
