// The CUDA back end's operations that look along a sequence.
#include <algorithm>
#include <bit>
#include <utility>

#include "base/error.h"
#include "kernels/attention_inputs.h"
#include "kernels/cuda/backend.h"
#include "kernels/cuda/paged_attention.h"
#include "kernels/shapes.h"

namespace reckon::kernels::RECKON_CUDA_NS {

namespace {

/// Tiles of a run; rows count from `first_row` on.
void append_tiles(std::vector<QueryTile>& tiles, const cpu::RoleRun& run, std::int32_t first_row,
                  std::int32_t tile_tokens = kQueryTileTokens) {
  for (std::int32_t i = 0; i < run.token_count; i += tile_tokens)
    tiles.push_back(
        {first_row + i, std::min(tile_tokens, run.token_count - i), run.first_position + i, run.sequence});
}

}  // namespace

StepTensors CudaBackend::begin_step(const RaggedBatch& batch) {
  cpu::check_batch(batch);
  const KvStore* only = nullptr;
  int stores = 0;
  for (const auto& store : kv_stores_) {
    if (store) only = store.get(), ++stores;
  }
  if (stores == 1) cpu::check_pages(batch, only->spec, "begin_step");
  const auto tokens = static_cast<std::int64_t>(batch.token_ids.size());
  // Decode steps of one batch size do the same work again and again.
  const bool decodes = std::all_of(batch.roles.begin(), batch.roles.end(),
                                   [](TokenRole role) { return role == TokenRole::generated; });
  forget_results();
  runtime_.end_list();
  if (decodes) runtime_.begin_list();
  if (tokens > step_capacity_) {
    if (step_buffer_) release(std::exchange(step_buffer_, {}));
    step_capacity_ = 0;  // a full device leaves it so, and the next step asks again
    const std::int64_t capacity = std::max<std::int64_t>(tokens, 64);
    step_buffer_ = allocate(static_cast<std::uint64_t>(capacity) * 2 * sizeof(std::int32_t));
    step_capacity_ = capacity;
  }
  StepTensors step;
  step.tokens = static_cast<std::int32_t>(tokens);
  step.token_ids = dense(step_buffer_, DataType::i32, {tokens});
  step.positions = dense(step_buffer_, DataType::i32, {tokens},
                         static_cast<std::uint64_t>(step_capacity_) * sizeof(std::int32_t));
  step.host = &batch;
  upload(step.token_ids, std::as_bytes(std::span(batch.token_ids)));
  upload(step.positions, std::as_bytes(std::span(batch.positions)));

  std::vector<std::int32_t> sequences;
  std::vector<std::int32_t> first_pages;
  std::vector<std::int32_t> pages;
  for (std::size_t s = 0; s < batch.sequences.size(); ++s) {
    const SequenceSlice& slice = batch.sequences[s];
    sequences.insert(sequences.end(), static_cast<std::size_t>(slice.token_count),
                     static_cast<std::int32_t>(s));
    first_pages.push_back(static_cast<std::int32_t>(pages.size()));
    pages.insert(pages.end(), slice.pages.begin(), slice.pages.end());
  }
  // Sizes that change rarely, so that steps are alike: nothing reads beyond a sequence's pages.
  constexpr std::size_t kFewPages = 256;
  pages.resize(std::bit_ceil(std::max(pages.size(), kFewPages)), 0);
  std::vector<QueryTile> tiles;
  std::vector<QueryTile> generated_tiles;
  std::vector<QueryTile> prompt_tiles;
  std::vector<std::int32_t> generated_rows;
  step_ = {};
  const std::vector<cpu::RoleRun> runs = cpu::role_runs(batch);
  for (const cpu::RoleRun& run : runs) {
    if (run.role != TokenRole::generated) continue;
    append_tiles(tiles, run, run.first_token);
    append_tiles(generated_tiles, run, static_cast<std::int32_t>(generated_rows.size()));
    for (std::int32_t i = 0; i < run.token_count; ++i) {
      generated_rows.push_back(run.first_token + i);
      step_.generated_cuts += cuts_of(std::int64_t{run.first_position} + i + 1);
    }
    step_.generated_positions = std::max(step_.generated_positions, run.first_position + run.token_count);
  }
  for (const cpu::RoleRun& run : runs) {
    if (run.role != TokenRole::prompt) continue;
    const auto first = static_cast<std::int64_t>(tiles.size());
    const auto first_long = static_cast<std::int64_t>(prompt_tiles.size());
    append_tiles(tiles, run, run.first_token);
    append_tiles(prompt_tiles, run, run.first_token, kPromptTileTokens);
    step_.prompts.push_back({run, first, static_cast<std::int64_t>(tiles.size()) - first, first_long,
                             static_cast<std::int64_t>(prompt_tiles.size()) - first_long});
  }
  step_.decodes = decodes;
  step_.host = &batch;
  step_.sequences = send("step sequences", sequences);
  step_.table.first = send("step first pages", first_pages);
  step_.table.pages = send("step pages", pages);
  step_.tiles = send("step tiles", tiles);
  step_.tile_count = static_cast<std::int64_t>(tiles.size());
  if (!decodes) step_.prompt_tiles = send("step prompt tiles", prompt_tiles);
  step_.prompt_tile_count = static_cast<std::int64_t>(prompt_tiles.size());
  step_.generated_tiles = send("step generated tiles", generated_tiles);
  step_.generated_tile_count = static_cast<std::int64_t>(generated_tiles.size());
  step_.generated_rows = send("step generated rows", generated_rows);
  step_.generated = static_cast<std::int64_t>(generated_rows.size());
  return step;
}

void CudaBackend::check_step(const StepTensors& step, const KvStore& store, const char* operation) const {
  if (step.host == nullptr || step.host != step_.host ||
      step.host->token_ids.size() != static_cast<std::size_t>(step.tokens))
    fail_input("{}: the step was not begun", operation);
  cpu::check_pages(*step.host, store.spec, operation);
}

KvPlace CudaBackend::place_of(const KvStore& store, const KvLayer& layer) {
  const KvGroupLayout& layout = store.layout.groups[static_cast<std::size_t>(layer.group)];
  KvPlace place;
  place.cache = store.memory;
  place.page_bytes = store.layout.page_bytes;
  place.layer_offset = layout.offset_bytes + static_cast<std::uint64_t>(layer.layer) * layout.layer_bytes;
  place.head_bytes = layout.head_bytes;
  place.value_offset = layout.value_offset_bytes;
  place.row_stride = layout.row_stride;
  place.page_tokens = store.spec.page_tokens;
  place.type = store.spec.groups[static_cast<std::size_t>(layer.group)].type;
  return place;
}

void CudaBackend::give_cut_memory(Attention& attention, std::int32_t cuts) {
  const std::int64_t rows = cuts * attention.rows;
  const Global<float> memory = scratch("attention cuts").get<float>(rows * (attention.value_dim + 2));
  attention.maxima = memory;
  attention.sums = memory + rows;
  attention.values = memory + 2 * rows;
}

JoinState CudaBackend::join_state(const Attention& attention) {
  const Global<float> memory =
      scratch("attention state").get<float>(attention.rows * (attention.value_dim + 2));
  return {memory, memory + attention.rows, memory + 2 * attention.rows};
}

std::int32_t CudaBackend::cuts_at_once(const Attention& attention) const {
  const std::int64_t cut_floats = attention.rows * (attention.value_dim + 2);
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(cut_floats_ / cut_floats, 1, 1024));
}

