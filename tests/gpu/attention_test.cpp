// The KV cache and attention against the CPU back end, bit for bit.
#include <algorithm>
#include <numeric>

#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"
#include "tests/kernels/cache_groups.h"

namespace reckon::kernels::test {
namespace {

/// New tokens of one sequence after `before` earlier ones, of which `generated` (the last) are generated.
struct Part {
  std::int32_t before = 0;
  std::int32_t count = 0;
  std::int32_t generated = 0;
};

/// Two steps: the earlier tokens of every sequence, then the new ones. Pages in no order.
struct Steps {
  RaggedBatch earlier, now;
  std::int32_t pages = 0;
};

Steps make_steps(const std::vector<Part>& parts, std::int32_t page_tokens) {
  Steps steps;
  for (const Part& part : parts) steps.pages += (part.before + part.count + page_tokens - 1) / page_tokens;
  std::vector<std::int32_t> free(static_cast<std::size_t>(steps.pages));
  std::iota(free.begin(), free.end(), 0);
  std::mt19937 engine(5);
  for (std::size_t i = free.size(); i > 1; --i) std::swap(free[i - 1], free[engine() % i]);
  const auto append = [](RaggedBatch& batch, std::int32_t first, std::int32_t count, std::int32_t generated,
                         const std::vector<std::int32_t>& pages) {
    if (count == 0) return;
    SequenceSlice slice{static_cast<std::int32_t>(batch.token_ids.size()), count, first, pages};
    for (std::int32_t i = 0; i < count; ++i) {
      batch.token_ids.push_back(0);
      batch.positions.push_back(first + i);
      batch.roles.push_back(i >= count - generated ? TokenRole::generated : TokenRole::prompt);
    }
    batch.sequences.push_back(std::move(slice));
  };
  std::size_t next = 0;
  for (const Part& part : parts) {
    const auto count = static_cast<std::size_t>((part.before + part.count + page_tokens - 1) / page_tokens);
    const std::vector<std::int32_t> pages(free.begin() + static_cast<std::ptrdiff_t>(next),
                                          free.begin() + static_cast<std::ptrdiff_t>(next + count));
    next += count;
    append(steps.earlier, 0, part.before, 0, pages);
    append(steps.now, part.before, part.count, part.generated, pages);
  }
  return steps;
}

void expect_same_attention(const AttentionShape& shape, const std::vector<Part>& parts) {
  expect_same_on_both([&](const Bench& b) {
    const Steps steps = make_steps(parts, shape.page_tokens);
    const KvGroupSpec group = cache_group(shape, 2);
    const KvLayer layer{b->create_kv_cache({{group}, shape.page_tokens, steps.pages}), 0, 1};
    Values values;
    std::uint32_t seed = 1;
    for (const RaggedBatch* batch : {&steps.earlier, &steps.now}) {
      if (batch->token_ids.empty()) continue;
      const StepTensors step = b->begin_step(*batch);
      b->write_kv(layer, step, b.noise_of({step.tokens, shape.kv_heads, shape.key_dim}, seed),
                  b.noise_of({step.tokens, shape.kv_heads, shape.value_dim}, seed + 1));
      seed += 2;
      if (batch == &steps.earlier) continue;
      const Tensor out = b.empty({step.tokens, shape.heads, shape.value_dim});
      b->attention(out, b.noise_of({step.tokens, shape.heads, shape.key_dim}, seed++, 2.0F), layer, step,
                   0.3F);
      values = b.get(out);
    }
    b->release_kv_cache(layer.cache);
    return values;
  });
}

class CudaAttention : public DeviceTest {};

TEST_F(CudaAttention, PromptsThatEndAroundPagesAndCuts) {
  for (const std::int32_t length : {1, 7, 8, 9, 33})
    expect_same_attention({4, 2, 20, 12, 0, DataType::f16, 8}, {{0, length, 0}});
  expect_same_attention({2, 1, 8, 8, 0, DataType::f32, 16}, {{250, 8, 0}});
}

TEST_F(CudaAttention, ElementTypesAndGroupedHeads) {
  for (const DataType type : {DataType::f32, DataType::f16, DataType::bf16}) {
    expect_same_attention({3, 1, 10, 30, 0, type, 32}, {{5, 6, 0}});
    expect_same_attention({10, 1, 8, 8, 0, type, 16}, {{3, 5, 0}});
  }
}

TEST_F(CudaAttention, DecodeOverSeveralCutsBesideAPrompt) {
  expect_same_attention({4, 2, 16, 16, 0, DataType::f16, 32},
                        {{600, 1, 1}, {0, 13, 0}, {255, 1, 1}, {256, 1, 1}});
}

TEST_F(CudaAttention, Windows) {
  for (const std::int32_t window : {1, 5, 300})
    expect_same_attention({2, 2, 8, 8, window, DataType::f16, 16}, {{0, 20, 0}, {530, 3, 0}});
}

TEST_F(CudaAttention, CopiedPages) {
  expect_same_on_both([](const Bench& b) {
    KvGroupSpec group;
    group.layers = 1;
    group.kv_heads = 1;
    group.key_dim = group.value_dim = 8;
    const KvLayer layer{b->create_kv_cache({{group}, 8, 3}), 0, 0};
    RaggedBatch batch;
    batch.token_ids = {0, 0, 0};
    batch.positions = {0, 1, 2};
    batch.roles.assign(3, TokenRole::prompt);
    batch.sequences = {{0, 3, 0, {2}}};
    StepTensors step = b->begin_step(batch);
    b->write_kv(layer, step, b.noise_of({3, 1, 8}, 1), b.noise_of({3, 1, 8}, 2));
    b->copy_kv_page(layer.cache, 0, 2);
    RaggedBatch next;
    next.token_ids = {0};
    next.positions = {3};
    next.roles = {TokenRole::generated};
    next.sequences = {{0, 1, 3, {0}}};
    b->wait();
    step = b->begin_step(next);
    b->write_kv(layer, step, b.noise_of({1, 1, 8}, 3), b.noise_of({1, 1, 8}, 4));
    const Tensor out = b.empty({1, 2, 8});
    b->attention(out, b.noise_of({1, 2, 8}, 5), layer, step, 1.0F);
    return b.get(out);
  });
}

struct LatentShape {
  MlaSpec spec;
  DataType weight;
  DataType cache;
  bool exact;
};

void expect_same_latent_attention(const LatentShape& shape, const std::vector<Part>& parts) {
  const MlaSpec& spec = shape.spec;
  const StoredTensor kv_b = varied_weight(
      shape.weight, std::int64_t{spec.heads} * (spec.nope_dim + spec.value_dim), spec.latent_dim, 3);
  expect_same_on_both(
      [&](const Bench& b) {
        const Steps steps = make_steps(parts, 16);
        const KvGroupSpec group = latent_cache_group(spec, shape.cache);
        const KvLayer layer{b->create_kv_cache({{group}, 16, steps.pages}), 0, 0};
        const MlaWeightHandle weight = b->load_mla_weight(kv_b, spec);
        Values values;
        std::uint32_t seed = 1;
        for (const RaggedBatch* batch : {&steps.earlier, &steps.now}) {
          if (batch->token_ids.empty()) continue;
          const StepTensors step = b->begin_step(*batch);
          b->write_kv(layer, step, b.noise_of({step.tokens, 1, group.key_dim}, seed++), {});
          if (batch == &steps.earlier) continue;
          const Tensor out = b.empty({step.tokens, spec.heads, spec.value_dim});
          b->mla_attention(out, b.noise_of({step.tokens, spec.heads, spec.nope_dim + spec.rope_dim}, seed++),
                           layer, step, weight);
          values = b.get(out);
        }
        b->release_kv_cache(layer.cache);
        return values;
      },
      shape.exact);
}

class CudaLatentAttention : public DeviceTest {};

TEST_F(CudaLatentAttention, BothFormsOverCutsAndInOneStep) {
  const MlaSpec spec{3, 8, 4, 6, 20, 0.4F};
  const std::vector<Part> parts = {{0, 9, 0}, {300, 1, 1}, {250, 12, 3}, {17, 1, 1}};
  for (const DataType cache : {DataType::f32, DataType::bf16})
    expect_same_latent_attention({spec, DataType::f32, cache, true}, parts);
}

TEST_F(CudaLatentAttention, QuantisedWeights) {
  for (const bool exact : {true, false}) {
    // Caches of 16 bits with rounded activations are for tensor cores: tensor_cores_test.cpp.
    const DataType cache = exact ? DataType::f16 : DataType::f32;
    expect_same_latent_attention({{2, 8, 4, 8, 32, 0.4F}, DataType::q8_0, cache, exact}, {{3, 5, 2}});
    expect_same_latent_attention({{2, 8, 4, 8, 136, 0.4F}, DataType::fp8_e4m3, cache, exact}, {{3, 5, 2}});
  }
}

TEST_F(CudaLatentAttention, ManyHeads) {
  expect_same_latent_attention({{13, 4, 2, 4, 16, 0.4F}, DataType::f32, DataType::f16, true},
                               {{4, 2, 2}, {0, 5, 0}});
}

}  // namespace
}  // namespace reckon::kernels::test
