// Norm, rotation and the way into the cache in one pass: the bits of the single operations, one after the
// other.
#include "base/error.h"
#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"
#include "tests/kernels/cache_groups.h"

namespace reckon::kernels::test {
namespace {

struct HeadsCase {
  std::int32_t heads, dim;
  std::int32_t norm_dim;  ///< 0: none
  std::int32_t rope_first, rotary_dim;
  RopeSpec::Pairing pairing;
};

constexpr auto kHalves = RopeSpec::Pairing::halves;
constexpr auto kAdjacent = RopeSpec::Pairing::adjacent;

HeadPreparation preparation_of(const Bench& b, const HeadsCase& at) {
  HeadPreparation preparation;
  if (at.norm_dim > 0) preparation.gain = b.noise_of({at.norm_dim}, 31);
  preparation.norm_dim = at.norm_dim;
  preparation.epsilon = 1e-5F;
  preparation.rope_first = at.rope_first;
  preparation.rope.pairing = at.pairing;
  preparation.rope.rotary_dim = at.rotary_dim;
  preparation.rope.magnitude = 1.25F;
  std::vector<float> frequencies;
  for (std::int32_t i = 0; i < at.rotary_dim / 2; ++i)
    frequencies.push_back(1.0F / static_cast<float>(1 + i * i));
  preparation.rope.inverse_frequencies = b.put(frequencies, {at.rotary_dim / 2});
  return preparation;
}

/// Tokens at positions [first, first + count) of one sequence on pages in falling order.
RaggedBatch batch_of(std::int32_t first, std::int32_t count, std::int32_t page_tokens, TokenRole role) {
  RaggedBatch batch;
  for (std::int32_t i = 0; i < count; ++i) {
    batch.token_ids.push_back(0);
    batch.positions.push_back(first + i);
    batch.roles.push_back(role);
  }
  SequenceSlice slice{0, count, first, {}};
  for (std::int32_t page = (first + count + page_tokens - 1) / page_tokens; page > 0; --page)
    slice.pages.push_back(page - 1);
  batch.sequences = {slice};
  return batch;
}

class CudaHeads : public DeviceTest {};

TEST_F(CudaHeads, NormAndRotationInPlace) {
  for (const HeadsCase& at : {HeadsCase{1, 24, 24, 0, 24, kHalves}, HeadsCase{2, 20, 20, 0, 10, kAdjacent},
                              HeadsCase{3, 130, 130, 0, 64, kHalves}, HeadsCase{9, 24, 0, 16, 8, kAdjacent},
                              HeadsCase{1, 40, 32, 32, 8, kHalves}, HeadsCase{17, 6, 5, 1, 2, kHalves},
                              HeadsCase{4, 33, 33, 3, 30, kAdjacent}}) {
    SCOPED_TRACE(testing::Message() << at.heads << " heads of " << at.dim);
    const RaggedBatch batch = batch_of(70, 3, 32, TokenRole::prompt);
    const auto run = [&](const Bench& b, bool at_once) {
      const StepTensors step = b->begin_step(batch);
      // Heads that lie in longer rows.
      const Tensor rows = b.noise_of({3, std::int64_t{at.heads} * at.dim + 5}, 7, 2.0F);
      const Tensor heads = split_last(narrow(rows, 1, 0, std::int64_t{at.heads} * at.dim), at.dim);
      const HeadPreparation preparation = preparation_of(b, at);
      if (at_once)
        b->prepare_heads(heads, step, preparation);
      else
        b.backend.Backend::prepare_heads(heads, step, preparation);
      return b.get(rows);
    };
    expect_same_on_both([&](const Bench& b) { return run(b, true); });
    const std::unique_ptr<Backend> cuda = make_tested_backend({});
    expect_same_bits(run({*cuda}, true), run({*cuda}, false));
  }
}

/// What attention makes of a cache whose keys were prepared on their way into it: a prompt, then one token.
Values attended(const Bench& b, const AttentionShape& shape, const HeadsCase& at, bool at_once) {
  const KvGroupSpec group = cache_group(shape, 2);
  const KvLayer layer{b->create_kv_cache({{group}, shape.page_tokens, 8}), 0, 1};
  const RaggedBatch prompt = batch_of(0, 13, shape.page_tokens, TokenRole::prompt);
  RaggedBatch generated = batch_of(13, 1, shape.page_tokens, TokenRole::generated);
  generated.sequences[0].pages = prompt.sequences[0].pages;
  if (generated.sequences[0].pages.size() * static_cast<std::size_t>(shape.page_tokens) < 14)
    generated.sequences[0].pages.push_back(7);
  Values values;
  for (const RaggedBatch* batch : {&prompt, static_cast<const RaggedBatch*>(&generated)}) {
    const StepTensors step = b->begin_step(*batch);
    const Tensor keys = b.noise_of({step.tokens, shape.kv_heads, shape.key_dim}, 3, 2.0F);
    const Tensor stored = b.noise_of({step.tokens, shape.kv_heads, shape.value_dim}, 4);
    const HeadPreparation preparation = preparation_of(b, at);
    if (at_once)
      b->write_prepared_kv(layer, step, keys, stored, preparation);
    else
      b.backend.Backend::write_prepared_kv(layer, step, keys, stored, preparation);
    const Tensor out = b.empty({step.tokens, shape.heads, shape.value_dim});
    b->attention(out, b.noise_of({step.tokens, shape.heads, shape.key_dim}, 5, 2.0F), layer, step, 0.3F);
    append(values, b.get(out));
  }
  return values;
}

TEST_F(CudaHeads, KeysOnTheirWayIntoTheCache) {
  for (const DataType type : {DataType::f32, DataType::f16, DataType::bf16}) {
    for (const std::int32_t kv_heads : {1, 2, 9}) {
      const AttentionShape shape{2 * kv_heads, kv_heads, 20, 12, 0, type, 8};
      const HeadsCase at{kv_heads, 20, kv_heads == 2 ? 0 : 20, 0, 16, kv_heads == 9 ? kAdjacent : kHalves};
      SCOPED_TRACE(testing::Message() << type_info(type).name << ", " << kv_heads << " heads");
      expect_same_on_both([&](const Bench& b) { return attended(b, shape, at, true); });
      BackendOptions options;
      options.activations = ActivationPrecision::float32;
      const std::unique_ptr<Backend> cuda = make_tested_backend(options);
      expect_same_bits(attended({*cuda}, shape, at, true), attended({*cuda}, shape, at, false));
    }
  }
}

TEST_F(CudaHeads, LatentRowsOnTheirWayIntoTheCache) {
  const MlaSpec spec{2, 8, 6, 10, 20, 0.2F};
  const StoredTensor kv_b = varied_weight(DataType::f32, std::int64_t{spec.heads} * 18, spec.latent_dim, 5);
  const auto run = [&](const Bench& b, bool at_once) {
    const KvLayer layer{b->create_kv_cache({{latent_cache_group(spec, DataType::bf16)}, 8, 2}), 0, 0};
    const MlaWeightHandle weight = b->load_mla_weight(kv_b, spec);
    const RaggedBatch batch = batch_of(0, 11, 8, TokenRole::prompt);
    const StepTensors step = b->begin_step(batch);
    const Tensor rows = b.noise_of({11, 1, 26}, 3, 2.0F);
    const HeadPreparation preparation = preparation_of(b, {1, 26, 20, 20, 6, kAdjacent});
    if (at_once)
      b->write_prepared_kv(layer, step, rows, {}, preparation);
    else
      b.backend.Backend::write_prepared_kv(layer, step, rows, {}, preparation);
    const Tensor out = b.empty({11, spec.heads, spec.value_dim});
    b->mla_attention(out, b.noise_of({11, spec.heads, 14}, 4, 2.0F), layer, step, weight);
    return b.get(out);
  };
  expect_same_on_both([&](const Bench& b) { return run(b, true); });
  BackendOptions options;
  options.activations = ActivationPrecision::float32;
  const std::unique_ptr<Backend> cuda = make_tested_backend(options);
  expect_same_bits(run({*cuda}, true), run({*cuda}, false));
}

TEST_F(CudaHeads, PreparationsThatDoNotFitAreErrors) {
  const std::unique_ptr<Backend> backend = make_tested_backend({});
  const Bench b{*backend};
  const RaggedBatch batch = batch_of(0, 2, 8, TokenRole::prompt);
  const StepTensors step = b->begin_step(batch);
  const Tensor heads = b.noise_of({2, 2, 10}, 1);
  EXPECT_THROW(b->prepare_heads(heads, step, preparation_of(b, {2, 10, 0, 4, 8, kHalves})), Error);
  EXPECT_THROW(b->prepare_heads(heads, step, preparation_of(b, {2, 10, 11, 0, 8, kHalves})), Error);
  EXPECT_THROW(b->prepare_heads(heads, step, preparation_of(b, {2, 10, 0, -1, 8, kHalves})), Error);
}

}  // namespace
}  // namespace reckon::kernels::test
