#include "engine/model/model_source.h"

#include <filesystem>

#include "base/error.h"
#include "engine/formats/gguf_model.h"
#include "engine/formats/hugging_face.h"

namespace reckon::engine {

std::unique_ptr<ModelSource> ModelSource::open(const std::string& path, const OpenOptions& options) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status)) {
    fail_input("{}: no such file or folder; a model is a folder with config.json, or a .gguf file", path);
  }
  if (std::filesystem::is_directory(status)) return open_hugging_face(path, options);
  const std::filesystem::path file(path);
  if (file.extension() == ".gguf") return open_gguf(path, options);
  if (file.extension() == ".json" && options.dummy_weights) return open_hugging_face(path, options);
  if (file.extension() == ".safetensors" || file.filename() == "config.json") {
    fail_input("{}: name the folder that holds it instead: {}", path,
               file.has_parent_path() ? file.parent_path().string() : std::string("."));
  }
  fail_input("{}: is no model that reckon knows; a model is a folder with config.json, or a .gguf file{}",
             path,
             file.extension() == ".json" ? "; of a config alone load_format=dummy draws the weights" : "");
}

const TensorRecord* ModelSource::find_tensor(const std::string& name) const {
  const auto found = tensor_index_.find(name);
  return found == tensor_index_.end() ? nullptr : &tensors_[found->second];
}

}  // namespace reckon::engine
