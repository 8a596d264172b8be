#pragma once
// Runs given tokens through a model and returns every position's log-probabilities.

#include <cstdint>
#include <vector>

#include "engine/model/transformer.h"

namespace reckon::test {

struct ScoreOptions {
  kernels::ActivationPrecision activations = kernels::ActivationPrecision::float32;
  kernels::DataType kv_type = kernels::DataType::f32;
  std::int32_t chunk = 512;         ///< tokens a step
  std::int32_t prompt_tokens = -1;  ///< the first so many have the role prompt, the rest generated; -1: all
  std::int32_t page_tokens = 16;
  std::int32_t threads = 1;       ///< tiny models gain nothing from more
  engine::ParallelPlan parallel;  ///< with a communicator: this rank's part of the model is run
  std::shared_ptr<kernels::Communicator> communicator;
};

/// [tokens.size()][vocab_size]
std::vector<std::vector<float>> score_tokens(const engine::ModelSource& source,
                                             const std::vector<std::int32_t>& tokens,
                                             const ScoreOptions& options = {});

}  // namespace reckon::test
