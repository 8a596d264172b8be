#include "harness/manifest.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "harness/clock.h"
#include "harness/version.h"
#include "suites/code/execution.h"

namespace reckon::harness {
namespace {

using json::Allocator;
using json::Value;

Value strings_json(const std::vector<std::string>& texts, Allocator& allocator) {
  Value list(rapidjson::kArrayType);
  for (const std::string& text : texts) list.PushBack(json::string(text, allocator), allocator);
  return list;
}

Value generation_json(const SamplingOptions& sampling, Allocator& allocator) {
  Value value(rapidjson::kObjectType);
  value.AddMember("temperature", sampling.temperature, allocator);
  value.AddMember("top_k", sampling.top_k, allocator);
  value.AddMember("top_p", sampling.top_p, allocator);
  value.AddMember("min_p", sampling.min_p, allocator);
  value.AddMember("repetition_penalty", sampling.repetition_penalty, allocator);
  value.AddMember("presence_penalty", sampling.presence_penalty, allocator);
  value.AddMember("frequency_penalty", sampling.frequency_penalty, allocator);
  value.AddMember("max_gen_toks", sampling.max_tokens, allocator);
  if (sampling.max_thinking_tokens > 0) {
    value.AddMember("max_thinking_tokens", sampling.max_thinking_tokens, allocator);
  }
  value.AddMember("until", strings_json(sampling.until, allocator), allocator);
  return value;
}

Value task_json(const RunSettings& settings, const suites::Task& task, Allocator& allocator) {
  const std::size_t effective = effective_samples(task, settings.limit);
  // Few-shot examples may come from a file of their own, which is known once a prompt was made.
  const suites::PromptOptions prompts = prompt_options(settings, task);
  task.prompt(0, prompts);
  const int shots = prompts.num_fewshot.value_or(task.num_fewshot());

  Value value(rapidjson::kObjectType);
  value.AddMember("version", json::string(task.version(), allocator), allocator);
  value.AddMember("alias", json::string(task.alias(), allocator), allocator);
  json::Document config = task.config_json();
  Value config_copy;
  config_copy.CopyFrom(config, allocator);
  value.AddMember("config", config_copy, allocator);
  value.AddMember("config_text", json::string(task.config_text(), allocator), allocator);
  Value files(rapidjson::kArrayType);
  for (const suites::DataFile& file : task.data_files()) {
    Value entry(rapidjson::kObjectType);
    entry.AddMember("path", json::string(file.path, allocator), allocator);
    entry.AddMember("sha256", json::string(file.sha256, allocator), allocator);
    if (!file.commit.empty()) entry.AddMember("commit", json::string(file.commit, allocator), allocator);
    files.PushBack(entry, allocator);
  }
  value.AddMember("data_files", files, allocator);
  value.AddMember("n_original", static_cast<std::uint64_t>(task.samples().size()), allocator);
  value.AddMember("n_effective", static_cast<std::uint64_t>(effective), allocator);
  value.AddMember("n_shot", shots, allocator);
  value.AddMember("repeats", effective_repeats(settings, task), allocator);
  value.AddMember("output_type", json::string(suites::to_string(task.output_type()), allocator), allocator);
  value.AddMember("apply_chat_template", prompts.apply_chat_template, allocator);
  if (prompts.apply_chat_template && shots > 0) {  // elsewhere there is nothing to be put as turns
    value.AddMember("fewshot_as_multiturn",
                    prompts.fewshot_as_multiturn.value_or(task.fewshot_as_multiturn()), allocator);
  }
  value.AddMember("generation", generation_json(task_sampling(settings, task), allocator), allocator);
  Value metrics(rapidjson::kArrayType);
  for (const suites::Metric& metric : task.metrics()) {
    Value entry(rapidjson::kObjectType);
    entry.AddMember("name", json::string(metric.name, allocator), allocator);
    entry.AddMember("aggregation", json::string(metric.aggregation, allocator), allocator);
    entry.AddMember("higher_is_better", metric.higher_is_better, allocator);
    metrics.PushBack(entry, allocator);
  }
  value.AddMember("metrics", metrics, allocator);
  value.AddMember("filters", strings_json(task.filters(), allocator), allocator);
  return value;
}

Value group_json(const suites::TaskGroup& group, Allocator& allocator) {
  Value value(rapidjson::kObjectType);
  value.AddMember("alias", json::string(group.alias, allocator), allocator);
  value.AddMember("version", json::string(group.version, allocator), allocator);
  value.AddMember("members", strings_json(group.members, allocator), allocator);
  value.AddMember("tasks", strings_json(group.tasks, allocator), allocator);
  Value metrics(rapidjson::kArrayType);
  for (const suites::GroupMetric& metric : group.metrics) {
    Value entry(rapidjson::kObjectType);
    entry.AddMember("metric", json::string(metric.metric, allocator), allocator);
    entry.AddMember("filter_list", strings_json(metric.filters, allocator), allocator);
    entry.AddMember("weight_by_size", metric.weight_by_size, allocator);
    metrics.PushBack(entry, allocator);
  }
  value.AddMember("aggregate_metric_list", metrics, allocator);
  return value;
}

std::string first_field(const char* path, const std::string& key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(key)) {
      const std::size_t colon = line.find_first_of(":=");
      if (colon == std::string::npos) return "";
      const std::size_t begin = line.find_first_not_of(" \t\"", colon + 1);
      if (begin == std::string::npos) return "";
      const std::size_t end = line.find_last_not_of(" \t\"\r");
      return line.substr(begin, end - begin + 1);
    }
  }
  return "";
}

}  // namespace

