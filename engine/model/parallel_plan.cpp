#include "engine/model/parallel_plan.h"

#include <algorithm>

#include "base/error.h"

namespace reckon::engine {
namespace {

void divide(std::int32_t& extent, std::int32_t parts, const char* what) {
  if (extent % parts != 0)
    fail_input("tensor_parallel_size={}: the model's {} {} cannot be divided by it; choose a divisor", parts,
               extent, what);
  extent /= parts;
}

}  // namespace

RankPart::RankPart(const ModelConfig& whole, const ParallelPlan& plan, std::int32_t rank)
    : config_(whole), plan_(plan), rank_(rank) {
  const std::int32_t ranks = plan.ranks();
  for (const std::int32_t part : {plan.tensor, plan.expert}) {
    if (part != 1 && part != ranks)
      fail_input(
          "tensor_parallel_size={} with expert_parallel_size={}: each must be 1 or the number of ranks",
          plan.tensor, plan.expert);
  }
  if (rank < 0 || rank >= ranks) fail_input("there is no rank {} of {}", rank, ranks);
  const bool has_experts =
      std::any_of(config_.layers.begin(), config_.layers.end(),
                  [](const LayerConfig& layer) { return layer.feed_forward.has_experts(); });
  if (plan.expert > 1 && !has_experts)
    fail_input("expert_parallel_size={}: the model has no experts; tensor_parallel_size divides dense ones",
               plan.expert);
  for (LayerConfig& layer : config_.layers) {
    AttentionConfig& attention = layer.attention;
    FeedForwardConfig& feed_forward = layer.feed_forward;
    if (plan.expert > 1 && feed_forward.has_experts() && feed_forward.router.experts % plan.expert != 0)
      fail_input("expert_parallel_size={}: the model's {} experts cannot be divided by it; choose a divisor",
                 plan.expert, feed_forward.router.experts);
    if (plan.tensor == 1) continue;
    divide(attention.heads, plan.tensor, "attention heads");
    if (attention.kind == AttentionConfig::Kind::grouped) {
      if (attention.kv_heads % plan.tensor != 0 && plan.tensor % attention.kv_heads != 0)
        fail_input(
            "tensor_parallel_size={}: the model's {} key/value heads are neither a multiple nor a "
            "divisor of it",
            plan.tensor, attention.kv_heads);
      attention.kv_heads = std::max(1, attention.kv_heads / plan.tensor);
    }
    divide(feed_forward.intermediate, plan.tensor, "channels of a feed-forward layer");
    divide(feed_forward.shared_intermediate, plan.tensor, "channels of the shared experts");
    if (plan.expert == 1) divide(feed_forward.expert_intermediate, plan.tensor, "channels of an expert");
  }
}

kernels::Shard RankPart::cut_keys(Shard::Axis axis, const AttentionConfig& whole) const {
  const std::int32_t parts = std::min(plan_.tensor, whole.kv_heads);
  return {axis, plan_.tensor > 1 ? rank_ * parts / plan_.tensor : 0, parts};
}

kernels::Shard RankPart::cut_vocabulary() const {
  return config_.vocab_size % plan_.tensor == 0 ? cut(Shard::Axis::rows) : Shard{};
}

std::int32_t RankPart::first_expert(const FeedForwardConfig& layer) const {
  return plan_.expert > 1 ? rank_ * expert_count(layer) : 0;
}

std::int32_t RankPart::expert_count(const FeedForwardConfig& layer) const {
  return layer.router.experts / plan_.expert;
}

}  // namespace reckon::engine