void CudaBackend::run_cuts(Attention attention, std::int32_t first, std::int32_t last) {
  const std::int32_t at_once = std::min(cuts_at_once(attention), last - first);
  give_cut_memory(attention, at_once);
  JoinState state;
  if (at_once < last - first) state = join_state(attention);
  for (std::int32_t cut = first; cut < last; cut += at_once) {
    attention.first_cut = cut;
    attention.cuts = std::min(at_once, last - cut);
    attend(runtime_.stream(), attention);
    join_cuts(runtime_.stream(), attention, state);
  }
}

void CudaBackend::attention(const Tensor& output, const Tensor& queries, const KvLayer& layer,
                            const StepTensors& step, float scale) {
  const KvStore& store = kv_layer(layer, "attention");
  const KvGroupSpec& group = store.spec.groups[static_cast<std::size_t>(layer.group)];
  Attention attention;
  attention.queries = head_rows<const float>(buffers_.floats(queries, "attention queries"), queries);
  attention.output = head_rows<float>(buffers_.floats(output, "attention output"), output);
  check_attention(output, queries, step.tokens, group);
  check_step(step, store, "attention");
  attention.place = place_of(store, layer);
  attention.table = step_.table;
  attention.tiles = step_.tiles;
  attention.tile_count = step_.tile_count;
  attention.heads = static_cast<std::int32_t>(queries.dim(1));
  attention.kv_heads = group.kv_heads;
  attention.key_dim = group.key_dim;
  attention.value_dim = group.value_dim;
  attention.window = group.layout == KvLayout::window ? group.window : 0;
  attention.scale = scale;
  attention.rows = std::int64_t{step.tokens} * attention.heads;
  attention.on_tensor_cores = options_.activations == ActivationPrecision::by_weight &&
                              fits_paged_attention(attention.place, attention.key_dim, attention.value_dim);
  if (attention.on_tensor_cores && step_.prompt_tile_count > 0) {
    Attention prompt = attention;
    prompt.tiles = step_.prompt_tiles;
    prompt.tile_count = step_.prompt_tile_count;
    attend_prompt(runtime_.stream(), prompt);
    if (step_.generated == 0) return;
    attention.tile_count = step_.generated_tile_count;  // they stand before those of prompts
  }
  std::int64_t first_seen = INT32_MAX;
  std::int64_t positions = 0;
  for (const SequenceSlice& slice : step.host->sequences) {
    const bool cut_off = attention.window > 0 && slice.first_position >= attention.window;
    first_seen =
        std::min<std::int64_t>(first_seen, cut_off ? slice.first_position - attention.window + 1 : 0);
    positions = std::max(positions, std::int64_t{slice.first_position} + slice.token_count);
  }
  run_cuts(attention, static_cast<std::int32_t>(first_seen / kKeyCutPositions),
           step_.decodes ? decode_cuts(positions) : cuts_of(positions));
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
