// Paged attention on tensor cores: against the CPU back end within what rounding to 16 bits costs, and bit
// for bit against itself, whatever else is in the batch and however a prompt is cut into chunks.
#include <algorithm>
#include <limits>

#include "tests/gpu/both_backends.h"
#include "tests/kernels/cache_groups.h"

namespace reckon::kernels::test {
namespace {

/// A sequence with random keys, values and queries of its own: `before` tokens are in the cache, `count` are
/// new, of which the last `generated` are generated.
struct Sequence {
  std::uint32_t seed = 0;
  std::int32_t before = 0, count = 0, generated = 0;
  std::vector<std::int32_t> pages = {};

  std::int32_t length() const { return before + count; }
};

/// Rows [first, first + count) of `width` random values a position.
Values rows_of(const Sequence& sequence, std::uint32_t kind, std::int64_t width, std::int32_t first,
               std::int32_t count, float scale = 1.0F) {
  const Values all =
      noise(static_cast<std::size_t>(sequence.length() * width), 10 * sequence.seed + kind, scale);
  return {all.begin() + first * width, all.begin() + (first + count) * width};
}

/// A step of tokens [first, first + count) of each sequence, where it has that many.
struct Step {
  RaggedBatch batch;
  std::vector<std::int32_t> first, count;  ///< [sequences]

