// Cuts of attention that are joined over several calls: how many are computed at once depends on the batch,
// and must leave every bit as it was.
#include <algorithm>

#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"
#include "tests/kernels/cache_groups.h"

namespace reckon::kernels::test {
namespace {

constexpr std::int32_t kPageTokens = 16;
constexpr TokenRole kGenerated = TokenRole::generated;

/// `before` tokens are in the cache, `count` come now, all generated or all of a prompt.
struct Sequence {
  std::int32_t before = 0;
  std::int32_t count = 1;
  TokenRole role = kGenerated;
  std::uint32_t seed = 0;
};

/// Grouped attention, or latent where `latent.heads` > 0.
struct Layer {
  AttentionShape grouped;
  MlaSpec latent;
  DataType type = DataType::f16;

  bool is_latent() const { return latent.heads > 0; }
  std::int32_t heads() const { return is_latent() ? latent.heads : grouped.heads; }
  std::int32_t query_dim() const { return is_latent() ? latent.nope_dim + latent.rope_dim : grouped.key_dim; }
  std::int32_t output_dim() const { return is_latent() ? latent.value_dim : grouped.value_dim; }
  /// Floats of what attention keeps of a cut.
  std::int64_t cut_floats(std::int64_t tokens) const {
    return tokens * heads() * ((is_latent() ? latent.latent_dim : grouped.value_dim) + 2);
  }
  KvGroupSpec group() const {
    return is_latent() ? latent_cache_group(latent, type) : cache_group(grouped, 1);
  }
};

/// Results of the new tokens of all sequences in one step; what a sequence holds follows from its seed.
Values attend(Backend& backend, const Layer& layer, const std::vector<Sequence>& sequences) {
  const Bench b{backend};
  RaggedBatch earlier;
  RaggedBatch now;
  std::int32_t pages = 0;
  const auto add = [](RaggedBatch& batch, std::int32_t first, std::int32_t count, TokenRole role,
                      const std::vector<std::int32_t>& own_pages) {
    if (count == 0) return;
    batch.sequences.push_back({static_cast<std::int32_t>(batch.token_ids.size()), count, first, own_pages});
    batch.token_ids.resize(batch.token_ids.size() + static_cast<std::size_t>(count));
    batch.roles.resize(batch.token_ids.size(), role);
    for (std::int32_t i = 0; i < count; ++i) batch.positions.push_back(first + i);
  };
  for (const Sequence& sequence : sequences) {
    std::vector<std::int32_t> own_pages;
    for (std::int32_t i = 0; i * kPageTokens < sequence.before + sequence.count; ++i)
      own_pages.push_back(pages++);
    add(earlier, 0, sequence.before, TokenRole::prompt, own_pages);
    add(now, sequence.before, sequence.count, sequence.role, own_pages);
  }
  const KvGroupSpec group = layer.group();
  const KvLayer place{b->create_kv_cache({{group}, kPageTokens, pages}), 0, 0};
  const auto rows = [&](bool before, std::uint32_t kind, std::int64_t heads, std::int64_t dim, float scale) {
    Values all;
    for (const Sequence& sequence : sequences)
      append(all, noise(static_cast<std::size_t>((before ? sequence.before : sequence.count) * heads * dim),
                        10 * sequence.seed + kind + (before ? 5 : 0), scale));
    return b.put(all, {static_cast<std::int64_t>(all.size()) / (heads * dim), heads, dim});
  };
  const auto write = [&](const RaggedBatch& batch, bool before) {
    const StepTensors step = b->begin_step(batch);
    const Tensor keys = rows(before, 1, group.kv_heads, group.key_dim, 1.0F);
    const Tensor values =
        layer.is_latent() ? Tensor{} : rows(before, 2, group.kv_heads, group.value_dim, 1.0F);
    b->write_kv(place, step, keys, values);
    b->wait();
    for (const Tensor* tensor : {&keys, &values})
      if (tensor->buffer) b->release(tensor->buffer);
  };
  write(earlier, true);
  write(now, false);
  const StepTensors step = b->begin_step(now);
  const Tensor queries = rows(false, 3, layer.heads(), layer.query_dim(), 2.0F);
  const Tensor out = b.empty({step.tokens, layer.heads(), layer.output_dim()});
  if (layer.is_latent()) {
    const std::int64_t columns = std::int64_t{layer.heads()} * (layer.latent.nope_dim + layer.output_dim());
    const MlaWeightHandle weight =
        b->load_mla_weight(varied_weight(DataType::bf16, columns, layer.latent.latent_dim, 3), layer.latent);
    b->mla_attention(out, queries, place, step, weight);
  } else {
    b->attention(out, queries, place, step, 0.3F);
  }
  Values values = b.get(out);
  b->release_kv_cache(place.cache);
  return values;
}

const Layer kGrouped{{4, 2, 16, 16, 0, DataType::f16, kPageTokens}, {}};
const Layer kWindow{{2, 1, 8, 8, 300, DataType::f16, kPageTokens}, {}};
const Layer kLatent{{}, {3, 8, 4, 6, 24, 0.4F}};

class CudaCuts : public DeviceTestWith<ActivationPrecision> {};

TEST_P(CudaCuts, AreJoinedInOneCallOrInMany) {
  BackendOptions options;
  options.threads = 1;
  options.activations = GetParam();
  // One of five cuts, some that end with the first or begin the second; each sees fewer than the longest.
  const std::vector<Sequence> generated = {
      {1100, 1, kGenerated, 1}, {254, 1, kGenerated, 2}, {256, 1, kGenerated, 3}, {600, 1, kGenerated, 4}};
  std::vector<Sequence> mixed = generated;
  mixed.push_back({520, 5, TokenRole::prompt, 5});
  for (const Layer& layer : {kGrouped, kWindow, kLatent}) {
    for (const std::vector<Sequence>& sequences : {generated, mixed}) {
      SCOPED_TRACE(testing::Message() << (layer.is_latent() ? "latent" : "grouped") << ", window "
                                      << layer.grouped.window << ", " << sequences.size() << " sequences");
      const auto at_once = make_tested_backend(options);
      const Values expected = attend(*at_once, layer, sequences);
      if (GetParam() == ActivationPrecision::float32)
        expect_same_bits(expected, attend(*make_cpu_backend(options), layer, sequences));
      for (const int cuts : {1, 2, 3}) {
        SCOPED_TRACE(cuts);
        const auto limited = make_tested_backend(options);
        limit_cuts(*limited, cuts * layer.cut_floats(static_cast<std::int64_t>(generated.size())));
        expect_same_bits(attend(*limited, layer, sequences), expected);
      }
    }
  }
}

// So many rows that each is one block's work, where alone each cut is: latent attention on tensor cores.
TEST_P(CudaCuts, AreJoinedByWhomeverComputesThem) {
  BackendOptions options;
  options.threads = 1;
  options.activations = GetParam();
  std::vector<Sequence> batch;
  for (std::uint32_t s = 0; s < (on_a_card() ? 600U : 9U); ++s)
    batch.push_back({static_cast<std::int32_t>(600 + s % 90), 1, kGenerated, s});
  const auto backend = make_tested_backend(options);
  const Values together = attend(*backend, kLatent, batch);
  const std::size_t width = together.size() / batch.size();
  for (const std::size_t s : {0U, 1U, 8U}) {
    const auto begin = together.begin() + static_cast<std::ptrdiff_t>(s * width);
    expect_same_bits(attend(*backend, kLatent, {batch[s]}),
                     Values(begin, begin + static_cast<std::ptrdiff_t>(width)));
  }
}

// The memory that a card has for cuts holds those of the long sequence alone, and not those of its batch.
TEST_P(CudaCuts, OfALongSequenceAreJoinedAlikeAloneAndInItsBatch) {
  if (!on_a_card()) GTEST_SKIP() << "takes too long on the execution model";
  BackendOptions options;
  options.activations = GetParam();
  const std::vector<Sequence> alone = {{40000, 1, kGenerated, 1}};
  std::vector<Sequence> batch = alone;
  for (std::uint32_t s = 2; s <= 32; ++s)
    batch.push_back({static_cast<std::int32_t>(s * 97), 1, kGenerated, s});
  const Layer grouped{{128, 8, 128, 128, 0, DataType::f16, kPageTokens}, {}};
  const Layer latent{{}, {128, 128, 64, 128, 512, 0.1F}, DataType::bf16};
  for (const Layer& layer : {grouped, latent}) {
    SCOPED_TRACE(layer.is_latent() ? "latent" : "grouped");
    const auto backend = make_tested_backend(options);
    const Values expected = attend(*backend, layer, alone);
    Values found = attend(*backend, layer, batch);
    found.resize(expected.size());
    expect_same_bits(found, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, CudaCuts,
                         testing::Values(ActivationPrecision::float32, ActivationPrecision::by_weight),
                         [](const testing::TestParamInfo<ActivationPrecision>& activations) {
                           return activations.param == ActivationPrecision::float32 ? "float32" : "by_weight";
                         });

}  // namespace
}  // namespace reckon::kernels::test