json::Document make_manifest(const RunSettings& settings, const std::string& model_identity) {
  json::Document manifest(rapidjson::kObjectType);
  Allocator& allocator = manifest.GetAllocator();
  manifest.AddMember("schema_version", 1, allocator);

  Value identity(rapidjson::kObjectType);
  const json::Document model = json::parse(model_identity, "model identity");
  Value model_copy;
  model_copy.CopyFrom(model, allocator);
  identity.AddMember("model", model_copy, allocator);
  Value tasks(rapidjson::kObjectType);
  for (const auto& task : settings.tasks) {
    tasks.AddMember(json::string(task->name(), allocator), task_json(settings, *task, allocator), allocator);
  }
  identity.AddMember("tasks", tasks, allocator);
  Value sampling(rapidjson::kObjectType);
  for (const auto& [key, text] : settings.gen_kwargs) {
    sampling.AddMember(json::string(key, allocator), json::string(text, allocator), allocator);
  }
  identity.AddMember("sampling", sampling, allocator);
  identity.AddMember("seed", settings.seed, allocator);
  Value limit;
  if (settings.limit) limit.SetDouble(*settings.limit);
  identity.AddMember("limit", limit, allocator);
  Value fewshot;
  if (settings.num_fewshot) fewshot.SetInt(*settings.num_fewshot);
  identity.AddMember("num_fewshot", fewshot, allocator);
  Value chat;
  if (settings.apply_chat_template) chat.SetBool(*settings.apply_chat_template);
  identity.AddMember("apply_chat_template", chat, allocator);
  identity.AddMember("system_instruction", json::string(settings.system_instruction, allocator), allocator);
  identity.AddMember("predict_only", settings.predict_only, allocator);
  if (!settings.gate_json.empty()) {
    const json::Document gate = json::parse(settings.gate_json, "gate");
    Value gate_copy;
    gate_copy.CopyFrom(gate, allocator);
    identity.AddMember("gate", gate_copy, allocator);
  }
  const bool runs_code =
      !settings.predict_only && std::any_of(settings.tasks.begin(), settings.tasks.end(),
                                            [](const auto& task) { return task->runs_code(); });
  if (runs_code && suites::code::execution() == suites::code::Execution::unsafe) {
    identity.AddMember("sandbox", "none", allocator);  // verdicts of such a run do not mix with others
  }
  manifest.AddMember("identity", identity, allocator);

  manifest.AddMember("task_names", strings_json(settings.task_names, allocator), allocator);
  if (!settings.groups.empty()) {
    Value groups(rapidjson::kObjectType);
    for (const suites::TaskGroup& group : settings.groups) {
      groups.AddMember(json::string(group.name, allocator), group_json(group, allocator), allocator);
    }
    manifest.AddMember("groups", groups, allocator);
  }
  manifest.AddMember("model_display_name", json::string(settings.model_display_name, allocator), allocator);
  if (!settings.model_config_json.empty()) {
    const json::Document config = json::parse(settings.model_config_json, "config.json");
    manifest.AddMember("model_config", Value(config, allocator), allocator);
  }
  if (!settings.chat_template.empty()) {
    manifest.AddMember("chat_template", json::string(settings.chat_template, allocator), allocator);
  }
  const Version program = version();
  Value software(rapidjson::kObjectType);
  software.AddMember("version", json::string(program.version, allocator), allocator);
  software.AddMember("commit", json::string(program.commit, allocator), allocator);
  software.AddMember("compiler", json::string(program.compiler, allocator), allocator);
  manifest.AddMember("software", software, allocator);
  Value price(rapidjson::kObjectType);
  Value amount;
  if (settings.price_per_hour) amount.SetDouble(*settings.price_per_hour);
  price.AddMember("device_usd_per_hour", amount, allocator);
  price.AddMember("source", json::string(settings.price_source, allocator), allocator);
  manifest.AddMember("price", price, allocator);
  manifest.AddMember("device_count", settings.device_count, allocator);
  manifest.AddMember("created", json::string(utc_now(), allocator), allocator);
  manifest.AddMember("command", strings_json(settings.command, allocator), allocator);
  if (runs_code) {
    manifest.AddMember("code_isolation", json::string(suites::code::isolation(), allocator), allocator);
  }
  return manifest;
}

std::string host_json() {
  json::Document host(rapidjson::kObjectType);
  Allocator& allocator = host.GetAllocator();
  utsname names{};
  uname(&names);
  host.AddMember("system", json::string(first_field("/etc/os-release", "PRETTY_NAME"), allocator), allocator);
  host.AddMember("kernel", json::string(std::string(names.sysname) + " " + names.release, allocator),
                 allocator);
  host.AddMember("processor", json::string(first_field("/proc/cpuinfo", "model name"), allocator), allocator);
  host.AddMember("processors", static_cast<std::int64_t>(sysconf(_SC_NPROCESSORS_ONLN)), allocator);
  host.AddMember(
      "memory_bytes",
      static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::int64_t>(sysconf(_SC_PAGESIZE)),
      allocator);
  return json::dump(host);
}

}  // namespace reckon::harness
