#include "engine/formats/hugging_face.h"

#include <filesystem>
#include <set>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/nearest.h"
#include "engine/architectures/architecture.h"
#include "engine/formats/chat_files.h"
#include "engine/formats/dummy_weights.h"
#include "engine/formats/fp8_scales.h"
#include "engine/formats/mapped_tensor.h"
#include "engine/formats/safetensors.h"

namespace reckon::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfigBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxIndexBytes = std::size_t{256} << 20;

std::string join(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\\') == std::string::npos && name.find('\0') == std::string::npos;
}

class HuggingFaceModel : public ModelSource {
 public:
  HuggingFaceModel(const std::string& folder, const OpenOptions& options) : dummy_(options.dummy_weights) {
    path_ = folder;
    format_ = dummy_ ? "dummy" : "safetensors";
    // A config alone, as those that are shipped with the estimates: their "source" says where they are from.
    const bool alone = !fs::is_directory(folder);
    const std::string config_path = alone ? folder : join(folder, "config.json");
    if (!fs::exists(config_path)) {
      fail_input(
          "{}: has no config.json; a model is a folder with config.json and .safetensors files, or a .gguf "
          "file",
          folder);
    }
    add_file(config_path);
    const json::Document config = json::parse(read_file(config_path, kMaxConfigBytes), config_path);
    std::vector<std::string> ignored = options.ignored_config_keys;
    if (alone) ignored.emplace_back("source");
    config_ = read_hugging_face_config(config, config_path, ignored);
    ChatFiles chat = read_chat_files(alone ? fs::path(folder).parent_path().string() : folder, config);
    generation_ = chat.generation;
    chat_templates_ = std::move(chat.templates);
    tokenizer_json_ = chat.tokenizer_json;
    tokenizer_config_ = chat.tokenizer_config;
    for (const std::string& file : chat.files) add_file(file);
    if (!dummy_) open_weights();
    if (options.num_layers > 0) leave_out_layers(options.num_layers);
  }

  kernels::StoredTensor tensor(const TensorRequest& request) const override {
    if (dummy_) {
      kernels::StoredTensor tensor =
          draw_dummy_tensor(request, config_.weight_type, config_.fp8_block_rows, config_.fp8_block_columns);
      tensor.activation_scales_power_of_two = config_.fp8_power_of_two_scales;
      return tensor;
    }
    const TensorRecord* record = find_tensor(request.name);
    if (record == nullptr) missing(request.name);
    kernels::StoredTensor tensor = mapped_tensor(*record, request, maps_[record->file]);
    if (tensor.type != kernels::DataType::fp8_e4m3) return tensor;
    const TensorRecord* scales = find_tensor(request.name + "_scale_inv");
    if (scales == nullptr) missing(request.name + "_scale_inv");
    if (config_.fp8_block_rows == 0) {
      fail_input("{}: tensor '{}' is FP8, but config.json has no quantization_config with weight_block_size",
                 maps_[record->file]->path(), request.name);
    }
    attach_fp8_scales(tensor, *scales, maps_[scales->file], config_.fp8_block_rows,
                      config_.fp8_block_columns);
    tensor.activation_scales_power_of_two = config_.fp8_power_of_two_scales;
    return tensor;
  }

 private:
  [[noreturn]] void missing(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& [other, index] : tensor_index_) known.push_back(other);
    fail_input(
        "{}: no tensor '{}' in its .safetensors files{}; the download is incomplete, or config.json belongs "
        "to "
        "another model",
        path_, name, known.size() < 20000 ? did_you_mean(name, known) : std::string());
  }

  void leave_out_layers(std::int32_t kept) {
    if (!dummy_)
      fail_input(
          "{}: num_layers={} takes load_format=dummy with it: a model without its last layers says nothing",
          path_, kept);
    const auto all = static_cast<std::int32_t>(config_.layers.size());
    if (kept > all) fail_input("{}: num_layers={}, and the model has {}", path_, kept, all);
    config_.left_out.assign(config_.layers.begin() + kept, config_.layers.end());
    config_.layers.resize(static_cast<std::size_t>(kept));
  }

  std::size_t add_file(const std::string& path) {
    files_.push_back({path, static_cast<std::uint64_t>(fs::file_size(path))});
    maps_.emplace_back();
    return files_.size() - 1;
  }

  void open_file(const std::string& name) {
    const std::string path = join(path_, name);
    if (!fs::is_regular_file(path)) {
      fail_input("{}: is listed in model.safetensors.index.json but is not there; download it", path);
    }
    const std::size_t file = add_file(path);
    maps_[file] = std::make_shared<const MappedFile>(path);
    for (TensorRecord& record : read_safetensors_directory(maps_[file]->bytes(), path, file)) {
      const auto [place, fresh] = tensor_index_.emplace(record.name, tensors_.size());
      if (!fresh) {
        fail_input("{}: tensor '{}' stands in {} too", path, record.name,
                   files_[tensors_[place->second].file].path);
      }
      tensors_.push_back(std::move(record));
    }
  }

  void open_weights() {
    const std::string index_path = join(path_, "model.safetensors.index.json");
    if (!fs::exists(index_path)) {
      if (!fs::exists(join(path_, "model.safetensors"))) no_weights();
      open_file("model.safetensors");
      return;
    }
    const json::Document index = json::parse(read_file(index_path, kMaxIndexBytes), index_path);
    const json::ObjectReader reader(index, index_path);
    const json::ObjectReader map = reader.get_object("weight_map");
    std::set<std::string> names;
    for (const auto& member : index["weight_map"].GetObject()) {
      const std::string file = map.get_string(member.name.GetString());
      if (!is_plain_name(file)) fail_input("{}: '{}' is no name of a file in this folder", map.where(), file);
      names.insert(file);
    }
    add_file(index_path);
    for (const std::string& name : names) open_file(name);
    for (const auto& member : index["weight_map"].GetObject()) {
      const TensorRecord* record = find_tensor(member.name.GetString());
      const std::string file = map.get_string(member.name.GetString());
      if (record == nullptr || fs::path(files_[record->file].path).filename() != file) {
        fail_input("{}: tensor '{}' should be in {}, but is not", map.where(), member.name.GetString(), file);
      }
    }
  }

  [[noreturn]] void no_weights() const {
    std::vector<std::string> others;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(path_, ignored)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".safetensors" || extension == ".bin" || extension == ".pt" || extension == ".pth" ||
          extension == ".gguf") {
        others.push_back(entry.path().filename().string());
      }
    }
    std::sort(others.begin(), others.end());
    fail_input(
        "{}: has neither model.safetensors nor model.safetensors.index.json{}{}; weights are read from "
        "safetensors or GGUF files",
        path_, others.empty() ? "" : ", only ", fmt::join(others, ", "));
  }

  bool dummy_;
  std::vector<std::shared_ptr<const MappedFile>> maps_;  ///< by file; null for those that hold no tensors
};

}  // namespace

std::unique_ptr<ModelSource> open_hugging_face(const std::string& folder, const OpenOptions& options) {
  return std::make_unique<HuggingFaceModel>(folder, options);
}

}  // namespace reckon::engine
