// Latent attention (MLA) on the CUDA back end, in both of its forms.
#include <algorithm>

#include "base/error.h"
#include "kernels/attention_inputs.h"
#include "kernels/cuda/backend.h"
#include "kernels/cuda/expanded_pages.h"
#include "kernels/cuda/latent_decode.h"
#include "kernels/cuda/paged_attention.h"
#include "kernels/shapes.h"

namespace reckon::kernels::RECKON_CUDA_NS {

void CudaBackend::mla_attention(const Tensor& output, const Tensor& queries, const KvLayer& layer,
                                const StepTensors& step, MlaWeightHandle handle) {
  const KvStore& store = kv_layer(layer, "mla_attention");
  const KvGroupSpec& group = store.spec.groups[static_cast<std::size_t>(layer.group)];
  MlaWeight& held = mla_weight(handle);
  const MlaSpec& spec = held.spec;
  Attention attention;
  attention.queries = head_rows<const float>(buffers_.floats(queries, "mla_attention queries"), queries);
  attention.output = head_rows<float>(buffers_.floats(output, "mla_attention output"), output);
  check_mla_attention(output, queries, step.tokens, group, spec);
  check_step(step, store, "mla_attention");
  attention.place = place_of(store, layer);
  attention.table = step_.table;
  attention.heads = spec.heads;
  attention.scale = spec.scale;
  attention.rows = std::int64_t{step.tokens} * spec.heads;
  for (const Step::PromptRun& prompt : step_.prompts) expanded(held, attention, prompt);
  if (step_.generated > 0) absorbed(held, attention);
}

bool CudaBackend::on_tensor_cores(const LatentMatrix& matrix, DataType type) const {
  return options_.activations == ActivationPrecision::by_weight && fits_head_tensor_cores(matrix.shape, type);
}

namespace {

std::uint64_t elements_of(const HeadMatrix& matrix) {
  return static_cast<std::uint64_t>(std::int64_t{matrix.heads} * matrix.inner * matrix.width);
}
constexpr const char* kLatentMatrix = "matrix of the latent space";

}  // namespace

Global<const float> CudaBackend::as_floats(MlaWeight& held, LatentMatrix& matrix) {
  if (matrix.floats == nullptr) {
    const std::uint64_t bytes = elements_of(matrix.shape) * sizeof(float);
    matrix.floats = pointer_cast<float>(runtime_.allocate(kLatentMatrix, bytes));
    held.bytes += bytes;
    make_head_matrix(runtime_.stream(), matrix.shape, matrix.floats);
  }
  return matrix.floats;
}

Global<const std::uint16_t> CudaBackend::as_rounded(MlaWeight& held, LatentMatrix& matrix, DataType type) {
  if (matrix.rounded == nullptr) {
    const std::uint64_t bytes = elements_of(matrix.shape) * sizeof(std::uint16_t);
    matrix.rounded = pointer_cast<std::uint16_t>(runtime_.allocate(kLatentMatrix, bytes));
    held.bytes += bytes;
  }
  if (matrix.type != type) make_head_matrix(runtime_.stream(), matrix.shape, matrix.rounded, type);
  matrix.type = type;
  return matrix.rounded;
}

void CudaBackend::make_latent_matrices(MlaWeight& held, const KvCacheSpec& spec) {
  for (const KvGroupSpec& group : spec.groups) {
    if (group.layout != KvLayout::latent) continue;
    for (LatentMatrix* matrix : {&held.into, &held.out}) {
      if (on_tensor_cores(*matrix, group.type))
        as_rounded(held, *matrix, group.type);
      else
        as_floats(held, *matrix);
    }
  }
}

void CudaBackend::multiply_by(MlaWeight& held, LatentMatrix& matrix, HeadProduct product, DataType type) {
  product.heads = matrix.shape.heads;
  product.inner = matrix.shape.inner;
  product.columns = matrix.shape.columns;
  product.width = matrix.shape.width;
  const bool rounds = on_tensor_cores(matrix, type);
  matrix.bytes_read = elements_of(matrix.shape) * (rounds ? sizeof(std::uint16_t) : sizeof(float));
  if (rounds)
    return multiply_heads_on_tensor_cores(runtime_.stream(), product, as_rounded(held, matrix, type), type);
  product.matrix = as_floats(held, matrix);
  multiply_heads(runtime_.stream(), product);
}

// Rows of one block each leave nothing in memory between cuts, but the longest row is then one block's work:
// it must not be much more than what is a block's share. The bits are the same.
bool CudaBackend::fills_device_by_rows(std::int32_t heads) const {
  const std::int64_t blocks_at_once = std::int64_t{runtime_.facts().multiprocessors} * kLatentBlocksAtOnce;
  const std::int64_t share = step_.generated_cuts * latent_chunks(heads) / blocks_at_once;
  return cuts_of(step_.generated_positions) <= std::max<std::int64_t>(1, share + share / 4);
}

std::uint64_t CudaBackend::mla_weight_bytes(MlaWeightHandle handle, TokenRole role) {
  const MlaWeight& held = mla_weight(handle);
  return role == TokenRole::prompt ? held.expand.bytes : held.into.bytes_read + held.out.bytes_read;
}

// Queries are carried into the latent space, attend to the latent rows there, and results are carried out.
void CudaBackend::absorbed(MlaWeight& held, Attention attention) {
  const MlaSpec& spec = held.spec;
  const std::int32_t dim = spec.latent_dim + spec.rope_dim;
  const std::int64_t rows = step_.generated * spec.heads;
  const Global<float> latent_queries = scratch("latent queries").get<float>(rows * dim);
  const Global<float> latent_results = scratch("latent results").get<float>(rows * spec.latent_dim);
  const HeadRows<float> output = attention.output;

  HeadProduct in;
  in.input = attention.queries;
  in.input_rows = step_.generated_rows;
  in.output = {latent_queries, std::int64_t{spec.heads} * dim, dim};
  in.tokens = step_.generated;
  in.carried = spec.rope_dim;
  const DataType type = attention.place.type;
  multiply_by(held, held.into, in, type);

  attention.source = KeySource::latent;
  attention.tiles = step_.generated_tiles;
  attention.tile_count = step_.generated_tile_count;
  attention.queries = {latent_queries, std::int64_t{spec.heads} * dim, dim};
  attention.output = {latent_results, std::int64_t{spec.heads} * spec.latent_dim, spec.latent_dim};
  attention.kv_heads = 1;
  attention.key_dim = dim;
  attention.value_dim = spec.latent_dim;
  attention.rows = rows;
  attention.on_tensor_cores = options_.activations == ActivationPrecision::by_weight &&
                              fits_latent_decode(attention.place, dim, spec.latent_dim);
  if (attention.on_tensor_cores && fills_device_by_rows(spec.heads))
    attend_latent_rows(runtime_.stream(), attention);
  else
    run_cuts(attention, 0, decode_cuts(step_.generated_positions));

  HeadProduct out;
  out.input = {latent_results, std::int64_t{spec.heads} * spec.latent_dim, spec.latent_dim};
  out.output = output;
  out.output_rows = step_.generated_rows;
  out.tokens = step_.generated;
  multiply_by(held, held.out, out, type);
}

// Keys and values of every position of the sequence through kv_b, a few cuts at a time.
void CudaBackend::expanded(const MlaWeight& held, Attention attention, const Step::PromptRun& prompt) {
  const MlaSpec& spec = held.spec;
  const std::int64_t columns = std::int64_t{spec.heads} * (spec.nope_dim + spec.value_dim);
  attention.source = KeySource::expanded;
  attention.tiles = step_.tiles + prompt.first_tile;
  attention.tile_count = prompt.tile_count;
  attention.kv_heads = spec.heads;
  attention.key_dim = spec.nope_dim + spec.rope_dim;
  attention.value_dim = spec.value_dim;
  attention.nope_dim = spec.nope_dim;
  attention.latent_dim = spec.latent_dim;
  attention.latent_stride = attention.place.row_stride;

  const bool on_tensor_cores =
      options_.activations == ActivationPrecision::by_weight &&
      fits_expanded_attention(attention.place, attention.key_dim, attention.value_dim);

  const std::int64_t positions = std::int64_t{prompt.run.first_position} + prompt.run.token_count;
  const std::int32_t cuts = cuts_of(positions);
  const std::int64_t by_keys = std::max<std::int64_t>(1, cut_floats_ / (columns * kKeyCutPositions));
  const std::int32_t at_once =
      static_cast<std::int32_t>(std::min<std::int64_t>({cuts_at_once(attention), by_keys, cuts}));
  give_cut_memory(attention, at_once);
  JoinState state;
  if (at_once < cuts) state = join_state(attention);
  for (std::int32_t cut = 0; cut < cuts; cut += at_once) {
    LatentLoad load;
    load.place = attention.place;
    load.table = attention.table;
    load.sequence = prompt.run.sequence;
    load.first = std::int64_t{cut} * kKeyCutPositions;
    load.count = std::min<std::int64_t>(std::int64_t{at_once} * kKeyCutPositions, positions - load.first);
    load.dim = spec.latent_dim + spec.rope_dim;
    load.to = scratch("latent rows").get<float>(load.count * attention.latent_stride);
    load_latent(runtime_.stream(), load);
    RowsOf<const float> latent;
    latent.data = load.to;
    latent.rows = load.count;
    latent.columns = spec.latent_dim;
    latent.outer_stride = attention.latent_stride;
    const RowsOf<float> keys_and_values = scratch_rows("expanded keys and values", load.count, columns);
    run_product("mla_attention", held.expand, keys_and_values, latent);
    attention.latent_rows = load.to;
    attention.expanded = keys_and_values.data;
    attention.first_cut = cut;
    attention.cuts = std::min(at_once, cuts - cut);
    if (on_tensor_cores)
      attend_expanded(attention, prompt, load.count);
    else
      attend(runtime_.stream(), attention);
    join_cuts(runtime_.stream(), attention, state);
  }
}

// As pages of the cache's type, which tensor cores read.
void CudaBackend::attend_expanded(Attention attention, const Step::PromptRun& prompt,
                                  std::int64_t positions) {
  attention.place = expanded_pages(attention);
  const std::int64_t pages = (positions + attention.place.page_tokens - 1) / attention.place.page_tokens;
  attention.place.cache =
      scratch("pages of expanded keys")
          .get<std::uint8_t>(pages * static_cast<std::int64_t>(attention.place.page_bytes));
  attention.table = {};
  attention.tiles = step_.prompt_tiles + prompt.first_prompt_tile;
  attention.tile_count = prompt.prompt_tile_count;
  page_expanded(runtime_.stream(), attention, positions);
  attend_prompt_cuts(runtime_.stream(), attention);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
