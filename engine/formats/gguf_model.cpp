#include "engine/formats/gguf_model.h"

#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/nearest.h"
#include "engine/architectures/architecture.h"
#include "engine/formats/gguf.h"
#include "engine/formats/gguf_vocabulary.h"
#include "engine/formats/mapped_tensor.h"

namespace reckon::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNumberDigits = 5;  // model-00001-of-00003.gguf
constexpr std::int64_t kMaxParts = 99999;

// The name of part `index` (from 0), or "" when `path` is not named like a part.
std::string part_path(const std::string& path, std::int64_t index, std::int64_t count) {
  const std::string tail = fmt::format("-of-{:05d}.gguf", count);
  if (!path.ends_with(tail)) return "";
  const std::string head = path.substr(0, path.size() - tail.size());
  if (head.size() <= kNumberDigits || head[head.size() - kNumberDigits - 1] != '-') return "";
  const std::string number = head.substr(head.size() - kNumberDigits);
  if (number.find_first_not_of("0123456789") != std::string::npos) return "";
  return head.substr(0, head.size() - kNumberDigits) + fmt::format("{:05d}", index + 1) + tail;
}

struct ToJson {
  json::Allocator& allocator;
  json::Value operator()(std::int64_t value) const { return json::Value(value); }
  json::Value operator()(double value) const { return json::Value(value); }
  json::Value operator()(bool value) const { return json::Value(value); }
  json::Value operator()(const std::string& value) const { return json::string(value, allocator); }
  template <typename Item>
  json::Value operator()(const std::vector<Item>& items) const {
    // Per-layer arrays whose entries are all alike mean the same as the one value.
    bool alike = !items.empty();
    for (const Item& item : items) alike = alike && item == static_cast<Item>(items.front());
    if (alike) return (*this)(static_cast<Item>(items.front()));
    json::Value array(rapidjson::kArrayType);
    for (const Item& item : items) array.PushBack((*this)(static_cast<Item>(item)), allocator);
    return array;
  }
};

class GgufModel : public ModelSource {
 public:
  GgufModel(const std::string& path, const OpenOptions& options) {
    path_ = path;
    format_ = "gguf";
    if (options.num_layers > 0) {
      fail_input("{}: num_layers={} needs load_format=dummy, which needs a folder with config.json", path,
                 options.num_layers);
    }
    if (options.dummy_weights) {
      fail_input("{}: load_format=dummy needs a folder with config.json, not a GGUF file", path);
    }
    const GgufFile first = open_parts(path);
    const std::string architecture = first.get_string("general.architecture");
    json::Document keys(rapidjson::kObjectType);
    const std::string prefix = architecture + ".";
    for (const auto& [key, value] : first.values) {
      if (!key.starts_with(prefix)) continue;
      keys.AddMember(json::string(key.substr(prefix.size()), keys.GetAllocator()),
                     std::visit(ToJson{keys.GetAllocator()}, value), keys.GetAllocator());
    }
    config_ = read_gguf_config(
        architecture, keys, first.path, [this](const std::string& name) { return find_tensor(name); },
        options.ignored_config_keys);
    vocabulary_ = read_gguf_vocabulary(first);
    generation_ = read_gguf_generation(first);
    read_templates(first);
  }

  kernels::StoredTensor tensor(const TensorRequest& request) const override {
    const TensorRecord* record = find_tensor(request.name);
    if (record == nullptr) {
      std::vector<std::string> known;
      for (const auto& [other, index] : tensor_index_) known.push_back(other);
      fail_input("{}: no tensor '{}'{}", path_, request.name,
                 known.size() < 20000 ? did_you_mean(request.name, known) : std::string());
    }
    return mapped_tensor(*record, request, maps_[record->file]);
  }

 private:
  GgufFile open_part(const std::string& path) {
    maps_.push_back(std::make_shared<const MappedFile>(path));
    const std::size_t index = files_.size();
    files_.push_back({path, maps_.back()->bytes().size()});
    GgufFile file = read_gguf(maps_.back()->bytes(), path, index);
    for (const TensorRecord& record : file.tensors) {
      if (!tensor_index_.emplace(record.name, tensors_.size()).second) {
        fail_input("{}: tensor '{}' stands in an earlier part too", path, record.name);
      }
      tensors_.push_back(record);
    }
    return file;
  }

  // Opens every part of a split model, the first one first; its keys describe the whole.
  GgufFile open_parts(const std::string& path) {
    std::int64_t count = 1;
    std::string first_path = path;
    const std::size_t mark = path.rfind("-of-");
    if (mark != std::string::npos && path.size() == mark + 4 + kNumberDigits + 5) {
      const std::string digits = path.substr(mark + 4, kNumberDigits);
      if (digits.find_first_not_of("0123456789") == std::string::npos) count = std::stoll(digits);
      const std::string named = part_path(path, 0, count);
      if (!named.empty() && count >= 1)
        first_path = named;
      else
        count = 1;
    }
    if (!fs::is_regular_file(first_path)) {
      fail_input("{}: the first part of the model is not there; download all {} parts", first_path, count);
    }
    GgufFile first = open_part(first_path);
    const std::int64_t told =
        first.find("split.count") == nullptr ? 1 : first.get_int("split.count", 0, kMaxParts);
    if (std::max<std::int64_t>(told, 1) != count) {
      fail_input(
          "{}: key 'split.count' says {} parts, its name {}; keep the parts under their original names",
          first_path, told, count);
    }
    for (std::int64_t i = 1; i < count; ++i) {
      const std::string part = part_path(first_path, i, count);
      if (!fs::is_regular_file(part))
        fail_input("{}: part {} of {} is not there; download it", part, i + 1, count);
      const GgufFile file = open_part(part);
      if (file.find("split.no") != nullptr && file.get_int("split.no", 0, kMaxParts) != i) {
        fail_input("{}: key 'split.no' is {}, expected {}", part, file.get_int("split.no", 0, kMaxParts), i);
      }
    }
    if (first.find("split.tensors.count") != nullptr) {
      const std::int64_t expected = first.get_int("split.tensors.count", 0, INT32_MAX);
      if (expected != static_cast<std::int64_t>(tensors_.size())) {
        fail_input("{}: key 'split.tensors.count' says {} tensors, the parts hold {}", first_path, expected,
                   tensors_.size());
      }
    }
    return first;
  }

  void read_templates(const GgufFile& file) {
    const std::string key = "tokenizer.chat_template";
    for (const auto& [name, value] : file.values) {
      const auto* text = std::get_if<std::string>(&value);
      if (text == nullptr || !name.starts_with(key)) continue;
      if (name == key)
        chat_templates_["default"] = *text;
      else if (name.starts_with(key + "."))
        chat_templates_[name.substr(key.size() + 1)] = *text;
    }
  }

  std::vector<std::shared_ptr<const MappedFile>> maps_;
};

}  // namespace

std::unique_ptr<ModelSource> open_gguf(const std::string& path, const OpenOptions& options) {
  return std::make_unique<GgufModel>(path, options);
}

}  // namespace reckon::engine
