#include "engine/model/attention_block.h"

#include <array>
#include <span>

namespace reckon::engine {

using kernels::LinearOutput;
using kernels::Tensor;

void AttentionBlock::linear(kernels::WeightHandle weight, const Tensor& output, const Tensor& input,
                            const Tensor& bias) const {
  const LinearOutput one{weight, output, bias};
  backend_.linear(std::span(&one, 1), input);
}

LinearOutput AttentionBlock::query_projection(const AttentionConfig& config, const AttentionWeights& weights,
                                              std::int32_t tokens) const {
  if (config.q_lora_rank > 0) return {weights.q_a, part(scratch_.q_latent, tokens, config.q_lora_rank), {}};
  return {weights.q, part(scratch_.queries, tokens, std::int64_t{config.heads} * config.key_dim),
          weights.q_bias};
}

kernels::HeadPreparation AttentionBlock::head_preparation(const AttentionConfig& config, const Tensor& gain,
                                                          const kernels::RopeSpec& rope) const {
  kernels::HeadPreparation preparation;
  if (config.head_norm) preparation.gain = gain;
  preparation.norm_dim = config.key_dim;
  preparation.epsilon = config_.norm_epsilon;
  preparation.rope = rope;
  return preparation;
}

Tensor AttentionBlock::finish_queries(const AttentionConfig& config, const AttentionWeights& weights,
                                      const kernels::StepTensors& step) const {
  const Tensor q = part(scratch_.queries, step.tokens, std::int64_t{config.heads} * config.key_dim);
  if (config.q_lora_rank > 0) {
    const Tensor q_normed = part(scratch_.q_latent_normed, step.tokens, config.q_lora_rank);
    backend_.rms_norm(q_normed, part(scratch_.q_latent, step.tokens, config.q_lora_rank), weights.q_a_norm,
                      config_.latent_norm_epsilon);
    linear(weights.q_b, q, q_normed);
  }
  const Tensor queries = kernels::split_last(q, config.key_dim);
  kernels::HeadPreparation preparation = head_preparation(config, weights.q_norm, weights.rope);
  if (config.kind == AttentionConfig::Kind::latent) preparation.rope_first = config.nope_dim;
  backend_.prepare_heads(queries, step, preparation);
  return queries;
}

void AttentionBlock::write_keys(const AttentionConfig& config, const AttentionWeights& weights,
                                const Tensor& input, const kernels::KvLayer& place,
                                const kernels::StepTensors& step,
                                const std::optional<LinearOutput>& beside) const {
  if (config.kind == AttentionConfig::Kind::latent) {
    write_latent(config, weights, input, place, step, beside);
  } else {
    write_grouped(config, weights, input, place, step, beside);
  }
}

void AttentionBlock::write_grouped(const AttentionConfig& config, const AttentionWeights& weights,
                                   const Tensor& input, const kernels::KvLayer& place,
                                   const kernels::StepTensors& step,
                                   const std::optional<LinearOutput>& beside) const {
  const Tensor k = part(scratch_.keys, step.tokens, std::int64_t{config.kv_heads} * config.key_dim);
  const Tensor v = part(scratch_.values, step.tokens, std::int64_t{config.kv_heads} * config.value_dim);
  const std::array<LinearOutput, 3> outputs{LinearOutput{weights.k, k, weights.k_bias},
                                            LinearOutput{weights.v, v, weights.v_bias},
                                            beside.value_or(LinearOutput{})};
  backend_.linear(std::span(outputs).first(beside ? 3 : 2), input);
  backend_.write_prepared_kv(place, step, kernels::split_last(k, config.key_dim),
                             kernels::split_last(v, config.value_dim),
                             head_preparation(config, weights.k_norm, weights.rope));
}

// The cache holds the normed latent and the one rotated key side by side.
void AttentionBlock::write_latent(const AttentionConfig& config, const AttentionWeights& weights,
                                  const Tensor& input, const kernels::KvLayer& place,
                                  const kernels::StepTensors& step,
                                  const std::optional<LinearOutput>& beside) const {
  const std::int64_t latent = config.kv_lora_rank;
  const Tensor kv = part(scratch_.kv_latent, step.tokens, latent + config.rope_dim);
  const std::array<LinearOutput, 2> outputs{LinearOutput{weights.kv_a, kv, {}},
                                            beside.value_or(LinearOutput{})};
  backend_.linear(std::span(outputs).first(beside ? 2 : 1), input);
  kernels::HeadPreparation preparation;
  preparation.gain = weights.kv_a_norm;
  preparation.norm_dim = preparation.rope_first = config.kv_lora_rank;
  preparation.epsilon = config_.latent_norm_epsilon;
  preparation.rope = weights.rope;
  backend_.write_prepared_kv(place, step, kernels::split_last(kv, latent + config.rope_dim), {}, preparation);
}

void AttentionBlock::attend(const AttentionConfig& config, const AttentionWeights& weights,
                            const Tensor& queries, const Tensor& output, const kernels::KvLayer& place,
                            const kernels::StepTensors& step) const {
  const Tensor attended = part(scratch_.attended, step.tokens, std::int64_t{config.heads} * config.value_dim);
  const Tensor by_head = kernels::split_last(attended, config.value_dim);
  if (config.kind == AttentionConfig::Kind::latent) {
    backend_.mla_attention(by_head, queries, place, step, weights.kv_b);
  } else {
    backend_.attention(by_head, queries, place, step, config.scale);
  }
  linear(weights.o, output, attended, weights.o_bias);
}

}  // namespace reckon::engine
