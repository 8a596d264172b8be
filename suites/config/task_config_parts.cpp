#include "suites/config/task_config_parts.h"

#include <algorithm>
#include <limits>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/generators/puzzles/puzzle.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

constexpr double kHuge = 1e6;

std::optional<int> small_integer(const ConfigReader& reader, const char* key, std::int64_t low) {
  if (reader.find(key) == nullptr) {
    return std::nullopt;
  }
  return static_cast<int>(reader.integer(key, low, std::numeric_limits<int>::max(), 0));
}

std::vector<std::string> texts(const json::Value& value, const std::string& where) {
  std::vector<std::string> result;
  if (value.IsString()) {
    result.emplace_back(value.GetString(), value.GetStringLength());
    return result;
  }
  if (value.IsArray()) {
    for (const json::Value& item : value.GetArray()) {
      if (!item.IsString()) {
        fail_input("{} must be a file name or a list of file names", where);
      }
      result.emplace_back(item.GetString(), item.GetStringLength());
    }
    return result;
  }
  fail_input("{} must be a file name or a list of file names", where);
}

/// A file name for the evaluated split, or a mapping of split names to file names.
void read_files(const json::Value& value, const std::string& where, TaskConfig& config) {
  if (!value.IsObject()) {
    config.splits[config.test_split].files = texts(value, where);
    return;
  }
  for (const auto& member : value.GetObject()) {
    const std::string split(member.name.GetString(), member.name.GetStringLength());
    config.splits[split].files = texts(member.value, where);
  }
}

RowFunction row_function(const ConfigReader& reader) {
  const std::optional<FunctionName> name = reader.function("process_docs");
  const RowFunction* function = name ? find_row_function(*name) : nullptr;
  if (function == nullptr) {
    fail_input("{} must name a built-in function of rows (`!function utils.process_docs`)",
               reader.where("process_docs"));
  }
  return *function;
}

}  // namespace

std::string with_dataset_name(const std::string& text, const std::string& dataset_name) {
  return replace_all(text, "{dataset_name}", dataset_name);
}

void read_generation(const ConfigReader& reader, TaskConfig& config) {
  const ConfigReader kwargs(reader.file(), "generation_kwargs");
  kwargs.check_keys({"until", "do_sample", "temperature", "top_p", "min_p", "top_k", "max_gen_toks",
                     "max_new_tokens", "max_tokens", "repetition_penalty", "presence_penalty",
                     "frequency_penalty"});
  GenerationParameters& generation = config.generation;
  generation.until = kwargs.strings("until");
  generation.do_sample = kwargs.boolean("do_sample");
  generation.temperature = kwargs.number("temperature", 0, kHuge);
  generation.top_p = kwargs.number("top_p", 0, 1);
  generation.min_p = kwargs.number("min_p", 0, 1);
  generation.top_k = small_integer(kwargs, "top_k", -1);
  for (const char* key : {"max_tokens", "max_new_tokens", "max_gen_toks"}) {
    if (kwargs.find(key) != nullptr) {
      generation.max_gen_toks = small_integer(kwargs, key, 1);
    }
  }
  generation.repetition_penalty = kwargs.number("repetition_penalty", 0, kHuge);
  generation.presence_penalty = kwargs.number("presence_penalty", -kHuge, kHuge);
  generation.frequency_penalty = kwargs.number("frequency_penalty", -kHuge, kHuge);
}

void read_dataset_keys(const ConfigReader& reader, const ConfigReader& own, TaskConfig& config) {
  config.test_split = reader.text("test_split", reader.text("validation_split", "test"));
  config.training_split = reader.text("training_split", "");
  config.validation_split = reader.text("validation_split", "");
  config.dataset_path = reader.text("dataset_path", "");
  config.dataset_name = reader.text("dataset_name", "");
  config.dataset_field = own.text("field", "");
  config.hub = own.text("hub", "");
  config.dataset_advice = with_dataset_name(own.text("advice", ""), config.dataset_name);
  if (config.dataset_path == "json" || config.dataset_path == "csv" || config.dataset_path == "parquet") {
    config.dataset_format = config.dataset_path;
  }
  const ConfigReader kwargs(reader.file(), "dataset_kwargs");
  kwargs.check_keys({"data_files", "field", "data_dir", "trust_remote_code", "revision"});
  config.dataset_field = kwargs.text("field", config.dataset_field);
  config.generator.family = own.text("generator", "");
  if (!config.generator.family.empty()) {
    const std::vector<std::string> families = puzzle_families();
    if (std::find(families.begin(), families.end(), config.generator.family) == families.end()) {
      fail_input("{}: there is no generator '{}'{}; there are: {}", own.where("generator"),
                 config.generator.family, did_you_mean(config.generator.family, families),
                 fmt::join(families, ", "));
    }
  } else if (const json::Value* files = own.find("dataset")) {
    read_files(*files, own.where("dataset"), config);
    for (auto& [split, source] : config.splits) {
      for (std::string& file : source.files) {
        file = with_dataset_name(file, config.dataset_name);
      }
    }
  } else if (const json::Value* data_files = kwargs.find("data_files")) {
    read_files(*data_files, kwargs.where("data_files"), config);
    config.files_beside_suite = true;
  } else if (!config.dataset_format.empty()) {
    fail_input("{}: dataset_path '{}' needs dataset_kwargs.data_files", reader.where("dataset_path"),
               config.dataset_path);
  } else if (config.dataset_path.empty()) {
    fail_input("{}: no dataset: give `reckon: dataset:`, or dataset_path", reader.file().path());
  }
}

