#include "harness/open_model.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/nearest.h"
#include "harness/engine_model.h"
#include "harness/key_values.h"
#include "harness/scripted_model.h"
#include "harness/share_folder.h"

namespace reckon::harness {
namespace fs = std::filesystem;
namespace {

void add_models_below(const std::string& folder, const std::string& origin, int depth,
                      const std::string& prefix, std::vector<KnownModel>& found) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = prefix + entry.path().filename().string();
    const bool is_model =
        entry.is_directory() ? fs::exists(entry.path() / "config.json") : entry.path().extension() == ".gguf";
    if (is_model) {
      found.push_back({name, entry.path().string(), origin});
    } else if (entry.is_directory() && depth > 1) {
      add_models_below(entry.path().string(), origin, depth - 1, name + "/", found);
    }
  }
}

}  // namespace

std::vector<KnownModel> known_models() {
  std::vector<KnownModel> found;
  add_models_below(find_share_folders().models, "shipped", 1, "", found);
  add_models_below(cache_folder() + "/models", "fetched", 3, "", found);
  std::sort(found.begin(), found.end(),
            [](const KnownModel& a, const KnownModel& b) { return a.name < b.name; });
  return found;
}

std::string resolve_model_path(const std::string& model) {
  if (fs::exists(model)) return model;
  std::vector<std::string> names = {"scripted"};
  for (const KnownModel& known : known_models()) {
    if (known.name == model) return known.path;
    names.push_back(known.name);
  }
  const std::string hint = did_you_mean(model, names);
  fail_input("--model: '{}' is neither a file or folder nor a known model{}{}", model, hint,
             hint.empty()
                 ? fmt::format("; known: {}; `reckon fetch owner/name` brings others", fmt::join(names, ", "))
                 : "");
}

std::string display_name(const std::string& model) {
  fs::path path(model);
  if (!path.has_filename()) path = path.parent_path();
  if (path == "." || path == "..") path = fs::absolute(path).lexically_normal().parent_path();
  return path.filename().string();
}

std::unique_ptr<Model> open_model(const ModelArguments& arguments) {
  if (arguments.model == "scripted") {
    const auto values = parse_key_values(arguments.model_args, "--model_args");
    const auto script = values.find("script");
    if (script == values.end() || values.size() != 1) {
      fail_input("--model scripted: needs --model_args script=FILE and nothing else");
    }
    return std::make_unique<ScriptedModel>(script->second);
  }
  return make_engine_model(resolve_model_path(arguments.model), arguments.model_args, arguments.device);
}

}  // namespace reckon::harness
