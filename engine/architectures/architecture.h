#pragma once
// The architectures that are known, each a short file of this folder: how its published config and tensor
// names map onto the one forward pass.

#include <functional>
#include <string>
#include <vector>

#include "engine/architectures/config_keys.h"
#include "engine/model/model_config.h"
#include "engine/model/model_source.h"

namespace reckon::engine {

/// What a GGUF file holds beside its keys: some things are said only by which tensors are there.
using FindTensor = std::function<const TensorRecord*(const std::string& name)>;

struct Architecture {
  const char* name;
  std::vector<std::string> model_types;  ///< of config.json
  std::vector<std::string> gguf_names;   ///< general.architecture
  /// Fills in everything except what is common to all (see read_hugging_face_config).
  ModelConfig (*from_hugging_face)(ConfigKeys& keys);
  /// `keys` are those of "{architecture}.", without that prefix.
  ModelConfig (*from_gguf)(ConfigKeys& keys, const FindTensor& find);
};

const std::vector<Architecture>& known_architectures();
Architecture llama_architecture();
Architecture deepseek_v3_architecture();

/// config.json as a description. Errors: an unknown architecture (the known ones are listed), a key whose
/// meaning is not honoured, values that are absurd or do not fit together.
ModelConfig read_hugging_face_config(const json::Value& config, const std::string& where,
                                     const std::vector<std::string>& ignored_keys);
/// The same for the keys of a GGUF file; `keys` is an object of those of "{architecture}.".
ModelConfig read_gguf_config(const std::string& architecture, const json::Value& keys,
                             const std::string& where, const FindTensor& find,
                             const std::vector<std::string>& ignored_keys);

/// Bounds that every count of a config is held to, so that no product of two overflows 64 bits.
constexpr std::int32_t kMaxWidth = 1 << 20;
constexpr std::int32_t kMaxLayers = 4096;
constexpr std::int32_t kMaxVocabulary = 1 << 24;
constexpr std::int64_t kMaxContext = std::int64_t{1} << 30;

/// Tensor names that all Llama-like checkpoints share; an architecture adds or replaces what differs.
TensorNames hugging_face_names();
TensorNames gguf_names();

/// Rotary parameters of config.json (rope_theta, rope_scaling, or rope_parameters of newer files).
struct HuggingFaceRope {
  RopeConfig rope;
  double mscale_all_dim = 0.0;  ///< yarn; 0: absent
};
HuggingFaceRope read_hugging_face_rope(ConfigKeys& keys, std::int32_t rotary_dim,
                                       std::int64_t context_length);
/// Rotary parameters of "{architecture}.rope.*".
RopeConfig read_gguf_rope(ConfigKeys& keys, std::int32_t rotary_dim, std::int64_t context_length,
                          const FindTensor& find);

/// YaRN's 0.1 * mscale * ln(factor) + 1 (1 for a factor of at most 1).
double yarn_mscale(double factor, double mscale);

}  // namespace reckon::engine