  Step(const std::vector<Sequence>& sequences, std::int32_t offset, std::int32_t most, bool earlier) {
    for (const Sequence& sequence : sequences) {
      first.push_back(earlier ? 0 : sequence.before + offset);
      const std::int32_t left = (earlier ? sequence.before : sequence.length()) - first.back();
      count.push_back(std::clamp(left, 0, most));
      if (count.back() == 0) continue;
      batch.sequences.push_back(
          {static_cast<std::int32_t>(batch.token_ids.size()), count.back(), first.back(), sequence.pages});
      for (std::int32_t p = first.back(); p < first.back() + count.back(); ++p) {
        batch.token_ids.push_back(0);
        batch.positions.push_back(p);
        batch.roles.push_back(p >= sequence.length() - sequence.generated ? TokenRole::generated
                                                                          : TokenRole::prompt);
      }
    }
  }
  Values gather(const std::vector<Sequence>& sequences, std::uint32_t kind, std::int64_t width,
                float scale = 1.0F) const {
    Values values;
    for (std::size_t s = 0; s < sequences.size(); ++s)
      append(values, rows_of(sequences[s], kind, width, first[s], count[s], scale));
    return values;
  }
};

/// Fills all pages with what an earlier sequence may have left there.
void leave_behind(const Bench& b, const KvLayer& layer, const KvGroupSpec& group, std::int32_t positions,
                  std::int32_t page_tokens) {
  RaggedBatch batch;
  SequenceSlice all{0, positions, 0, {}};
  for (std::int32_t p = 0; p < positions; ++p) {
    batch.token_ids.push_back(0);
    batch.positions.push_back(p);
    batch.roles.push_back(TokenRole::prompt);
    if (p % page_tokens == 0) all.pages.push_back(p / page_tokens);
  }
  batch.sequences.push_back(all);
  const StepTensors step = b->begin_step(batch);
  const auto nothing = [&](std::int32_t dim) {
    const Values values(static_cast<std::size_t>(positions) * static_cast<std::size_t>(group.kv_heads * dim),
                        std::numeric_limits<float>::quiet_NaN());
    return b.put(values, {positions, group.kv_heads, dim});
  };
  b->write_kv(layer, step, nothing(group.key_dim), nothing(group.value_dim));
  b->wait();
}

/// Results of the new tokens, sequence by sequence, computed `chunk` tokens of each at a time.
std::vector<Values> attend(Backend& backend, const AttentionShape& shape, std::vector<Sequence> sequences,
                           std::int32_t chunk) {
  const Bench b{backend};
  const KvGroupSpec group = cache_group(shape, 2);
  std::int32_t pages = 0;
  std::int32_t longest = 0;
  for (Sequence& sequence : sequences) {
    for (std::int32_t i = 0; i * shape.page_tokens < sequence.length(); ++i)
      sequence.pages.push_back(pages++);
    std::reverse(sequence.pages.begin(), sequence.pages.end());
    longest = std::max(longest, sequence.count);
  }
  const KvLayer layer{b->create_kv_cache({{group}, shape.page_tokens, pages}), 0, 1};
  leave_behind(b, layer, group, pages * shape.page_tokens, shape.page_tokens);
  std::vector<Values> results(sequences.size());
  const auto run = [&](const Step& step, bool attends) {
    if (step.batch.token_ids.empty()) return;
    const StepTensors tensors = b->begin_step(step.batch);
    const auto put = [&](std::uint32_t kind, std::int32_t heads, std::int32_t dim, float scale = 1.0F) {
      return b.put(step.gather(sequences, kind, std::int64_t{heads} * dim, scale),
                   {tensors.tokens, heads, dim});
    };
    b->write_kv(layer, tensors, put(1, shape.kv_heads, shape.key_dim),
                put(2, shape.kv_heads, shape.value_dim));
    b->wait();
    if (!attends) return;
    const Tensor out = b.empty({tensors.tokens, shape.heads, shape.value_dim});
    b->attention(out, put(3, shape.heads, shape.key_dim, 2.0F), layer, tensors, 0.3F);
    const Values values = b.get(out);
    auto at = values.begin();
    for (std::size_t s = 0; s < sequences.size(); ++s) {
      const auto end = at + std::ptrdiff_t{step.count[s]} * shape.heads * shape.value_dim;
      results[s].insert(results[s].end(), at, end);
      at = end;
    }
  };
  run(Step(sequences, 0, INT32_MAX, true), false);
  for (std::int32_t i = 0; i < longest; i += chunk) run(Step(sequences, i, chunk, false), true);
  b->release_kv_cache(layer.cache);
  return results;
}

class PagedAttention : public DeviceTest {};

void expect_close_to_cpu(const AttentionShape& shape, const std::vector<Sequence>& sequences) {
  const auto cpu = make_cpu_backend({});
  const auto cuda = make_tested_backend({});
  const std::vector<Values> expected = attend(*cpu, shape, sequences, INT32_MAX);
  const std::vector<Values> found = attend(*cuda, shape, sequences, INT32_MAX);
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    SCOPED_TRACE(testing::Message() << shape.heads << ":" << shape.kv_heads << " heads of " << shape.key_dim
                                    << ", sequence " << s);
    // Queries and weights are rounded to the cache's type: 11 or 8 bits.
    expect_close(found[s], expected[s], shape.type == DataType::f16 ? 3e-3F : 2e-2F);
  }
}

TEST_F(PagedAttention, PromptsThatEndAroundPagesStagesAndTiles) {
  for (const std::int32_t length : {1, 7, 8, 9, 31, 32, 33, 65})
    expect_close_to_cpu({4, 2, 20, 12, 0, DataType::f16, 8}, {{1, 0, length, 0}});
  expect_close_to_cpu({2, 1, 16, 16, 0, DataType::bf16, 32}, {{1, 250, 8, 0}, {2, 3, 70, 0}});
}

TEST_F(PagedAttention, HeadsAndDimensionsThatFillNoTile) {
  expect_close_to_cpu({3, 1, 10, 30, 0, DataType::bf16, 32}, {{1, 5, 6, 2}});
  expect_close_to_cpu({10, 1, 8, 8, 0, DataType::f16, 16}, {{1, 3, 5, 1}});
  expect_close_to_cpu({5, 5, 1, 1, 0, DataType::f16, 16}, {{1, 0, 4, 3}});
  expect_close_to_cpu({7, 1, 128, 128, 0, DataType::f16, 16}, {{1, 30, 12, 1}});
  expect_close_to_cpu({17, 1, 96, 128, 0, DataType::f16, 32}, {{1, 33, 2, 1}});
}

TEST_F(PagedAttention, DecodeOverSeveralCutsBesideAPrompt) {
  expect_close_to_cpu(
      {4, 2, 16, 16, 0, DataType::f16, 32},
      {{1, 1100, 1, 1}, {2, 0, 13, 0}, {3, 255, 1, 1}, {4, 256, 1, 1}, {5, 0, 1, 1}, {6, 300, 9, 6}});
}

TEST_F(PagedAttention, Windows) {
  for (const std::int32_t window : {1, 5, 300})
    expect_close_to_cpu({2, 2, 8, 8, window, DataType::f16, 16},
                        {{1, 0, 70, 0}, {2, 530, 3, 1}, {3, 600, 6, 6}});
}

TEST_F(PagedAttention, ATokenSeesNeitherItsBatchNorItsChunk) {
  const std::vector<Sequence> all = {{1, 0, 71, 0}, {2, 500, 3, 3}, {3, 40, 30, 2}, {4, 3, 1, 1}};
  const auto cuda = make_tested_backend({});
  for (const std::int32_t window : {0, 37}) {
    const AttentionShape shape{6, 2, 24, 20, window, DataType::f16, 16};
    const std::vector<Values> together = attend(*cuda, shape, all, INT32_MAX);
    for (const std::int32_t chunk : {1, 7, 40}) {
      const std::vector<Values> chunked = attend(*cuda, shape, all, chunk);
      for (std::size_t s = 0; s < all.size(); ++s) expect_same_bits(chunked[s], together[s]);
    }
    for (std::size_t s = 0; s < all.size(); ++s)
      expect_same_bits(attend(*cuda, shape, {all[s]}, INT32_MAX)[0], together[s]);
  }
}

}  // namespace
}  // namespace reckon::kernels::test
