// The part of a suite file that says how answers are scored: metrics, aggregations, filters and graders.

#include <algorithm>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/config/task_config_parts.h"

namespace reckon::suites {
namespace {

const std::vector<std::string>& metrics_of(OutputType type) {
  static const std::vector<std::string> generate = {"exact_match", "partial_credit"};
  static const std::vector<std::string> choice = {"acc",         "acc_norm",    "acc_bytes",
                                                  "exact_match", "brier_score", "acc_mutual_info"};
  static const std::vector<std::string> likelihood = {"perplexity", "acc"};
  static const std::vector<std::string> rolling = {"word_perplexity", "byte_perplexity", "bits_per_byte"};
  switch (type) {
    case OutputType::generate_until:
      return generate;
    case OutputType::multiple_choice:
      return choice;
    case OutputType::loglikelihood:
      return likelihood;
    case OutputType::loglikelihood_rolling:
      break;
  }
  return rolling;
}

/// The one aggregation that each metric has.
std::string aggregation_of(const std::string& metric) {
  if (metric == "perplexity" || metric == "bits_per_byte" || metric == "brier_score") {
    return metric;
  }
  return metric == "word_perplexity" || metric == "byte_perplexity" ? "weighted_perplexity" : "mean";
}

bool lower_is_better(const std::string& metric) { return aggregation_of(metric) != "mean"; }

std::vector<std::string> default_metrics(OutputType type) {
  switch (type) {
    case OutputType::generate_until:
      return {"exact_match"};
    case OutputType::multiple_choice:
      return {"acc", "acc_norm"};
    case OutputType::loglikelihood:
      return {"perplexity", "acc"};
    case OutputType::loglikelihood_rolling:
      return {"word_perplexity", "byte_perplexity", "bits_per_byte"};
  }
  return {};
}

/// `grader: numeric`, or `grader: {string_set: {pairs: false}}`.
std::unique_ptr<Grader> named_grader(const json::Value& value, const std::string& where) {
  const json::Value none;
  if (value.IsString()) {
    return make_grader({value.GetString(), value.GetStringLength()}, none, where);
  }
  if (value.IsObject() && value.MemberCount() == 1) {
    const auto member = value.MemberBegin();
    return make_grader({member->name.GetString(), member->name.GetStringLength()}, member->value, where);
  }
  fail_input(
      "{} must be the name of a grader, or a name with its options: {{string_set: {{ignore_case: false}}}}",
      where);
}

/// `function: !function utils.Name`, or `function: custom` with `filter_fn: !function utils.name`.
std::unique_ptr<FilterStep> custom_step(const ConfigReader& reader, const json::Value& step,
                                        const std::string& value_path, const std::string& where) {
  const char* key = step["function"].IsString() ? "filter_fn" : "function";
  if (!step.HasMember(key) || !is_function(step[key])) {
    fail_input("{}: '{}' must name a built-in function (`!function utils.name`)", where, key);
  }
  const FunctionName name = reader.function(step[key], value_path);
  const FilterFunction* make = find_filter_function(name);
  if (make == nullptr) {
    fail_input("{}: the built-in '{}' is no filter", where, name.text());
  }
  return (*make)(step, fmt::format("{}: {}", where, name.text()));
}

void add_metric(const std::string& name, const json::Value& entry, const std::string& where,
                const json::Value* grader, const std::string& grader_where, TaskConfig& config) {
  const std::vector<std::string>& known = metrics_of(config.output_type);
  const bool computed = config.process_results || config.process_likelihoods;  // by a function: any name
  if (!computed && std::find(known.begin(), known.end(), name) == known.end()) {
    fail_input("{}: the metric '{}' is not supported for output_type {}{}; supported: {}", where, name,
               to_string(config.output_type), did_you_mean(name, known), fmt::join(known, ", "));
  }
  MetricConfig metric;
  metric.metric.name = name;
  metric.metric.aggregation = computed ? "mean" : aggregation_of(name);
  metric.metric.higher_is_better = computed || !lower_is_better(name);
  json::Document options;
  options.SetObject();
  if (entry.IsObject()) {
    for (const auto& member : entry.GetObject()) {
      const std::string key(member.name.GetString(), member.name.GetStringLength());
      if (key == "aggregation") {
        const std::string aggregation = member.value.IsString() ? member.value.GetString() : "";
        if (aggregation != metric.metric.aggregation) {
          fail_input("{}: the aggregation of '{}' is '{}', but '{}' is the one supported", where, name,
                     aggregation, metric.metric.aggregation);
        }
      } else if (key == "higher_is_better" && member.value.IsBool()) {
        metric.metric.higher_is_better = member.value.GetBool();
      } else if (key != "metric" && key != "higher_is_better" && key != "hf_evaluate") {
        options.AddMember(json::string(key, options.GetAllocator()),
                          json::Value(member.value, options.GetAllocator()), options.GetAllocator());
      }
    }
  }
  if (config.output_type == OutputType::generate_until && !computed) {
    metric.grader =
        grader != nullptr ? named_grader(*grader, grader_where) : make_grader("exact_match", options, where);
  }
  config.metrics.push_back(std::move(metric));
}

/// `metric: !function utils.pass_at_k` with `k: [1, 8]`. The share of answers that pass stands under the name
/// that the harness gives it; a larger k is made of a question's repeats.
void add_code_metric(const ConfigReader& reader, const json::Value& entry, const std::string& path,
                     TaskConfig& config) {
  const std::string where = reader.where(path);
  const FunctionName name = reader.function(entry["metric"], path + ".metric");
  const CodeMetric* code = find_code_metric(name);
  if (code == nullptr) {
    fail_input("{}: the built-in '{}' is no metric", where, name.text());
  }
  if (config.output_type != OutputType::generate_until) {
    fail_input("{}: '{}' is for output_type generate_until", where, name.text());
  }
  MetricConfig metric;
  metric.metric = {code->name, "mean", true};
  metric.grader = make_grader(code->grader, json::Value(), where);
  config.metrics.push_back(std::move(metric));
  const auto sizes = entry.FindMember("k");
  if (sizes == entry.MemberEnd()) {
    return;
  }
  const auto add = [&](const json::Value& size) {
    if (!size.IsInt() || size.GetInt() < 1) {
      fail_input("{}: 'k' must be a whole number from 1 on, or a list of them", where);
    }
    if (size.GetInt() > 1) {
      config.counted_metrics.push_back({fmt::format("pass@{}", size.GetInt()), "pass_at_k", true});
    }
  };
  if (!sizes->value.IsArray()) {
    add(sizes->value);
    return;
  }
  for (const json::Value& size : sizes->value.GetArray()) {
    add(size);
  }
}

}  // namespace

void read_scoring(const ConfigReader& reader, const ConfigReader& own, TaskConfig& config) {
  const json::Value* grader = own.find("grader");
  const std::string grader_where = own.where("grader");
  if (const json::Value* list = reader.find("metric_list")) {
    if (!list->IsArray() || list->Empty()) {
      fail_input("{} must be a list of metrics", reader.where("metric_list"));
    }
    for (rapidjson::SizeType i = 0; i < list->Size(); ++i) {
      const json::Value& entry = (*list)[i];
      const std::string path = fmt::format("metric_list[{}]", i);
      const std::string where = reader.where(path);
      if (entry.IsObject() && entry.HasMember("metric") && is_function(entry["metric"])) {
        add_code_metric(reader, entry, path, config);
        continue;
      }
      if (!entry.IsObject() || !entry.HasMember("metric") || !entry["metric"].IsString()) {
        fail_input("{} needs `metric:` with a name", where);
      }
      add_metric(entry["metric"].GetString(), entry, where, grader, grader_where, config);
    }
  } else {
    for (const std::string& name : default_metrics(config.output_type)) {
      add_metric(name, json::Value(), reader.file().path(), grader, grader_where, config);
    }
  }
  const json::Value* filters = reader.find("filter_list");
  const json::Value* extraction = own.find("extraction");
  if (filters != nullptr && extraction != nullptr) {
    fail_input("{}: `filter_list` and `reckon: extraction` exclude each other", own.where("extraction"));
  }
  if (extraction != nullptr && extraction->IsObject()) {
    // Several ways to find the answer, each with its name and its own score; the first is the primary one.
    for (const auto& member : extraction->GetObject()) {
      config.filters.emplace_back(member.name.GetString(), Extractor(member.value, own.where("extraction")));
    }
    if (config.filters.empty()) {
      fail_input("{} is empty", own.where("extraction"));
    }
  } else if (extraction != nullptr) {
    config.filters.emplace_back("none", Extractor(*extraction, own.where("extraction")));
  } else if (filters != nullptr) {
    if (!filters->IsArray() || filters->Empty()) {
      fail_input("{} must be a list of named filters", reader.where("filter_list"));
    }
    for (rapidjson::SizeType i = 0; i < filters->Size(); ++i) {
      const std::string place = fmt::format("filter_list[{}]", i);
      config.filters.emplace_back((*filters)[i], reader.where(place),
                                  [&](const json::Value& step, const std::string& where) {
                                    return custom_step(reader, step, place, where);
                                  });
    }
  } else {
    config.filters.emplace_back();
  }
}

}  // namespace reckon::suites
