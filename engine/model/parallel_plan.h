#pragma once
// How a model is divided between the ranks of a communicator.

#include <cstdint>

#include "engine/model/model_config.h"
#include "kernels/weights.h"

namespace reckon::engine {

/// Each of the two is 1 (every rank computes the whole) or the number of ranks.
struct ParallelPlan {
  /// Attention by heads, feed-forwards by their inner width, the output matrix by vocabulary where it
  /// divides: results are sums of the ranks' partial sums, added in rank order.
  std::int32_t tensor = 1;
  /// Routed experts by whole experts: tokens travel to the ranks of their experts, and what comes back is
  /// added as on one device, so that no bit of a result changes. 1: experts are divided as the rest is.
  std::int32_t expert = 1;

  std::int32_t ranks() const { return tensor > expert ? tensor : expert; }
};

/// One rank's part of a model.
class RankPart {
 public:
  /// Errors: a plan that does not divide the model, naming the width and what would fit.
  RankPart(const ModelConfig& whole, const ParallelPlan& plan, std::int32_t rank);

  /// The model as this rank computes it: its heads, its widths. Experts keep their number.
  const ModelConfig& config() const { return config_; }
  const ParallelPlan& plan() const { return plan_; }
  std::int32_t rank() const { return rank_; }

  using Shard = kernels::Shard;
  /// This rank's share of `axis` under tensor parallelism.
  Shard cut(Shard::Axis axis) const { return {axis, plan_.tensor > 1 ? rank_ : 0, plan_.tensor}; }
  /// The same of keys and values; with fewer of their heads than ranks, several ranks hold the same one.
  Shard cut_keys(Shard::Axis axis, const AttentionConfig& whole) const;
  /// Of a routed expert: whole where experts are divided among the ranks.
  Shard cut_expert(Shard::Axis axis) const { return plan_.expert > 1 ? Shard{} : cut(axis); }
  /// Of the output matrix, when the vocabulary divides.
  Shard cut_vocabulary() const;
  /// Routed experts of a layer that this rank holds: [first, first + count).
  std::int32_t first_expert(const FeedForwardConfig& layer) const;
  std::int32_t expert_count(const FeedForwardConfig& layer) const;
  /// Adds what all ranks add once, such as a bias behind a divided product.
  bool adds_shared_terms() const { return plan_.tensor == 1 || rank_ == 0; }

 private:
  ModelConfig config_;
  ParallelPlan plan_;
  std::int32_t rank_;
};

}  // namespace reckon::engine
