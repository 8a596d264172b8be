#pragma once
// Feeds whole sequences through write_kv and attention in any chunks, batches and page orders.

#include <algorithm>
#include <functional>
#include <numeric>

#include "tests/kernels/cache_groups.h"
#include "tests/kernels/device.h"

namespace reckon::kernels::test {

/// Inputs of one sequence: queries [n][H][key_dim], keys [n][G][key_dim], values [n][G][value_dim].
struct AttentionSequence {
  std::int32_t length = 0;
  std::vector<float> queries;
  std::vector<float> keys;
  std::vector<float> values;
};

inline AttentionSequence make_sequence(const AttentionShape& shape, std::int32_t length, std::uint32_t seed) {
  const auto n = static_cast<std::size_t>(length);
  AttentionSequence sequence;
  sequence.length = length;
  sequence.queries = noise(n * static_cast<std::size_t>(shape.heads * shape.key_dim), seed, 2.0F);
  sequence.keys = noise(n * static_cast<std::size_t>(shape.kv_heads * shape.key_dim), seed + 1, 1.0F);
  sequence.values = noise(n * static_cast<std::size_t>(shape.kv_heads * shape.value_dim), seed + 2, 1.0F);
  return sequence;
}

struct AttentionRun {
  int threads = 1;
  cpu::CpuPath path = available_paths().back();
  std::int32_t chunk = 512;
  bool together = true;  ///< all sequences in one step, else one after the other
  bool permuted_pages = false;
  TokenRole role = TokenRole::prompt;
  bool exact = false;  ///< activations=float32
};

/// Pages for sequences of the given lengths: in order, or shuffled among all.
inline std::vector<std::vector<std::int32_t>> hand_out_pages(const std::vector<std::int32_t>& lengths,
                                                             std::int32_t page_tokens, bool permuted,
                                                             std::int32_t& total) {
  std::vector<std::int32_t> free;
  total = 1;  // one page more than needed, so that a permutation can leave gaps
  for (const std::int32_t length : lengths) total += (length + page_tokens - 1) / page_tokens;
  free.resize(static_cast<std::size_t>(total));
  std::iota(free.begin(), free.end(), 0);
  if (permuted) {
    std::mt19937 engine(99);
    for (std::size_t i = free.size() - 1; i > 0; --i) std::swap(free[i], free[engine() % (i + 1)]);
  }
  std::vector<std::vector<std::int32_t>> pages;
  std::size_t next = 0;
  for (const std::int32_t length : lengths) {
    const auto count = static_cast<std::size_t>((length + page_tokens - 1) / page_tokens);
    pages.emplace_back(free.begin() + static_cast<std::ptrdiff_t>(next),
                       free.begin() + static_cast<std::ptrdiff_t>(next + count));
    next += count;
  }
  return pages;
}

/// One step of a batch: which sequence, and which of its positions.
struct StepPart {
  std::size_t sequence;
  std::int32_t first;
  std::int32_t count;
};

/// The steps that take sequences of the given lengths through in chunks.
inline std::vector<std::vector<StepPart>> plan_steps(const std::vector<std::int32_t>& lengths,
                                                     std::int32_t chunk, bool together) {
  std::vector<std::vector<StepPart>> steps;
  if (!together) {
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      for (std::int32_t first = 0; first < lengths[s]; first += chunk)
        steps.push_back({{s, first, std::min(chunk, lengths[s] - first)}});
    }
    return steps;
  }
  const std::int32_t longest = *std::max_element(lengths.begin(), lengths.end());
  for (std::int32_t first = 0; first < longest; first += chunk) {
    steps.emplace_back();
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      if (first < lengths[s]) steps.back().push_back({s, first, std::min(chunk, lengths[s] - first)});
    }
  }
  return steps;
}

inline RaggedBatch make_batch(const std::vector<StepPart>& parts,
                              const std::vector<std::vector<std::int32_t>>& pages,
                              const std::function<TokenRole(std::size_t, std::int32_t)>& role) {
  RaggedBatch batch;
  for (const StepPart& part : parts) {
    SequenceSlice slice;
    slice.first_token = static_cast<std::int32_t>(batch.token_ids.size());
    slice.token_count = part.count;
    slice.first_position = part.first;
    slice.pages = pages[part.sequence];
    for (std::int32_t i = 0; i < part.count; ++i) {
      batch.token_ids.push_back(0);
      batch.positions.push_back(part.first + i);
      batch.roles.push_back(role(part.sequence, part.first + i));
    }
    batch.sequences.push_back(std::move(slice));
  }
  return batch;
}

/// Rows [first, first + count) of each part's data, one after the other.
inline std::vector<float> gather_parts(const std::vector<StepPart>& parts, std::size_t row,
                                       const std::function<const std::vector<float>&(std::size_t)>& data) {
  std::vector<float> gathered;
  for (const StepPart& part : parts) {
    const auto begin =
        data(part.sequence).begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(part.first) * row);
    gathered.insert(gathered.end(), begin,
                    begin + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(part.count) * row));
  }
  return gathered;
}

/// Outputs [n][H][value_dim] of every sequence.
inline std::vector<std::vector<float>> run_attention(const AttentionShape& shape,
                                                     const std::vector<AttentionSequence>& sequences,
                                                     const AttentionRun& run, float scale) {
  const Device device(run.threads, run.path, run.exact);
  std::vector<std::int32_t> lengths;
  for (const AttentionSequence& sequence : sequences) lengths.push_back(sequence.length);
  const KvGroupSpec group = cache_group(shape, 2);
  KvCacheSpec spec;
  spec.groups = {group};
  spec.page_tokens = shape.page_tokens;
  const auto pages = hand_out_pages(lengths, shape.page_tokens, run.permuted_pages, spec.pages);
  const KvLayer layer{device->create_kv_cache(spec), 0, 1};
  std::vector<std::vector<float>> outputs(sequences.size());
  for (const auto& parts : plan_steps(lengths, run.chunk, run.together)) {
    const RaggedBatch batch = make_batch(parts, pages, [&](std::size_t, std::int32_t) { return run.role; });
    const StepTensors step = device->begin_step(batch);
    const auto floats = [&](const std::vector<float> AttentionSequence::*member, std::int32_t heads,
                            std::int32_t dim) {
      const auto row = static_cast<std::size_t>(heads * dim);
      return device.floats(
          gather_parts(parts, row,
                       [&](std::size_t s) -> const std::vector<float>& { return sequences[s].*member; }),
          {step.tokens, heads, dim});
    };
    const Tensor queries = floats(&AttentionSequence::queries, shape.heads, shape.key_dim);
    const Tensor keys = floats(&AttentionSequence::keys, shape.kv_heads, shape.key_dim);
    const Tensor values = floats(&AttentionSequence::values, shape.kv_heads, shape.value_dim);
    const Tensor output = device.empty({step.tokens, shape.heads, shape.value_dim});
    device->write_kv(layer, step, keys, values);
    device->attention(output, queries, layer, step, scale);
    const auto result = device.read(output);
    const auto row = static_cast<std::size_t>(shape.heads * shape.value_dim);
    std::size_t token = 0;
    for (const StepPart& part : parts) {
      const auto begin = result.begin() + static_cast<std::ptrdiff_t>(token * row);
      const auto count = static_cast<std::size_t>(part.count);
      outputs[part.sequence].insert(outputs[part.sequence].end(), begin,
                                    begin + static_cast<std::ptrdiff_t>(count * row));
      token += count;
    }
    for (const Tensor& tensor : {queries, keys, values, output}) device->release(tensor.buffer);
  }
  return outputs;
}

}  // namespace reckon::kernels::test
