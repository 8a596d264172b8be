// One run of results.json: lm-evaluation-harness's layout, extended. schema/results.schema.json describes it.

#include <map>
#include <span>

#include <fmt/format.h>

#include "base/json.h"
#include "reports/json_values.h"
#include "reports/limit_curve.h"
#include "reports/results_value.h"

namespace reckon::reports {
namespace {

using json::Allocator;
using json::Value;

Value object() { return Value(rapidjson::kObjectType); }

void set_named(Value& target, const std::string& key, Value value, Allocator& allocator) {
  target.AddMember(json::string(key, allocator), value, allocator);
}

// Text that was JSON when it was read.
Value parsed(const std::string& text, Allocator& allocator) {
  if (text.empty()) return Value();
  const json::Document document = json::parse(text, "run.json");
  return Value(document, allocator);
}

Value score_value(const Score& score, Allocator& allocator) {
  Value value = object();
  set(value, "value", score.questions > 0 ? Value(score.value) : Value(), allocator);
  set(value, "interval_95", interval_value(score.interval, allocator), allocator);
  set(value, "interval_method", score.interval_method, allocator);
  set(value, "stderr", optional_number(score.standard_error), allocator);
  set(value, "stderr_sampling", optional_number(score.sampling_standard_error), allocator);
  set(value, "interval_95_sampling", interval_value(score.sampling_interval, allocator), allocator);
  set(value, "n", Value(score.questions), allocator);
  set(value, "clusters", Value(score.clusters), allocator);
  return value;
}

Value counts_value(const SampleCounts& counts, Allocator& allocator) {
  Value value = object();
  set(value, "expected", Value(counts.expected), allocator);
  set(value, "recorded", Value(counts.recorded), allocator);
  set(value, "graded", Value(counts.graded), allocator);
  set(value, "correct", Value(counts.correct), allocator);
  set(value, "truncated", Value(counts.truncated), allocator);
  set(value, "forced_closes", Value(counts.forced_closes), allocator);
  set(value, "repetition_loops", Value(counts.repetition_loops), allocator);
  set(value, "no_answer", Value(counts.no_answer), allocator);
  set(value, "not_decided", Value(counts.not_decided), allocator);
  set(value, "failed", Value(counts.failed), allocator);
  set(value, "not_graded", Value(counts.not_graded), allocator);
  set(value, "missing", Value(counts.missing()), allocator);
  return value;
}

Value tokens_value(const TokenUsage& tokens, Allocator& allocator) {
  Value value = object();
  set(value, "input_tokens", Value(tokens.input), allocator);
  set(value, "cached_input_tokens", Value(tokens.cached_input), allocator);
  set(value, "output_tokens", Value(tokens.output), allocator);
  set(value, "reasoning_tokens", Value(tokens.reasoning), allocator);
  set(value, "answer_tokens", Value(tokens.answer), allocator);
  return value;
}

Value token_price_value(const std::optional<TokenPrice>& price, Allocator& allocator) {
  if (!price) return Value();
  Value value = object();
  set(value, "usd_per_million_input", Value(price->usd_per_million_input), allocator);
  set(value, "usd_per_million_cached_input", optional_number(price->usd_per_million_cached_input), allocator);
  set(value, "usd_per_million_output", Value(price->usd_per_million_output), allocator);
  return value;
}

Value cost_value(const Cost& cost, const Price& price, Allocator& allocator) {
  Value value = object();
  set(value, "total_usd", optional_number(cost.total_usd), allocator);
  set(value, "usd_per_million_input_tokens", optional_number(cost.usd_per_million_input), allocator);
  set(value, "usd_per_million_output_tokens", optional_number(cost.usd_per_million_output), allocator);
  set(value, "usd_per_million_blended_tokens", optional_number(cost.usd_per_million_blended), allocator);
  set(value, "blended_input_per_output", optional_number(cost.blended_input_per_output), allocator);
  set(value, "usd_per_sample", optional_number(cost.usd_per_sample), allocator);
  Value solved = object();
  set(solved, "usd", optional_number(cost.per_solved.usd), allocator);
  set(solved, "low", optional_number(cost.per_solved.low), allocator);
  set(solved, "high", optional_number(cost.per_solved.high), allocator);
  set(solved, "method", cost.per_solved.method, allocator);
  set(value, "usd_per_solved", std::move(solved), allocator);
  set(value, "device_hours", Value(cost.device_hours), allocator);
  set(value, "solved_per_device_hour", optional_number(cost.solved_per_device_hour), allocator);
  set(value, "usd_per_device_hour", optional_number(price.usd_per_device_hour), allocator);
  set(value, "token_price", token_price_value(price.per_token, allocator), allocator);
  set(value, "price_source", price.source, allocator);
  return value;
}

// The suite's metrics, then what only repeats have.
std::vector<Score> all_scores(const TaskSummary& task) {
  std::vector<Score> scores = task.metrics;
  scores.insert(scores.end(), task.repeated.begin(), task.repeated.end());
  return scores;
}

// Of each question: [doc_id, samples graded, of these correct].
Value questions_value(const TaskData& data, Allocator& allocator) {
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> counts;
  for (const SampleRecord& record : data.records) {
    if (!record.graded || !record.correct) continue;
    auto& [graded, correct] = counts[record.doc_id];
    ++graded;
    correct += *record.correct ? 1 : 0;
  }
  Value list(rapidjson::kArrayType);
  for (const auto& [doc_id, count] : counts) {
    Value entry(rapidjson::kArrayType);
    for (const std::int64_t number : {doc_id, count.first, count.second}) entry.PushBack(number, allocator);
    list.PushBack(entry, allocator);
  }
  return list;
}

// What the score would have been at smaller limits.
Value token_limits_value(std::span<const TaskData> tasks, Allocator& allocator) {
  Value value = object();
  set(value, "method", "hard truncation: longer replies count as cut off and wrong", allocator);
  Value points(rapidjson::kArrayType);
  for (const LimitPoint& point : limit_curve(tasks)) {
    Value entry = object();
    const auto graded = static_cast<double>(point.graded);
    set(entry, "limit", Value(point.limit), allocator);
    set(entry, "accuracy", Value(static_cast<double>(point.correct) / graded), allocator);
    set(entry, "truncated", Value(static_cast<double>(point.truncated) / graded), allocator);
    set(entry, "n", Value(point.graded), allocator);
    points.PushBack(entry, allocator);
  }
  set(value, "points", std::move(points), allocator);
  return value;
}

Value task_results(const TaskData& data, const TaskSummary& task, const Price& price, Allocator& allocator) {
  Value value = object();
  set(value, "alias", task.alias, allocator);
  Value details = object();
  for (const Score& score : all_scores(task)) {
    const std::string suffix = "," + score.filter;
    set_named(value, score.metric + suffix, score.questions > 0 ? Value(score.value) : Value(), allocator);
    set_named(value, score.metric + "_stderr" + suffix,
              score.standard_error ? Value(*score.standard_error) : Value("N/A"), allocator);
    set_named(details, score.metric + suffix, score_value(score, allocator), allocator);
  }
  set(value, "accuracy", score_value(task.accuracy, allocator), allocator);
  set(value, "metrics", std::move(details), allocator);
  set(value, "samples", counts_value(task.counts, allocator), allocator);
  set(value, "questions", questions_value(data, allocator), allocator);
  set(value, "token_limits", token_limits_value({&data, 1}, allocator), allocator);
  set(value, "usage", tokens_value(task.tokens, allocator), allocator);
  set(value, "cost", cost_value(task.cost, price, allocator), allocator);
  return value;
}

void add_task(const TaskData& data, const TaskSummary& task, const Price& price, Value& layout,
              Allocator& allocator) {
  set_named(layout["results"], task.task, task_results(data, task, price, allocator), allocator);
  set_named(layout["configs"], task.task, parsed(data.config_json, allocator), allocator);
  set_named(layout["versions"], task.task, json::string(task.version, allocator), allocator);
  set_named(layout["n-shot"], task.task, Value(task.n_shot), allocator);
  Value direction = object();
  for (const Score& score : all_scores(task)) {
    set_named(direction, score.metric, Value(score.higher_is_better), allocator);
  }
  set_named(layout["higher_is_better"], task.task, std::move(direction), allocator);
  Value samples = object();
  set(samples, "original", Value(task.n_original), allocator);
  set(samples, "effective", Value(task.n_effective), allocator);
  set_named(layout["n-samples"], task.task, std::move(samples), allocator);
}

// A group stands under "results" and "groups", as lm-evaluation-harness has it.
Value group_results(const GroupSummary& group, Allocator& allocator) {
  Value value = object();
  set(value, "alias", group.alias, allocator);
  set(value, "name", group.group, allocator);
  set(value, "sample_len", Value(group.questions), allocator);
  Value details = object();
  Value counts = object();
  for (const Score& score : group.metrics) {
    const std::string suffix = "," + score.filter;
    set_named(value, score.metric + suffix, Value(score.value), allocator);
    set_named(value, score.metric + "_stderr" + suffix,
              score.standard_error ? Value(*score.standard_error) : Value("N/A"), allocator);
    set_named(details, score.metric + suffix, score_value(score, allocator), allocator);
    set_named(counts, score.metric + suffix, Value(score.questions), allocator);
  }
  set(value, "metrics", std::move(details), allocator);
  set(value, "sample_count", std::move(counts), allocator);
  return value;
}

void add_group(const GroupSummary& group, Value& layout, Allocator& allocator) {
  set_named(layout["group_subtasks"], group.group, string_list(group.members, allocator), allocator);
  if (group.metrics.empty()) return;
  set_named(layout["results"], group.group, group_results(group, allocator), allocator);
  set_named(layout["groups"], group.group, group_results(group, allocator), allocator);
  set_named(layout["versions"], group.group, json::string(group.version, allocator), allocator);
  if (group.n_shot) set_named(layout["n-shot"], group.group, Value(*group.n_shot), allocator);
  Value direction = object();
  for (const Score& score : group.metrics) {
    if (!direction.HasMember(score.metric.c_str())) {
      set_named(direction, score.metric, Value(score.higher_is_better), allocator);
    }
  }
  set_named(layout["higher_is_better"], group.group, std::move(direction), allocator);
}

Value engine_value(const std::optional<EngineCounters>& engine, Allocator& allocator) {
  if (!engine) return Value();
  Value value = object();
  set(value, "busy_seconds", Value(engine->busy_seconds), allocator);
  set(value, "prefill_tokens", Value(engine->prefill_tokens), allocator);
  set(value, "prefill_seconds", Value(engine->prefill_seconds), allocator);
  set(value, "decode_tokens", Value(engine->decode_tokens), allocator);
  set(value, "decode_seconds", Value(engine->decode_seconds), allocator);
  set(value, "cached_prompt_tokens", Value(engine->cached_prompt_tokens), allocator);
  set(value, "steps", Value(engine->steps), allocator);
  set(value, "preemptions", Value(engine->preemptions), allocator);
  return value;
}

Value phases_value(const std::optional<PhaseTimes>& phases, Allocator& allocator) {
  if (!phases) return Value();
  Value value = object();
  set(value, "load_seconds", optional_number(phases->load_seconds), allocator);
  set(value, "prefill_seconds", Value(phases->prefill_seconds), allocator);
  set(value, "decode_seconds", Value(phases->decode_seconds), allocator);
  set(value, "other_seconds", Value(phases->other_seconds), allocator);
  set(value, "grading_seconds", optional_number(phases->grading_seconds), allocator);
  set(value, "idle_seconds", Value(phases->idle_seconds), allocator);
  return value;
}

Value devices_value(const std::vector<DeviceUse>& devices, Allocator& allocator) {
  Value list(rapidjson::kArrayType);
  for (const DeviceUse& use : devices) {
    Value item = object();
    set(item, "name", use.name, allocator);
    set(item, "backend", use.backend, allocator);
    set(item, "device_hours", Value(use.device_hours), allocator);
    set(item, "wall_seconds", Value(use.wall_seconds), allocator);
    set(item, "launches", Value(use.launches), allocator);
    set(item, "killed_launches", Value(use.killed_launches), allocator);
    list.PushBack(item, allocator);
  }
  return list;
}

}  // namespace

json::Value run_results_value(const RunData& data, const RunSummary& run, Allocator& allocator) {
  Value layout = object();
  set(layout, "schema_version", Value(1), allocator);
  for (const char* key : {"results", "groups", "group_subtasks", "configs", "versions", "n-shot",
                          "higher_is_better", "n-samples"}) {
    set(layout, key, object(), allocator);
  }
  for (std::size_t i = 0; i < run.tasks.size(); ++i) {
    add_task(data.tasks[i], run.tasks[i], run.price, layout, allocator);
  }
  for (const GroupSummary& group : run.groups) add_group(group, layout, allocator);
  const json::Document manifest = json::parse(data.manifest_json, "run.json");
  Value config(manifest["identity"], allocator);
  config.RemoveMember("tasks");  // they stand under "configs"
  set(layout, "config", std::move(config), allocator);
  set(layout, "git_hash", run.software_commit, allocator);
  set(layout, "date", optional_number(run.unix_seconds), allocator);
  set(layout, "created", run.created, allocator);
  set(layout, "reckon_version", run.software_version, allocator);
  set(layout, "model_name", run.label, allocator);
  set(layout, "chat_template_sha", run.model.chat_template_sha, allocator);
  set(layout, "total_evaluation_time_seconds", json::string(fmt::format("{}", run.wall_seconds), allocator),
      allocator);
  Value total = object();
  set(total, "accuracy", score_value(run.accuracy, allocator), allocator);
  set(total, "samples", counts_value(run.counts, allocator), allocator);
  set(total, "usage", tokens_value(run.tokens, allocator), allocator);
  set(total, "cost", cost_value(run.cost, run.price, allocator), allocator);
  set(total, "wall_seconds", Value(run.wall_seconds), allocator);
  set(total, "energy_joules", optional_number(run.energy_joules), allocator);
  set(total, "device_energy_joules", optional_number(run.device_energy_joules), allocator);
  set(total, "engine", engine_value(run.engine, allocator), allocator);
  set(total, "phases", phases_value(run.phases, allocator), allocator);
  set(total, "token_limits", token_limits_value(data.tasks, allocator), allocator);
  set(total, "devices", devices_value(run.devices, allocator), allocator);
  set(layout, "total", std::move(total), allocator);
  set(layout, "warnings", string_list(run.warnings, allocator), allocator);
  return layout;
}

}  // namespace reckon::reports
