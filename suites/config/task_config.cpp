#include "suites/config/task_config.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/config/task_config_parts.h"
#include "suites/prompts/python_values.h"

namespace reckon::suites {
namespace {

const std::vector<std::string> kKnownKeys = {"task",
                                             "task_alias",
                                             "tag",
                                             "group",
                                             "dataset_path",
                                             "dataset_name",
                                             "dataset_kwargs",
                                             "training_split",
                                             "validation_split",
                                             "test_split",
                                             "fewshot_split",
                                             "doc_to_text",
                                             "doc_to_target",
                                             "doc_to_choice",
                                             "description",
                                             "target_delimiter",
                                             "fewshot_delimiter",
                                             "fewshot_config",
                                             "num_fewshot",
                                             "metric_list",
                                             "output_type",
                                             "generation_kwargs",
                                             "process_docs",
                                             "process_results",
                                             "repeats",
                                             "filter_list",
                                             "gen_prefix",
                                             "metadata",
                                             "should_decontaminate",
                                             "doc_to_decontamination_query",
                                             "unsafe_code",
                                             "reckon"};

/// Keys of lm-evaluation-harness that mean Python code or other media.
const std::vector<std::string> kRefusedKeys = {"custom_dataset", "doc_to_image", "doc_to_audio", "use_prompt",
                                               "class"};

const std::vector<std::string> kReckonKeys = {
    "generator",        "dataset",          "field", "hub",     "advice",      "extraction",
    "grader",           "cluster",          "chat",  "summary", "counterpart", "fewshot_as_multiturn",
    "description_file", "description_after"};

void check_keys(const SuiteFile& file) {
  for (const auto& member : file.root().GetObject()) {
    const std::string key(member.name.GetString(), member.name.GetStringLength());
    if (std::find(kRefusedKeys.begin(), kRefusedKeys.end(), key) != kRefusedKeys.end()) {
      fail_input(
          "{}: the key '{}' of lm-evaluation-harness needs Python code or other media and is not supported",
          file.where(key), key);
    }
    if (std::find(kKnownKeys.begin(), kKnownKeys.end(), key) == kKnownKeys.end()) {
      fail_input("{}: unknown key '{}'{}", file.where(key), key, did_you_mean(key, kKnownKeys));
    }
  }
}

DocTemplate required_template(const ConfigReader& reader, const char* key) {
  const json::Value* value = reader.find(key);
  if (value == nullptr) {
    fail_input("{}: the key '{}' is missing", reader.file().path(), key);
  }
  // An empty text is a template too: the prompt of a rolling log-likelihood.
  std::optional<DocTemplate> made = reader.doc_template(key);
  return made ? *made : DocTemplate(*value, reader.where(key));
}

std::vector<std::string> tags_of(const ConfigReader& reader) {
  std::vector<std::string> tags = reader.strings("tag");
  const std::vector<std::string> groups = reader.strings("group");
  tags.insert(tags.end(), groups.begin(), groups.end());
  return tags;
}

OutputType output_type_of(const ConfigReader& reader) {
  const std::string type = reader.text("output_type", "generate_until");
  if (type == "generate_until") {
    return OutputType::generate_until;
  }
  if (type == "multiple_choice") {
    return OutputType::multiple_choice;
  }
  if (type == "loglikelihood") {
    return OutputType::loglikelihood;
  }
  if (type == "loglikelihood_rolling") {
    return OutputType::loglikelihood_rolling;
  }
  const std::vector<std::string> known = {"generate_until", "multiple_choice", "loglikelihood",
                                          "loglikelihood_rolling"};
  fail_input("{}: output_type '{}' is not supported{}; supported: {}", reader.where("output_type"), type,
             did_you_mean(type, known), fmt::join(known, ", "));
}

}  // namespace

const char* to_string(OutputType type) {
  switch (type) {
    case OutputType::generate_until:
      return "generate_until";
    case OutputType::multiple_choice:
      return "multiple_choice";
    case OutputType::loglikelihood:
      return "loglikelihood";
    case OutputType::loglikelihood_rolling:
      return "loglikelihood_rolling";
  }
  return "unknown";
}

std::unique_ptr<TaskConfig> make_task_config(SuiteFile& file) {
  check_keys(file);
  const ConfigReader reader(file, "");
  auto config = std::make_unique<TaskConfig>();
  config->name = reader.text("task", "");
  if (config->name.empty()) {
    fail_input("{}: the key 'task' must name the task", file.where("task"));
  }
  config->alias = reader.text("task_alias", config->name);
  config->path = file.path();
  config->tags = tags_of(reader);
  config->output_type = output_type_of(reader);
  config->repeats = static_cast<int>(reader.integer("repeats", 1, 100'000, 1));
  config->num_fewshot = static_cast<int>(reader.integer("num_fewshot", 0, 10'000, 0));
  config->target_delimiter = reader.text("target_delimiter", " ");
  config->fewshot_delimiter = reader.text("fewshot_delimiter", "\n\n");
  config->doc_to_text = required_template(reader, "doc_to_text");
  config->doc_to_target = required_template(reader, "doc_to_target");
  config->description = reader.doc_template("description");
  config->doc_to_choice = reader.doc_template("doc_to_choice");
  config->gen_prefix = reader.doc_template("gen_prefix");
  if (config->output_type == OutputType::multiple_choice && !config->doc_to_choice) {
    fail_input("{}: output_type multiple_choice needs 'doc_to_choice'", file.path());
  }
  reader.boolean("unsafe_code");  // says nothing new: what runs code asks for the sandbox by itself
  if (const json::Value* metadata = reader.find("metadata"); metadata != nullptr && metadata->IsObject()) {
    const auto version = metadata->FindMember("version");
    if (version != metadata->MemberEnd()) {
      config->version = python_text(version->value);
    }
  }
  const ConfigReader own(file, "reckon");
  own.check_keys(kReckonKeys);
  config->dataset_name = reader.text("dataset_name", "");
  config->summary = with_dataset_name(own.text("summary", ""), config->dataset_name);
  config->chat = own.boolean("chat");
  config->fewshot_as_multiturn = own.boolean("fewshot_as_multiturn");
  config->cluster = own.doc_template("cluster");
  config->description_file = with_dataset_name(own.text("description_file", ""), config->dataset_name);
  config->description_after = own.text("description_after", "");
  if (!config->description_file.empty() && config->description) {
    fail_input("{}: 'description' and 'description_file' exclude each other", own.where("description_file"));
  }
  read_generation(reader, *config);
  read_dataset_keys(reader, own, *config);
  read_functions(reader, *config);
  read_fewshot(reader, *config);
  read_scoring(reader, own, *config);
  config->text = json::dump(file.root());
  return config;
}

}  // namespace reckon::suites
