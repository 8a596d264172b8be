// Reads run.json and what lies beside it.

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/thread_pool.h"
#include "reports/json_lines.h"
#include "reports/load_kernels.h"
#include "reports/load_launches.h"
#include "reports/load_samples.h"
#include "reports/report.h"

namespace reckon::reports {
namespace {

namespace fs = std::filesystem;
constexpr int kSchemaVersion = 1;
std::string weight_types_text(const json::ObjectReader& model) {
  if (!model.has("weight_types")) return {};
  const json::ObjectReader types = model.get_object("weight_types");
  std::string text;
  for (const auto& member : model.find("weight_types")->GetObject()) {
    const auto bytes = static_cast<double>(types.get_int(member.name.GetString(), 0, kMostCounted));
    text += fmt::format("{}{} {:.1f} MB", text.empty() ? "" : ", ", member.name.GetString(), bytes / 1e6);
  }
  return text;
}

ModelFacts read_model(const json::ObjectReader& model) {
  ModelFacts facts;
  facts.name = model.get_string("name");
  facts.kind = model.get_string("kind", "");
  facts.architecture = model.get_string("architecture", "");
  facts.source = model.get_string("source", "");
  facts.parameters = model.get_int("parameters", 0, kMostCounted, 0);
  facts.active_parameters = model.get_int("active_parameters", 0, kMostCounted, 0);
  facts.weight_bytes = model.get_int("weight_bytes", 0, kMostCounted, 0);
  facts.weight_types = weight_types_text(model);
  facts.kv_cache_type = model.get_string("kv_cache_type", "");
  facts.chat_template_sha = model.get_string("chat_template_sha", "");
  return facts;
}

std::string version_text(const json::ObjectReader& task) {
  const json::Value* version = task.find("version");
  if (version == nullptr) return {};
  return version->IsString() ? std::string(version->GetString()) : json::dump(*version);
}

TaskData read_task(const std::string& name, const json::ObjectReader& object, const json::Value& value) {
  // The name becomes a path below the run directory.
  if (name.empty() || name.find('/') != std::string::npos || name.find('\0') != std::string::npos ||
      name.front() == '.') {
    fail_input("{}: '{}' cannot be the name of a task", object.where(), name);
  }
  TaskData task;
  task.name = name;
  task.alias = object.get_string("alias", name);
  task.filters = object.get_strings("filters");
  if (task.filters.empty()) task.filters.emplace_back("none");
  task.version = version_text(object);
  if (const json::Value* config = object.find("config")) task.config_json = json::dump(*config);
  if (const json::Value* generation = object.find("generation"))
    task.generation_json = json::dump(*generation);
  task.identity_json = json::dump(value);
  task.n_effective = object.get_int("n_effective", 0, kMostCounted, 0);
  task.n_original = object.get_int("n_original", 0, kMostCounted, task.n_effective);
  task.n_shot = static_cast<int>(object.get_int("n_shot", 0, 1 << 20, 0));
  task.repeats = static_cast<int>(object.get_int("repeats", 1, 1 << 20, 1));
  task.output_type = object.get_string("output_type", "");
  if (object.has("metrics")) {
    for (const json::Value& item : object.get_array("metrics").GetArray()) {
      const json::ObjectReader metric(item, object.where() + ": metrics");
      task.metrics.push_back({metric.get_string("name"), metric.get_string("aggregation", "mean"),
                              metric.get_bool("higher_is_better", true)});
    }
  }
  task.samples_file = "samples/" + name + ".jsonl";
  return task;
}

void read_groups(const json::ObjectReader& manifest, RunData& run) {
  if (!manifest.has("groups")) return;
  const json::ObjectReader groups = manifest.get_object("groups");
  for (const auto& member : manifest.find("groups")->GetObject()) {
    GroupData group;
    group.name.assign(member.name.GetString(), member.name.GetStringLength());
    const json::ObjectReader reader(member.value, groups.where() + ": " + group.name);
    group.alias = reader.get_string("alias", group.name);
    group.version = reader.get_string("version", "");
    group.members = reader.get_strings("members");
    group.tasks = reader.get_strings("tasks");
    for (const json::Value& item : reader.get_array("aggregate_metric_list").GetArray()) {
      const json::ObjectReader metric(item, reader.where() + ": aggregate_metric_list");
      group.metrics.push_back({metric.get_string("metric"), metric.get_strings("filter_list"),
                               metric.get_bool("weight_by_size", true)});
    }
    run.groups.push_back(std::move(group));
  }
}

void read_price(const json::ObjectReader& manifest, RunData& run) {
  if (!manifest.has("price")) return;
  const json::ObjectReader price = manifest.get_object("price");
  run.price_source = price.get_string("source", "");
  if (!price.has("device_usd_per_hour")) return;
  const double usd = price.get_number("device_usd_per_hour");
  if (!(usd > 0)) {
    fail_input(
        "{}: field 'device_usd_per_hour' is {}; a price is more than 0, and null where it is not known",
        price.where(), usd);
  }
  run.device_usd_per_hour = usd;
}

void check_schema_version(const json::ObjectReader& file, const std::string& path) {
  const std::int64_t version = file.get_int("schema_version", 0, kMostCounted);
  if (version == kSchemaVersion) return;
  fail_input("{}: field 'schema_version' is {}; this program reads version {}", path, version,
             kSchemaVersion);
}

void read_manifest(const json::Document& document, const std::string& path, RunData& run) {
  const json::ObjectReader manifest(document, path);
  check_schema_version(manifest, path);
  run.manifest_json = json::dump(document);
  const json::ObjectReader identity = manifest.get_object("identity");
  run.model = read_model(identity.get_object("model"));
  run.display_name = manifest.get_string("model_display_name", run.model.name);
  if (run.display_name.empty()) run.display_name = run.model.name;
  run.predict_only = identity.get_bool("predict_only", false);
  run.sequential = identity.has("gate");
  if (identity.has("limit") && identity.find("limit")->IsInt64())
    run.limit = identity.find("limit")->GetInt64();
  const json::ObjectReader tasks = identity.get_object("tasks");
  for (const auto& member : identity.find("tasks")->GetObject()) {
    const std::string name(member.name.GetString(), member.name.GetStringLength());
    run.tasks.push_back(
        read_task(name, json::ObjectReader(member.value, tasks.where() + ": " + name), member.value));
  }
  if (manifest.has("software")) {
    const json::ObjectReader software = manifest.get_object("software");
    run.software_version = software.get_string("version", "");
    run.software_commit = software.get_string("commit", "");
    run.software_compiler = software.get_string("compiler", "");
  }
  read_groups(manifest, run);
  read_price(manifest, run);
  run.device_count = static_cast<int>(manifest.get_int("device_count", 1, 1 << 20, 1));
  run.created = manifest.get_string("created", "");
  if (manifest.has("model_config")) {
    manifest.get_object("model_config");  // an error where it is none
    run.model_config_json = json::dump(*manifest.find("model_config"));
  }
  run.command = manifest.get_strings("command");
  const std::string isolation = manifest.get_string("code_isolation", "");
  if (isolation.starts_with("none")) {
    run.warnings.push_back(
        fmt::format("UNSAFE: code that the model wrote was run without a sandbox ({}); it could forge "
                    "verdicts and reach this "
                    "machine",
                    isolation));
  }
}

// Records of a launch that launches.jsonl does not know: its time, and so its cost, is not counted.
void note_unknown_launches(RunData& run) {
  if (run.launches.empty()) return;
  std::size_t unknown = 0;
  for (const TaskData& task : run.tasks) {
    for (const SampleRecord& record : task.records) {
      const bool known = std::any_of(run.launches.begin(), run.launches.end(),
                                     [&](const Launch& launch) { return launch.number == record.launch; });
      unknown += known ? 0 : 1;
    }
  }
  if (unknown > 0) {
    run.warnings.push_back(fmt::format(
        "{} samples name a launch that launches.jsonl does not have; its time and cost are missing",
        unknown));
  }
}

// What a gate left unasked is not missing.
void read_stopping(const std::string& path, RunData& run) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  check_schema_version(file, path);
  const json::ObjectReader suites = file.get_object("suites");
  for (TaskData& task : run.tasks) {
    if (!suites.has(task.name.c_str())) continue;
    const json::ObjectReader suite = suites.get_object(task.name.c_str());
    const std::int64_t of = suite.get_int("of", 0, kMostCounted);
    if (suite.get_string("state") == "asked whole") continue;
    task.stopped_of = of;
  }
}

// Files of samples that run.json does not speak of would be dropped silently otherwise.
void note_foreign_samples(const fs::path& folder, RunData& run) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder / "samples", ignored)) {
    const std::string name = entry.path().filename().string();
    const bool known = std::any_of(run.tasks.begin(), run.tasks.end(), [&](const TaskData& task) {
      return "samples/" + name == task.samples_file;
    });
    if (!known)
      run.warnings.push_back(fmt::format("samples/{}: run.json names no such task; not counted", name));
  }
}