void read_functions(const ConfigReader& reader, TaskConfig& config) {
  if (reader.find("process_docs") != nullptr) {
    config.process_docs = row_function(reader);
    config.process_docs_seed = seed_of_row_function(*reader.function("process_docs"));
  }
  if (reader.find("process_results") == nullptr) {
    return;
  }
  const std::optional<FunctionName> name = reader.function("process_results");
  const bool generates = config.output_type == OutputType::generate_until;
  const ResultsFunction* results = name ? find_results_function(*name) : nullptr;
  const LikelihoodFunction* likelihoods = name ? find_likelihood_function(*name) : nullptr;
  if ((generates && results == nullptr) || (!generates && likelihoods == nullptr)) {
    fail_input("{} must name a built-in function for output_type {}", reader.where("process_results"),
               to_string(config.output_type));
  }
  if (generates) {
    config.process_results = *results;
    config.deciding_metric = deciding_metric(*name);
  } else {
    config.process_likelihoods = *likelihoods;
  }
}

void read_fewshot(const ConfigReader& reader, TaskConfig& config) {
  const ConfigReader own(reader.file(), "fewshot_config");
  own.check_keys({"sampler", "split", "fewshot_indices", "samples", "process_docs", "doc_to_text",
                  "doc_to_target", "doc_to_choice", "gen_prefix", "fewshot_delimiter", "target_delimiter"});
  FewshotConfig& fewshot = config.fewshot;
  fewshot.sampler = own.text("sampler", "default");
  const std::vector<std::string> samplers = {"default", "first_n"};
  if (std::find(samplers.begin(), samplers.end(), fewshot.sampler) == samplers.end()) {
    fail_input("{}: unknown sampler '{}'{}; known: {}", own.where("sampler"), fewshot.sampler,
               did_you_mean(fewshot.sampler, samplers), fmt::join(samplers, ", "));
  }
  fewshot.split = own.text("split", reader.text("fewshot_split", ""));
  fewshot.excludes_question = fewshot.split == reader.text("test_split", "");
  fewshot.process_docs = own.find("process_docs") != nullptr ? row_function(own) : config.process_docs;
  fewshot.doc_to_text = own.doc_template("doc_to_text");
  fewshot.doc_to_target = own.doc_template("doc_to_target");
  fewshot.doc_to_choice = own.doc_template("doc_to_choice");
  fewshot.gen_prefix = own.find("gen_prefix") != nullptr ? own.doc_template("gen_prefix") : config.gen_prefix;
  fewshot.target_delimiter = own.text("target_delimiter", config.target_delimiter);
  fewshot.fewshot_delimiter = own.text("fewshot_delimiter", config.fewshot_delimiter);
  if (const json::Value* indices = own.find("fewshot_indices")) {
    if (!indices->IsArray()) {
      fail_input("{} must be a list of row numbers", own.where("fewshot_indices"));
    }
    for (const json::Value& index : indices->GetArray()) {
      if (!index.IsInt64() || index.GetInt64() < 0) {
        fail_input("{} must be a list of row numbers", own.where("fewshot_indices"));
      }
      fewshot.indices.push_back(index.GetInt64());
    }
  }
  if (const std::optional<FunctionName> name = own.function("samples")) {
    const SamplesFunction* samples = find_samples_function(*name);
    if (samples == nullptr) {
      fail_input("{}: the built-in '{}' gives no rows", own.where("samples"), name->text());
    }
    fewshot.has_samples = true;
    fewshot.samples = (*samples)();
  } else if (const json::Value* samples = own.find("samples")) {
    if (!samples->IsArray()) {
      fail_input("{} must be a list of rows", own.where("samples"));
    }
    fewshot.has_samples = true;
    for (const json::Value& row : samples->GetArray()) {
      if (!row.IsObject()) {
        fail_input("{}: each row must be a mapping of fields", own.where("samples"));
      }
      fewshot.samples.push_back(json::dump(row));
    }
  }
}
}  // namespace reckon::suites
