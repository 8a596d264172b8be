#include "engine/model/scratch.h"

#include <algorithm>
#include <span>

namespace reckon::engine {

using kernels::Tensor;

Tensor part(const Tensor& scratch, std::int64_t rows, std::int64_t columns) {
  return kernels::dense(scratch.buffer, scratch.type, {rows, columns}, scratch.offset_bytes);
}

Scratch::Scratch(const RankPart& rank, kernels::Backend& backend, std::int32_t max_tokens,
                 std::int32_t logit_rows)
    : backend_(backend) {
  const ModelConfig& config = rank.config();
  const std::int64_t m = max_tokens;
  const std::int64_t d = config.hidden_size;
  std::int64_t query = 0, key = 0, value = 0, head_value = 0, q_lora = 0, kv_latent_width = 0;
  std::int64_t wide = 0, experts = 0, top_k = 0;
  for (const LayerConfig& layer : config.layers) {
    const AttentionConfig& attention = layer.attention;
    query = std::max(query, std::int64_t{attention.heads} * attention.key_dim);
    head_value = std::max(head_value, std::int64_t{attention.heads} * attention.value_dim);
    if (attention.kind == AttentionConfig::Kind::latent) {
      kv_latent_width = std::max(kv_latent_width, std::int64_t{attention.kv_lora_rank} + attention.rope_dim);
      q_lora = std::max(q_lora, std::int64_t{attention.q_lora_rank});
    } else {
      key = std::max(key, std::int64_t{attention.kv_heads} * attention.key_dim);
      value = std::max(value, std::int64_t{attention.kv_heads} * attention.value_dim);
    }
    wide = std::max({wide, std::int64_t{layer.feed_forward.intermediate},
                     std::int64_t{layer.feed_forward.shared_intermediate}});
    experts = std::max(experts, std::int64_t{layer.feed_forward.router.experts});
    top_k = std::max(top_k, std::int64_t{layer.feed_forward.router.top_k});
  }
  residual = matrix(m, d);
  normed = matrix(m, d);
  const std::int64_t ranks = rank.plan().ranks();
  const std::int64_t own_tokens = (m + ranks - 1) / ranks;
  branch = matrix(own_tokens * ranks, d);
  if (experts > 0) zeros = matrix(m, d);
  queries = matrix(m, query);
  keys = matrix(m, key);
  values = matrix(m, value);
  attended = matrix(m, head_value);
  q_latent = matrix(m, q_lora);
  q_latent_normed = matrix(m, q_lora);
  kv_latent = matrix(m, kv_latent_width);
  gated = matrix(m, wide);
  router_logits = matrix(m, experts);
  chosen = matrix(m, top_k, kernels::DataType::i32);
  expert_weights = matrix(m, top_k);
  hidden_rows = matrix(m, d);
  hidden = matrix(m, d);
  logits = matrix(logit_rows, config.vocab_size);
  const std::int64_t parts = rank.cut_vocabulary().count;
  if (parts > 1) {
    logit_part = matrix(logit_rows, config.vocab_size / parts);
    logit_parts = matrix(logit_rows * parts, config.vocab_size / parts);
  }
  if (rank.plan().expert > 1 && experts > 0) {
    const std::int64_t sent = ranks * own_tokens * std::min(top_k, experts / ranks);
    divided.own = matrix(own_tokens, d);
    for (Tensor* tensor : {&divided.sent, &divided.received, &divided.results, &divided.returned})
      *tensor = matrix(sent, d);
    for (Tensor* tensor : {&divided.sent_experts, &divided.received_experts})
      *tensor = matrix(sent, 1, kernels::DataType::i32);
    divided.places = matrix(own_tokens, top_k, kernels::DataType::i32);
  }
  const auto vector = [](const Tensor& one) { return kernels::reshape(one, {one.dim(0)}); };
  rows = vector(matrix(m, 1, kernels::DataType::i32));
  first_bad = vector(matrix(m, 1, kernels::DataType::i32));
  wanted_bad = vector(matrix(m, 1, kernels::DataType::i32));
  minus_one = vector(matrix(m, 1, kernels::DataType::i32));
  const std::vector<std::int32_t> filled(static_cast<std::size_t>(m), -1);
  backend.upload(minus_one, std::as_bytes(std::span<const std::int32_t>(filled)));
}

Scratch::~Scratch() {
  for (const kernels::BufferHandle buffer : buffers_) backend_.release(buffer);
}

Tensor Scratch::matrix(std::int64_t row_count, std::int64_t columns, kernels::DataType type) {
  if (row_count * columns == 0) return {};
  const kernels::BufferHandle buffer = backend_.allocate(kernels::bytes_of(type, row_count * columns));
  buffers_.push_back(buffer);
  return kernels::dense(buffer, type, {row_count, columns});
}

}  // namespace reckon::engine