void load_records(const fs::path& folder, RunData& run) {
  std::error_code ignored;
  ThreadPool pool(available_threads());
  std::map<std::string, JsonLines> files;  // by task
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
  for (const TaskData& task : run.tasks) {
    const fs::path path = folder / task.samples_file;
    if (!fs::exists(path, ignored)) continue;
    const JsonLines& file = files.try_emplace(task.name, path.string(), pool).first->second;
    bytes += file.bytes();
    lines += file.lines();
  }
  const std::size_t text_bytes = text_bytes_to_keep(bytes, lines);
  for (TaskData& task : run.tasks) {
    const auto file = files.find(task.name);
    if (file != files.end()) load_samples(file->second, text_bytes, pool, task, run.warnings);
    const std::string joint = (folder / "joint" / (task.name + ".jsonl")).string();
    if (fs::exists(joint, ignored)) load_joint_grades(joint, task);
  }
}

}  // namespace

RunData load_run(const std::string& directory) {
  const fs::path folder(directory);
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    fail_input("{}: no such run directory (`reckon run --output_path DIR` makes one)", directory);
  }
  const std::string manifest_path = (folder / "run.json").string();
  if (!fs::exists(manifest_path, ignored)) {
    fail_input("{}: holds no run.json, so it is not a run directory", directory);
  }
  RunData run;
  run.directory = directory;
  read_manifest(json::parse_file(manifest_path), manifest_path, run);

  const std::string launches_path = (folder / "launches.jsonl").string();
  std::size_t torn = 0;
  if (fs::exists(launches_path, ignored)) {
    run.launches = load_launches(launches_path, torn);
  } else {
    run.warnings.emplace_back("launches.jsonl is missing: time, device-hours and cost are not known");
  }
  if (torn > 0) run.warnings.emplace_back("launches.jsonl: the last line is torn; it is not counted");

  load_records(folder, run);
  note_unknown_launches(run);
  const std::string stopping_path = (folder / "stopping.json").string();
  if (fs::exists(stopping_path, ignored)) read_stopping(stopping_path, run);
  note_foreign_samples(folder, run);
  const std::string kernels_path = (folder / "kernels.json").string();
  if (fs::exists(kernels_path, ignored)) run.kernels = load_kernels(kernels_path);
  return run;
}

}  // namespace reckon::reports
