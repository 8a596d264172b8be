#include <algorithm>
#include <cstring>

#include "kernels/cpu/cut_attention.h"
#include "kernels/cpu/mla_attention.h"

namespace reckon::kernels::cpu {

void load_latent_rows(const MlaInputs& inputs, const SequenceSlice& slice, std::int64_t first,
                      std::int64_t last, float* to) {
  const std::int64_t page_tokens = inputs.store.spec().page_tokens;
  const std::int64_t stride = inputs.store.layout(inputs.layer.group).row_stride;
  const Element type = inputs.store.element(inputs.layer.group);
  const std::int64_t size = type == Element::f32 ? 4 : 2;
  for (std::int64_t position = first; position <= last;) {
    const std::int64_t slot = position % page_tokens;
    const std::int64_t count = std::min(page_tokens - slot, last + 1 - position);
    const std::int32_t page = slice.pages[static_cast<std::size_t>(position / page_tokens)];
    inputs.ops.load(to + (position - first) * stride,
                    inputs.store.keys(inputs.layer, page, 0) + slot * stride * size, count * stride, type);
    position += count;
  }
}

void mla_expanded(const MlaInputs& inputs, const RoleRun& run, MlaScratch& scratch) {
  const MlaSpec& spec = inputs.weight.spec;
  const OpTable& ops = inputs.ops;
  const SequenceSlice& slice = inputs.batch.sequences[static_cast<std::size_t>(run.sequence)];
  const std::int64_t heads = spec.heads;
  const std::int64_t dim = std::int64_t{spec.nope_dim} + spec.rope_dim;
  const std::int64_t width = inputs.weight.value_width;
  const std::int64_t head_columns = std::int64_t{spec.nope_dim} + spec.value_dim;
  const std::int64_t columns = heads * head_columns;
  const std::int64_t latent_stride = inputs.store.layout(inputs.layer.group).row_stride;

  // Shared: latent rows and expanded rows of one cut, and the state of every (head, block of tokens).
  const std::int64_t blocks = (run.token_count + kBlockRows - 1) / kBlockRows;
  const std::int64_t state_floats = pad_lanes(row_state_floats(kBlockRows, width));
  const std::int64_t latent_floats = pad_lanes(kKeyCutPositions * latent_stride);
  const std::int64_t expanded_floats = pad_lanes(kKeyCutPositions * columns);
  scratch.shared.reserve(
      static_cast<std::uint64_t>(latent_floats + expanded_floats + heads * blocks * state_floats) *
      sizeof(float));
  float* latent = scratch.shared.floats();
  float* expanded = latent + latent_floats;
  float* states = expanded + expanded_floats;
  // Per thread: queries of a block, keys and values of one head and cut, and what attend_cut needs.
  const std::int64_t query_floats = pad_lanes(kBlockRows * dim);
  const std::int64_t key_floats = pad_lanes(kKeyCutPositions * dim);
  const std::int64_t value_floats = kKeyCutPositions * width;
  const std::int64_t thread_floats =
      query_floats + key_floats + value_floats + pad_lanes(cut_scratch_floats(kBlockRows, width));
  scratch.threads.reserve(static_cast<std::uint64_t>(thread_floats * inputs.pool.size()) * sizeof(float));

  const std::int64_t last_position = std::int64_t{run.first_position} + run.token_count - 1;
  for (std::int64_t begin = 0; begin <= last_position; begin += kKeyCutPositions) {
    const std::int64_t keys = std::min<std::int64_t>(kKeyCutPositions, last_position + 1 - begin);
    load_latent_rows(inputs, slice, begin, begin + keys - 1, latent);
    const LinearTask task{inputs.weight.expand.get(), Rows{expanded, keys, columns, columns}, nullptr};
    inputs.runner.linear({&task, 1}, ConstRows{latent, keys, spec.latent_dim, latent_stride});

    const bool first_cut = begin == 0;
    const bool last_cut = begin + kKeyCutPositions > last_position;
    inputs.pool.parallel_for(heads * blocks, [&](std::int64_t item, int thread) {
      const std::int64_t head = item / blocks;
      const std::int64_t first = item % blocks * kBlockRows;
      float* state_memory = states + item * state_floats;
      float* query_copy = scratch.threads.floats() + thread * thread_floats;
      float* strips = query_copy + query_floats;
      float* values = strips + key_floats;
      float* cut_memory = values + value_floats;

      QueryBlock block;
      block.queries = query_copy;
      block.tokens = std::min<std::int64_t>(kBlockRows, run.token_count - first);
      block.heads = 1;
      block.first_position = run.first_position + first;
      block.dim = dim;
      block.value_width = width;
      block.scale = spec.scale;
      const std::int64_t first_token = run.first_token + first;
      for (std::int64_t token = 0; token < block.tokens; ++token)
        std::memcpy(query_copy + token * dim,
                    inputs.queries.data + (first_token + token) * inputs.queries.stride(0) +
                        head * inputs.queries.stride(1),
                    static_cast<std::size_t>(dim) * sizeof(float));
      RowState state{state_memory, state_memory + pad_lanes(block.tokens),
                     state_memory + 2 * pad_lanes(block.tokens)};
      if (first_cut) state = make_row_state(state_memory, block.tokens, width);

      const std::int64_t needed = std::min(keys, block.first_position + block.tokens - begin);
      Cut cut;
      cut.begin = begin;
      cut.value_stride = width;
      for (std::int64_t key = 0; key < needed; key += kStripKeys) {
        const std::int64_t count = std::min(kStripKeys, needed - key);
        float* strip = strips + key * dim;
        const float* rows = expanded + key * columns + head * head_columns;
        ops.transpose_strip(strip, rows, count, spec.nope_dim, columns);
        ops.transpose_strip(strip + spec.nope_dim * kStripKeys,
                            latent + key * latent_stride + spec.latent_dim, count, spec.rope_dim,
                            latent_stride);
        for (std::int64_t i = 0; i < count; ++i) {
          float* value = values + (key + i) * width;
          std::memcpy(value, rows + i * columns + spec.nope_dim,
                      static_cast<std::size_t>(spec.value_dim) * sizeof(float));
          std::fill(value + spec.value_dim, value + width, 0.0F);
        }
        cut.strips[key / kStripKeys] = {strip, values + key * width};
      }
      if (needed > 0) attend_cut(ops, block, cut, state, cut_memory);
      if (!last_cut) return;
      for (std::int64_t token = 0; token < block.tokens; ++token)
        ops.divide(inputs.output.data + (first_token + token) * inputs.output.stride(0) +
                       head * inputs.output.stride(1),
                   state.values + token * width, spec.value_dim, state.sums[token]);
    });
  }
}

}  // namespace reckon::kernels::cpu
