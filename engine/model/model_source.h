#pragma once
// An opened model: a Hugging Face folder or GGUF file(s). Everything that the rest of the program asks a
// model's files for; weights are mapped and never copied unless they cannot be used as they lie.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/model_config.h"
#include "engine/tokenizer/tokenizer.h"
#include "kernels/weights.h"

namespace reckon::engine {

/// One tensor as the files list it.
struct TensorRecord {
  std::string name;
  std::string type_name;                  ///< as the file calls it: "BF16", "F8_E4M3", "Q4_K"
  std::optional<kernels::DataType> type;  ///< none: a type that no weight is read from
  std::vector<std::int64_t> shape;        ///< row-major, outermost first (GGUF's order reversed)
  std::size_t file = 0;                   ///< index into ModelSource::files()
  std::uint64_t offset = 0;               ///< bytes from the start of that file
  std::uint64_t bytes = 0;
};

struct ModelFile {
  std::string path;
  std::uint64_t bytes = 0;
};

/// What a tensor is for: random weights (load_format=dummy) are drawn accordingly.
enum class TensorRole : std::uint8_t {
  linear,          ///< in FP8 checkpoints: FP8 with block scales
  precise_linear,  ///< output matrix and router, which FP8 checkpoints leave in BF16
  embedding,
  norm,
  bias,
  router_bias,  ///< the correction bias of a router
};

/// A tensor that the forward pass needs, as a matrix or (rows = 1) vector.
struct TensorRequest {
  std::string name;
  std::int64_t rows = 1;
  std::int64_t columns = 0;
  TensorRole role = TensorRole::linear;
  std::int64_t slice = -1;  ///< of a stacked tensor [slices, rows, columns]: which
  std::int64_t slices = 1;
};

/// generation_config.json, or the keys of a GGUF file.
struct GenerationDefaults {
  std::vector<TokenId> eos_tokens;  ///< every token that ends an answer
  std::optional<TokenId> bos_token, pad_token;
  std::optional<double> temperature, top_p, min_p, repetition_penalty;
  std::optional<std::int32_t> top_k;
  std::optional<bool> do_sample;
};

struct OpenOptions {
  bool dummy_weights =
      false;  ///< load_format=dummy: only config.json is read, weights are drawn (dummy_weights.h)
  std::int32_t num_layers = 0;  ///< only the first so many; 0: all. Dummy weights only
  /// config.json keys that the user says change no result, beside those known to be harmless.
  std::vector<std::string> ignored_config_keys;
};

class ModelSource {
 public:
  /// `path`: a folder with config.json, one .gguf file, or any one file of a split GGUF; with dummy weights
  /// also a config alone (*.json). Errors name the file, the key or tensor, the byte where it helps, and what
  /// to do.
  static std::unique_ptr<ModelSource> open(const std::string& path, const OpenOptions& options = {});
  virtual ~ModelSource() = default;

  const std::string& path() const { return path_; }
  const std::string& format() const { return format_; }  ///< "safetensors", "gguf", "dummy"
  const ModelConfig& config() const { return config_; }
  const std::vector<ModelFile>& files() const { return files_; }
  const std::vector<TensorRecord>& tensors() const { return tensors_; }  ///< empty for dummy weights
  const TensorRecord* find_tensor(const std::string& name) const;

  /// The tensor as a back end takes it. Errors: absent, another shape than asked for, a type no weight is
  /// read from, a non-positive or missing FP8 scale.
  virtual kernels::StoredTensor tensor(const TensorRequest& request) const = 0;

  // Tokenizer: exactly one of the two (neither with dummy weights whose folder has no tokenizer).
  const std::string& tokenizer_json() const { return tokenizer_json_; }      ///< path or ""
  const std::string& tokenizer_config() const { return tokenizer_config_; }  ///< path or ""
  const std::optional<GgufVocabulary>& vocabulary() const { return vocabulary_; }
  std::unique_ptr<Tokenizer> load_tokenizer() const;

  /// Chat templates by name; the usual one is "default". Empty: the model has none.
  const std::map<std::string, std::string>& chat_templates() const { return chat_templates_; }
  const GenerationDefaults& generation_defaults() const { return generation_; }

 protected:
  std::string path_, format_;
  ModelConfig config_;
  std::vector<ModelFile> files_;
  std::vector<TensorRecord> tensors_;
  std::map<std::string, std::size_t> tensor_index_;
  std::string tokenizer_json_, tokenizer_config_;
  std::optional<GgufVocabulary> vocabulary_;
  std::map<std::string, std::string> chat_templates_;
  GenerationDefaults generation_;
};

/// SHA-256 of every file of the model, in the order of files(). Known ones come from a cache file under
/// XDG_CACHE_HOME/reckon (key: path, size, modification time, inode); others are computed, which takes about
/// a second a GiB: run it beside the work.
std::vector<std::string> model_hashes(const ModelSource& source);

}  // namespace reckon::engine
