#pragma once
// How a model is loaded: what --model_args can say.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/model/parallel_plan.h"
#include "kernels/tensor.h"
#include "kernels/weights.h"

namespace reckon::engine {

struct EngineOptions {
  std::string model_path;
  std::string device = "cpu";
  std::int32_t threads = 0;  ///< 0: all that this process may use
  kernels::ActivationPrecision activations = kernels::ActivationPrecision::by_weight;
  bool repack = true;           ///< false keeps every weight as mapped
  bool dense_library = false;   ///< dense=cublaslt
  bool warp_groups = false;     ///< tensor_cores=wgmma
  bool dummy_weights = false;   ///< load_format=dummy
  std::int32_t num_layers = 0;  ///< with those: only the first so many layers; 0: all

  std::uint64_t kv_cache_bytes = 0;  ///< 0: from free memory, see engine.h
  kernels::DataType kv_cache_type = kernels::DataType::f16;
  std::int32_t page_tokens = 32;    ///< positions a page holds
  std::int32_t max_sequences = 64;  ///< running at once
  std::int32_t chunk_tokens = 512;  ///< most prompt tokens a step
  std::int64_t max_length = 0;      ///< most tokens of one sequence; 0: the model's context
  bool share_prefixes = true;

  /// Ranks: devices, or with --device cpu groups of threads. tensor_parallel_size, expert_parallel_size.
  ParallelPlan parallel;
  /// communicator=threads: ranks exchange data through the host and may share a device.
  bool thread_communicator = false;

  std::optional<bool> add_bos_token;   ///< for text prompts; unset: as the tokenizer says
  std::string chat_template;           ///< name of one of several, or a file; "": the model's usual one
  std::string template_variables;      ///< JSON object of variables for the template; "": none
  std::string think_start, think_end;  ///< "": as the template has them, <think> and </think> by default
  std::vector<std::string> ignored_config_keys;
};

/// Reads "key=value,key=value" (commas inside brackets and quotes do not divide). Keys: the members above by
/// name, with activations=float32|by_weight, kv_cache_type=f32|f16|bf16, kv_cache_bytes with an optional K,
/// M, G or T (powers of 1024), load_format=auto|dummy, num_layers=N (with dummy), enable_thinking=true|false,
/// chat_template_args={...}, tensor_parallel_size and expert_parallel_size, communicator=auto|threads,
/// dense=own|cublaslt, tensor_cores=mma|wgmma, think_start_token, think_end_token, ignore_config_keys=a|b;
/// pretrained=PATH may give the path. Errors: an unknown key (names the nearest), a value that does not fit.
EngineOptions parse_engine_options(const std::string& model_path, std::string_view model_args,
                                   const std::string& device = "cpu");

/// What of it concerns the opening of the model's files.
OpenOptions open_options(const EngineOptions& options);

}  // namespace reckon::engine
