#include "tests/reports/support/synthetic_run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "reports/json_values.h"
#include "reports/statistics/counter_random.h"

namespace reckon::test {
namespace {

using json::Value;
using reports::set;

double uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return static_cast<double>(reports::random_below(seed, stream, index, 1u << 30)) / (1u << 30);
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Value object() { return Value(rapidjson::kObjectType); }

std::string manifest_of(const SyntheticRun& run) {
  json::Document document;
  auto& a = document.GetAllocator();
  Value model = object();
  set(model, "name", run.model, a);
  set(model, "kind", std::string("engine"), a);
  set(model, "architecture", std::string("deepseek_v3"), a);
  set(model, "source", "models/" + run.model, a);
  set(model, "parameters", Value(6'200'000), a);
  set(model, "active_parameters", Value(2'100'000), a);
  set(model, "weight_bytes", Value(12'400'000), a);
  set(model, "kv_cache_type", std::string("f16"), a);
  Value tasks = object();
  for (const SyntheticTask& task : run.tasks) {
    Value item = object();
    set(item, "version", Value(1), a);
    Value config = object();
    set(config, "task", task.name, a);
    set(config, "output_type", std::string("generate_until"), a);
    set(item, "config", std::move(config), a);
    set(item, "n_original", Value(task.questions), a);
    set(item, "n_effective", Value(task.questions), a);
    set(item, "n_shot", Value(0), a);
    set(item, "repeats", Value(task.repeats), a);
    set(item, "output_type", std::string("generate_until"), a);
    Value metric = object();
    set(metric, "name", std::string("exact_match"), a);
    set(metric, "aggregation", std::string("mean"), a);
    set(metric, "higher_is_better", Value(true), a);
    Value metrics(rapidjson::kArrayType);
    metrics.PushBack(metric, a);
    set(item, "metrics", std::move(metrics), a);
    tasks.AddMember(json::string(task.name, a), item, a);
  }
  Value identity = object();
  set(identity, "model", std::move(model), a);
  set(identity, "tasks", std::move(tasks), a);
  set(identity, "seed", Value(run.seed), a);
  Value price = object();
  set(price, "device_usd_per_hour", reports::optional_number(run.usd_per_hour), a);
  set(price, "source", std::string(run.usd_per_hour ? "a test" : ""), a);
  Value software = object();
  set(software, "version", std::string("0.1.0"), a);
  set(software, "commit", std::string("0123456789abcdef"), a);
  Value manifest = object();
  if (!run.model_config.empty()) {
    set(manifest, "model_config", Value(json::parse(run.model_config, "model_config"), a), a);
  }
  set(manifest, "schema_version", Value(1), a);
  set(manifest, "identity", std::move(identity), a);
  set(manifest, "model_display_name", run.model, a);
  set(manifest, "software", std::move(software), a);
  set(manifest, "price", std::move(price), a);
  set(manifest, "device_count", Value(1), a);
  set(manifest, "created", std::string("2026-01-31T12:00:00Z"), a);
  set(manifest, "command", reports::string_list({"reckon", "run", "--model", run.model}, a), a);
  return json::dump_pretty(manifest);
}

std::string filler(std::uint64_t seed, std::uint64_t stream, int bytes) {
  static const char* const kWords[] = {"so",    "the",   "sum",    "carry", "one",    "then",  "add",
                                       "seven", "liar",  "knight", "loop",  "prints", "since", "check",
                                       "again", "times", "minus",  "if",    "true"};
  std::string text;
  for (std::uint64_t i = 0; static_cast<int>(text.size()) < bytes; ++i) {
    text += kWords[reports::random_below(seed, stream, 1000 + i, std::size(kWords))];
    text += i % 12 == 11 ? '\n' : ' ';
  }
  return text;
}

struct Question {
  std::string prompt;
  std::string target;
  std::string steps;
};

Question question_of(const SyntheticTask& task, int doc_id) {
  const std::uint64_t stream = hash64(task.name) % 1000;
  const auto pick = [&](std::uint64_t index, std::uint64_t n) {
    return static_cast<int>(
        reports::random_below(7, stream + static_cast<std::uint64_t>(doc_id) * 1000, index, n));
  };
  const int a = 12 + pick(0, 88);
  const int b = 12 + pick(1, 88);
  if (task.name.find("logic") != std::string::npos || task.name.find("knight") != std::string::npos) {
    return {
        "On an island live knights, who always tell the truth, and knaves, who always lie.\nAda says: \"Bo "
        "and I are "
        "of different kinds.\"\nBo says: \"Ada is a knave.\"\nWho is a knight?",
        pick(2, 2) == 0 ? "Bo" : "Ada",
        "Suppose Ada is a knight. Then Bo is a knave, and Bo's statement is a lie, so Ada is a knight.\nThat "
        "is "
        "consistent; the other case must be checked too."};
  }
  if (task.name.find("code") != std::string::npos || task.name.find("python") != std::string::npos) {
    return {fmt::format("What does this print?\n\n```python\ndef f(n):\n    total = {}\n    for i in "
                        "range(n):\n        if i % "
                        "2 == 0:\n            total += i\n    return total\n\nprint(f({}))\n```",
                        a, b % 10),
            std::to_string(a + (b % 10 > 2 ? 2 : 0)),
            fmt::format("total starts at {}\ni = 0: even, total stays", a)};
  }
  return {
      fmt::format("Mia packs {} boxes with {} pencils each. She gives {} pencils away. How many are left?", a,
                  b, b % 9),
      std::to_string(a * b - b % 9),
      fmt::format("{} x {} = {}\n{} - {} = {}", a, b, a * b, a * b, b % 9, a * b - b % 9)};
}

std::string record_of(const SyntheticRun& run, const SyntheticTask& task, int doc_id, int repeat,
                      double clock) {
  json::Document document;
  auto& al = document.GetAllocator();
  const std::uint64_t stream = hash64(task.name) + static_cast<std::uint64_t>(doc_id) * 64;
  const Question question = question_of(task, doc_id);
  // Difficulty belongs to the question, luck to the run: so two runs agree on many questions, as real ones
  // do.
  const double difficulty = 0.7 * uniform(99, stream, 0) + 0.3 * uniform(run.seed, stream, 10 + repeat);
  const double goal = std::clamp(task.accuracy + run.skill_shift, 0.0, 1.0);
  const bool failed = uniform(run.seed, stream, 300 + repeat) < task.failed;
  const bool truncated = !failed && uniform(run.seed, stream, 400 + repeat) < task.truncated;
  const bool correct = !failed && !truncated && (goal >= 1 || (goal > 0 && difficulty < goal));
  std::string thinking = question.steps;
  std::string prompt = question.prompt;
  if (task.text_bytes > 0) {
    prompt += "\n" + filler(run.seed, stream + 1,
                            std::max(0, task.text_bytes / 2 - static_cast<int>(prompt.size())));
    thinking += "\n" + filler(run.seed, stream + 2,
                              std::max(0, task.text_bytes / 2 - static_cast<int>(thinking.size())));
  }
  thinking += run.hostile_text;
  const std::string given = correct ? question.target : question.target + "7";
  const std::string answer = "The answer is \\boxed{" + given + "}." + run.hostile_text;
  Value line = object();
  set(line, "doc_id", Value(doc_id), al);
  set(line, "repeat", Value(repeat), al);
  set(line, "doc_hash", sha256_hex(fmt::format("{}/{}", task.name, doc_id)), al);
  set(line, "target", question.target, al);
  if (task.cluster_size > 1) set(line, "cluster", fmt::format("source {}", doc_id / task.cluster_size), al);
  set(line, "prompt", prompt, al);
  const std::string response = failed      ? ""
                               : truncated ? "<think>\n" + thinking
                                           : "<think>\n" + thinking + "\n</think>\n" + answer;
  set(line, "resps", reports::string_list({response}, al), al);
  if (!failed) set(line, "thinking", thinking, al);
  set(line, "answer", std::string(failed || truncated ? "" : answer), al);
  set(line, "filter", std::string("last_boxed"), al);
  if (!failed && !truncated) set(line, "extracted", given, al);
  Value metrics = object();
  if (!failed) set(metrics, "exact_match,none", Value(correct ? 1.0 : 0.0), al);
  set(line, "metrics", std::move(metrics), al);
  if (!failed) set(line, "correct", Value(correct), al);
  set(line, "graded", Value(!failed), al);
  set(line, "why",
      std::string(failed      ? ""
                  : truncated ? "the thinking trace has no end: cut off by the token limit"
                  : correct   ? "equal as numbers"
                              : fmt::format("{} is not {}", given, question.target)),
      al);
  set(line, "finish_reason", std::string(failed ? "error" : truncated ? "length" : "stop"), al);
  set(line, "truncated", Value(truncated), al);
  set(line, "error", std::string(failed ? "out of pages" : ""), al);
  const int input = static_cast<int>(prompt.size()) / 4;
  const int reasoning = failed ? 0 : static_cast<int>(thinking.size()) / 3;
  const int written = failed || truncated ? 0 : static_cast<int>(answer.size()) / 3;
  Value usage = object();
  set(usage, "input_tokens", Value(failed ? 0 : input), al);
  set(usage, "cached_input_tokens", Value(failed ? 0 : input / 4), al);
  set(usage, "output_tokens", Value(reasoning + written), al);
  set(usage, "reasoning_tokens", Value(reasoning), al);
  set(usage, "answer_tokens", Value(written), al);
  set(line, "usage", std::move(usage), al);
  Value timing = object();
  set(timing, "submitted_seconds", Value(clock), al);
  set(timing, "first_token_seconds", Value(clock + 0.02), al);
  set(timing, "finished_seconds", Value(clock + 0.5), al);
  set(line, "timing", std::move(timing), al);
  set(line, "seed", std::to_string(run.seed), al);
  set(line, "launch", Value(run.killed_first_launch ? 1 : 0), al);
  return json::dump(line) + "\n";
}

std::string launches_of(const SyntheticRun& run) {
  const std::string device =
      R"("device":{"backend":"cpu","name":"Example CPU","path":"avx512","threads":2,"count":1},"pid":1)";
  const std::string engine =
      R"("engine":{"busy_seconds":50,"prefill_tokens":60000,"prefill_seconds":10,)"
      R"("decode_tokens":40000,"decode_seconds":40,"cached_prompt_tokens":5000,"steps":900,)"
      R"("preemptions":0})";
  std::string text;
  int launch = 0;
  if (run.killed_first_launch) {
    text += R"({"launch":0,"event":"start","time":"2026-01-31T12:00:00Z","unix_seconds":1769860800.0,)" +
            device + "}\n";
    text += R"({"launch":0,"event":"heartbeat","wall_seconds":10})"
            "\n";
    text += R"({"launch":0,"event":"heartbeat","wall_seconds":20})"
            "\n";
    launch = 1;
  }
  text +=
      fmt::format(
          R"({{"launch":{},"event":"start","time":"2026-01-31T12:10:00Z","unix_seconds":1769861400.0,{}}})",
          launch, device) +
      "\n";
  text += fmt::format(R"({{"launch":{},"event":"heartbeat","wall_seconds":30,{}}})", launch, engine) + "\n";
  text +=
      fmt::format(R"({{"launch":{},"event":"end","wall_seconds":60{},"status":"done",{}}})", launch,
                  run.grading_seconds ? fmt::format(R"(,"grading_seconds":{})", *run.grading_seconds) : "",
                  engine) +
      "\n";
  return text;
}

constexpr const char* kKernels = R"({"device":{"backend":"cpu","name":"Example CPU"},
"limits":{"read_gb_per_s":21.4,"fma_gflop_per_s":118.0,"int16_gop_per_s":205.0,"int8_gop_per_s":402.0},
"kernels":[
{"name":"linear q4_1","shape":"576x1536, 1 token","seconds":2.6e-5,"gb_per_s":18.9,"gflop_per_s":68.1,"bound":"memory","share_of_limit":0.88},
{"name":"linear bf16","shape":"576x1536, 64 tokens","seconds":1.1e-3,"gb_per_s":1.7,"gflop_per_s":102.9,"bound":"compute","share_of_limit":0.87},
{"name":"expert linear bf16","shape":"8 experts of 256x512, 16 tokens","seconds":2.3e-4,"gb_per_s":9.1,"gflop_per_s":36.4,"bound":"memory","share_of_limit":0.43},
{"name":"attention, latent cache","shape":"8 heads, 512 tokens","seconds":8.0e-5,"gb_per_s":13.1,"gflop_per_s":26.2,"bound":"memory","share_of_limit":0.61},
{"name":"RMSNorm","shape":"64x576","seconds":9.5e-6,"gb_per_s":15.5,"gflop_per_s":null,"bound":"memory","share_of_limit":0.72}]})";

}  // namespace

std::string write_synthetic_run(const std::string& folder, const SyntheticRun& run) {
  const std::filesystem::path path(folder);
  std::filesystem::create_directories(path / "samples");
  write(path / "run.json", manifest_of(run));
  write(path / "launches.jsonl", launches_of(run));
  for (const SyntheticTask& task : run.tasks) {
    std::string lines;
    double clock = 0;
    for (int doc_id = 0; doc_id < task.questions; ++doc_id) {
      for (int repeat = 0; repeat < task.repeats; ++repeat)
        lines += record_of(run, task, doc_id, repeat, clock += 0.06);
    }
    write(path / "samples" / (task.name + ".jsonl"), lines);
  }
  if (run.kernels) write(path / "kernels.json", kKernels);
  return folder;
}

}  // namespace reckon::test
