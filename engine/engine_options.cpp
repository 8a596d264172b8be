#include "engine/engine_options.h"

#include <charconv>
#include <functional>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"

namespace reckon::engine {
namespace {

/// A key of --model_args with its text, for errors.
struct Argument {
  std::string key;
  std::string value;

  [[noreturn]] void wrong(std::string_view expected) const {
    fail_input("--model_args {}={}: expected {}", key, value, expected);
  }

  std::int64_t integer(std::int64_t low, std::int64_t high) const {
    std::int64_t number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc() || stop != end || number < low || number > high) {
      wrong(fmt::format("a whole number from {} to {}", low, high));
    }
    return number;
  }

  std::uint64_t bytes() const {
    static constexpr std::string_view kUnits = "KMGT";
    Argument number = *this;
    std::int64_t factor = 1;
    if (!value.empty()) {
      const std::size_t unit =
          kUnits.find(static_cast<char>(std::toupper(static_cast<unsigned char>(value.back()))));
      if (unit != std::string_view::npos) {
        factor = std::int64_t{1} << (10 * (unit + 1));
        number.value.pop_back();
      }
    }
    return static_cast<std::uint64_t>(number.integer(1, (std::int64_t{1} << 50) / factor) * factor);
  }

  bool boolean() const {
    if (value == "true" || value == "True" || value == "1") return true;
    if (value == "false" || value == "False" || value == "0") return false;
    wrong("true or false");
  }

  template <typename Value>
  Value one_of(const std::vector<std::pair<std::string, Value>>& known) const {
    std::vector<std::string> names;
    for (const auto& [name, result] : known) {
      if (name == value) return result;
      names.push_back(name);
    }
    wrong(fmt::format("one of {}{}", fmt::join(names, ", "), did_you_mean(value, names)));
  }
};

/// Splits on commas outside of brackets and double quotes.
std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) {
      part += c;
      part += text[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '{' || c == '[')) ++depth;
    if (!quoted && (c == '}' || c == ']')) --depth;
    if (c == ',' && !quoted && depth <= 0) {
      parts.push_back(std::exchange(part, {}));
    } else {
      part += c;
    }
  }
  if (!part.empty()) parts.push_back(part);
  return parts;
}

