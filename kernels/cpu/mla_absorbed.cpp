#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/cpu/cut_attention.h"
#include "kernels/cpu/mla_attention.h"

namespace reckon::kernels::cpu {
namespace {

/// Tokens carried in or out of the latent space together, so that a head's matrix is read once for all of
/// them.
constexpr std::int64_t kTokenBlock = 48;

struct TokenPlace {
  std::int64_t row = 0;  ///< in the step
  std::int32_t sequence = 0;
  std::int32_t position = 0;
};

std::vector<TokenPlace> places_of(std::span<const RoleRun> runs) {
  std::vector<TokenPlace> places;
  for (const RoleRun& run : runs) {
    for (std::int32_t i = 0; i < run.token_count; ++i)
      places.push_back({std::int64_t{run.first_token} + i, run.sequence, run.first_position + i});
  }
  return places;
}

}  // namespace

void mla_absorbed(const MlaInputs& inputs, std::span<const RoleRun> runs, MlaScratch& scratch) {
  const MlaSpec& spec = inputs.weight.spec;
  const OpTable& ops = inputs.ops;
  const std::vector<TokenPlace> places = places_of(runs);
  const auto tokens = static_cast<std::int64_t>(places.size());
  if (tokens == 0) return;
  const std::int64_t heads = spec.heads;
  const std::int64_t dim = std::int64_t{spec.latent_dim} + spec.rope_dim;
  const std::int64_t latent_width = inputs.weight.latent_width;
  const std::int64_t value_width = inputs.weight.value_width;
  const std::int64_t row_stride = inputs.store.layout(inputs.layer.group).row_stride;

  // Shared: queries in latent space [tokens][heads][dim], results there [tokens][heads][latent_width].
  const std::int64_t query_floats = pad_lanes(tokens * heads * dim);
  scratch.shared.reserve(static_cast<std::uint64_t>(query_floats + tokens * heads * latent_width) *
                         sizeof(float));
  float* latent_queries = scratch.shared.floats();
  float* latent_results = latent_queries + query_floats;
  // Few tokens share their heads out among the threads.
  const std::int64_t parts = std::max<std::int64_t>(1, inputs.pool.size() / tokens);
  const std::int64_t head_block = std::min((heads + parts - 1) / parts, kBlockRows);
  const std::int64_t head_blocks = (heads + head_block - 1) / head_block;
  const std::int64_t carry_floats = kTokenBlock * (pad_lanes(std::max(spec.nope_dim, spec.latent_dim)) +
                                                   std::max(latent_width, value_width));
  const std::int64_t attend_floats = kKeyCutPositions * (row_stride + dim) +
                                     pad_lanes(row_state_floats(head_block, latent_width)) +
                                     pad_lanes(cut_scratch_floats(head_block, latent_width));
  const std::int64_t thread_floats = pad_lanes(std::max(carry_floats, attend_floats));
  scratch.threads.reserve(static_cast<std::uint64_t>(thread_floats * inputs.pool.size()) * sizeof(float));
  const std::int64_t token_blocks = (tokens + kTokenBlock - 1) / kTokenBlock;

  // In: query_latent = query_nope W_k, the rotated part beside it.
  inputs.pool.parallel_for(heads * token_blocks, [&](std::int64_t item, int thread) {
    const std::int64_t head = item / token_blocks;
    const std::int64_t first = item % token_blocks * kTokenBlock;
    const std::int64_t count = std::min(kTokenBlock, tokens - first);
    float* gathered = scratch.threads.floats() + thread * thread_floats;  // [count][nope_dim]
    float* carried = gathered + kTokenBlock * pad_lanes(spec.nope_dim);   // [count][latent_width]
    const auto query = [&](std::int64_t i) {
      return inputs.queries.data +
             places[static_cast<std::size_t>(first + i)].row * inputs.queries.stride(0) +
             head * inputs.queries.stride(1);
    };
    for (std::int64_t i = 0; i < count; ++i)
      std::copy_n(query(i), spec.nope_dim, gathered + i * spec.nope_dim);
    std::fill_n(carried, count * latent_width, 0.0F);
    ops.accumulate(carried, latent_width, gathered, spec.nope_dim, count, inputs.weight.head_keys(head),
                   latent_width, spec.nope_dim, latent_width, Element::f32, inputs.weight.head_keys(head));
    for (std::int64_t i = 0; i < count; ++i) {
      float* to = latent_queries + ((first + i) * heads + head) * dim;
      std::copy_n(carried + i * latent_width, spec.latent_dim, to);
      std::copy_n(query(i) + spec.nope_dim, spec.rope_dim, to + spec.latent_dim);
    }
  });

  // Attention over the latent rows: every head has the same keys, and values that are their first part.
  inputs.pool.parallel_for(tokens * head_blocks, [&](std::int64_t item, int thread) {
    const std::int64_t index = item / head_blocks;
    const TokenPlace& place = places[static_cast<std::size_t>(index)];
    const std::int64_t first_head = item % head_blocks * head_block;
    const SequenceSlice& slice = inputs.batch.sequences[static_cast<std::size_t>(place.sequence)];
    float* rows = scratch.threads.floats() + thread * thread_floats;  // [256][row_stride]
    float* strips = rows + kKeyCutPositions * row_stride;             // [8][dim][32]
    float* state_memory = strips + kKeyCutPositions * dim;
    float* cut_memory = state_memory + pad_lanes(row_state_floats(head_block, latent_width));

    QueryBlock block;
    block.queries = latent_queries + (index * heads + first_head) * dim;
    block.tokens = 1;
    block.heads = std::min(head_block, heads - first_head);
    block.first_position = place.position;
    block.dim = dim;
    block.value_width = latent_width;
    block.scale = spec.scale;
    const RowState state = make_row_state(state_memory, block.heads, latent_width);
    for (std::int64_t begin = 0; begin <= place.position; begin += kKeyCutPositions) {
      const std::int64_t keys = std::min<std::int64_t>(kKeyCutPositions, place.position + 1 - begin);
      load_latent_rows(inputs, slice, begin, begin + keys - 1, rows);
      Cut cut;
      cut.begin = begin;
      cut.value_stride = row_stride;
      for (std::int64_t key = 0; key < keys; key += kStripKeys) {
        float* strip = strips + key * dim;
        ops.transpose_strip(strip, rows + key * row_stride, std::min(kStripKeys, keys - key), dim,
                            row_stride);
        cut.strips[key / kStripKeys] = {strip, rows + key * row_stride};
      }
      attend_cut(ops, block, cut, state, cut_memory);
    }
    for (std::int64_t head = 0; head < block.heads; ++head)
      ops.divide(latent_results + (index * heads + first_head + head) * latent_width,
                 state.values + head * latent_width, latent_width, state.sums[head]);
  });

  // Out: result = latent result W_v^T.
  inputs.pool.parallel_for(heads * token_blocks, [&](std::int64_t item, int thread) {
    const std::int64_t head = item / token_blocks;
    const std::int64_t first = item % token_blocks * kTokenBlock;
    const std::int64_t count = std::min(kTokenBlock, tokens - first);
    float* carried = scratch.threads.floats() + thread * thread_floats;  // [count][value_width]
    std::fill_n(carried, count * value_width, 0.0F);
    ops.accumulate(carried, value_width, latent_results + (first * heads + head) * latent_width,
                   heads * latent_width, count, inputs.weight.head_values(head), value_width, spec.latent_dim,
                   value_width, Element::f32, inputs.weight.head_values(head));
    for (std::int64_t i = 0; i < count; ++i)
      std::copy_n(carried + i * value_width, spec.value_dim,
                  inputs.output.data +
                      places[static_cast<std::size_t>(first + i)].row * inputs.output.stride(0) +
                      head * inputs.output.stride(1));
  });
}

}  // namespace reckon::kernels::cpu
