#pragma once
// What is in a model's files, in numbers: for `inspect` and for the record of a run.

#include <cstdint>
#include <map>
#include <string>

#include "engine/model/model_source.h"
#include "kernels/kv_cache.h"

namespace reckon::engine {

struct ModelSummary {
  std::int64_t parameters = 0;         ///< of the tensors that the forward pass uses (scales are not counted)
  std::int64_t active_parameters = 0;  ///< of those, what one token passes through
  std::int64_t weight_bytes = 0;       ///< of all tensors, as stored
  std::map<std::string, std::int64_t> weight_types;  ///< bytes by type, lower case: "q4_1"
  std::int64_t layers = 0;
  std::int64_t experts = 0;         ///< routed ones of a layer; 0: a dense model
  std::int64_t chosen_experts = 0;  ///< of those, for each token
};

ModelSummary summarise(const ModelSource& source);

/// Bytes of KV cache that one token takes, from the layers of the config.
std::uint64_t kv_bytes_per_token(const ModelConfig& config, kernels::DataType type);

}  // namespace reckon::engine