std::vector<std::string> split_bars(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('|', begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Adds the members of a JSON object to those that are there already.
void merge_variables(std::string& variables, const std::string& more, const std::string& source) {
  json::Document document(rapidjson::kObjectType);
  if (!variables.empty()) document = json::parse(variables, source);
  const json::Document added = json::parse(more, source);
  if (!added.IsObject()) fail_input("{}: expected a JSON object", source);
  auto& allocator = document.GetAllocator();
  for (const auto& member : added.GetObject()) {
    json::Value name(member.name, allocator);
    json::Value value(member.value, allocator);
    document.RemoveMember(name);
    document.AddMember(name, value, allocator);
  }
  variables = json::dump(document);
}

using Reader = std::function<void(EngineOptions&, const Argument&)>;

void read_variables(EngineOptions& options, const Argument& argument) {
  merge_variables(options.template_variables, argument.value, "--model_args " + argument.key);
}

const std::map<std::string, Reader>& readers() {
  using kernels::ActivationPrecision;
  using kernels::DataType;
  constexpr std::int64_t kMany = std::int64_t{1} << 30;
  constexpr std::int64_t kMostRanks = 64;
  static const std::map<std::string, Reader> known = {
      {"pretrained", [](EngineOptions& o, const Argument& a) { o.model_path = a.value; }},
      {"device", [](EngineOptions& o, const Argument& a) { o.device = a.value; }},
      {"threads", [](EngineOptions& o,
                     const Argument& a) { o.threads = static_cast<std::int32_t>(a.integer(0, 4096)); }},
      {"activations",
       [](EngineOptions& o, const Argument& a) {
         o.activations = a.one_of<ActivationPrecision>(
             {{"by_weight", ActivationPrecision::by_weight}, {"float32", ActivationPrecision::float32}});
       }},
      {"dense",
       [](EngineOptions& o, const Argument& a) {
         o.dense_library = a.one_of<bool>({{"own", false}, {"cublaslt", true}});
       }},
      {"tensor_cores",
       [](EngineOptions& o, const Argument& a) {
         o.warp_groups = a.one_of<bool>({{"mma", false}, {"wgmma", true}});
       }},
      {"repack", [](EngineOptions& o, const Argument& a) { o.repack = a.boolean(); }},
      {"load_format",
       [](EngineOptions& o, const Argument& a) {
         o.dummy_weights = a.one_of<bool>({{"auto", false}, {"dummy", true}});
       }},
      {"num_layers",
       [](EngineOptions& o, const Argument& a) {
         o.num_layers = static_cast<std::int32_t>(a.integer(1, 1 << 16));
       }},
      {"kv_cache_bytes", [](EngineOptions& o, const Argument& a) { o.kv_cache_bytes = a.bytes(); }},
      {"kv_cache_type",
       [](EngineOptions& o, const Argument& a) {
         o.kv_cache_type =
             a.one_of<DataType>({{"f32", DataType::f32}, {"f16", DataType::f16}, {"bf16", DataType::bf16}});
       }},
      {"page_tokens",
       [](EngineOptions& o, const Argument& a) {
         o.page_tokens = a.one_of<std::int32_t>({{"8", 8}, {"16", 16}, {"32", 32}, {"64", 64}, {"128", 128}});
       }},
      {"max_sequences",
       [](EngineOptions& o, const Argument& a) {
         o.max_sequences = static_cast<std::int32_t>(a.integer(1, 4096));
       }},
      {"chunk_tokens",
       [](EngineOptions& o, const Argument& a) {
         o.chunk_tokens = static_cast<std::int32_t>(a.integer(1, 65536));
       }},
      {"max_length", [](EngineOptions& o, const Argument& a) { o.max_length = a.integer(1, kMany); }},
      {"tensor_parallel_size",
       [](EngineOptions& o, const Argument& a) {
         o.parallel.tensor = static_cast<std::int32_t>(a.integer(1, kMostRanks));
       }},
      {"expert_parallel_size",
       [](EngineOptions& o, const Argument& a) {
         o.parallel.expert = static_cast<std::int32_t>(a.integer(1, kMostRanks));
       }},
      {"communicator",
       [](EngineOptions& o, const Argument& a) {
         o.thread_communicator = a.one_of<bool>({{"auto", false}, {"threads", true}});
       }},
      {"share_prefixes", [](EngineOptions& o, const Argument& a) { o.share_prefixes = a.boolean(); }},
      {"add_bos_token", [](EngineOptions& o, const Argument& a) { o.add_bos_token = a.boolean(); }},
      {"chat_template", [](EngineOptions& o, const Argument& a) { o.chat_template = a.value; }},
      {"chat_template_args", read_variables},
      {"enable_thinking",
       [](EngineOptions& o, const Argument& a) {
         merge_variables(o.template_variables,
                         a.boolean() ? R"({"enable_thinking":true})" : R"({"enable_thinking":false})", a.key);
       }},
      {"think_start_token", [](EngineOptions& o, const Argument& a) { o.think_start = a.value; }},
      {"think_end_token", [](EngineOptions& o, const Argument& a) { o.think_end = a.value; }},
      {"ignore_config_keys",
       [](EngineOptions& o, const Argument& a) { o.ignored_config_keys = split_bars(a.value); }},
  };
  return known;
}

}  // namespace

EngineOptions parse_engine_options(const std::string& model_path, std::string_view model_args,
                                   const std::string& device) {
  EngineOptions options;
  options.model_path = model_path;
  options.device = device;
  for (const std::string& part : split_arguments(model_args)) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) {
      fail_input("--model_args: '{}' is not of the form key=value", part);
    }
    const Argument argument{part.substr(0, equals), part.substr(equals + 1)};
    const auto found = readers().find(argument.key);
    if (found == readers().end()) {
      std::vector<std::string> names;
      for (const auto& [name, reader] : readers()) names.push_back(name);
      const std::string hint = did_you_mean(argument.key, names);
      fail_input("--model_args: unknown key '{}'{}", argument.key,
                 hint.empty() ? fmt::format("; known: {}", fmt::join(names, ", ")) : hint);
    }
    found->second(options, argument);
  }
  if (options.think_start.empty() != options.think_end.empty()) {
    // One of the two alone: the other one is what usually belongs to it.
    if (options.think_start.empty()) options.think_start = "<think>";
    if (options.think_end.empty()) options.think_end = "</think>";
  }
  return options;
}

OpenOptions open_options(const EngineOptions& options) {
  OpenOptions open;
  open.dummy_weights = options.dummy_weights;
  open.num_layers = options.num_layers;
  open.ignored_config_keys = options.ignored_config_keys;
  return open;
}

}  // namespace reckon::engine
