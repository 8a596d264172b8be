#pragma once
// What the user asked a run to do.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/model.h"
#include "suites/task.h"

namespace reckon::harness {

struct RunSettings {
  std::vector<std::shared_ptr<suites::Task>> tasks;
  std::vector<std::string> task_names;    ///< as --tasks names them: a group may set keys of its tasks
  std::vector<suites::TaskGroup> groups;  ///< figures of their own, over the tasks
  std::string output_path;
  std::optional<double>
      limit;  ///< >= 1: samples a task; below 1: share of the task (as lm-evaluation-harness)
  std::optional<int> num_fewshot;
  std::optional<bool> apply_chat_template;  ///< unset: as each suite prefers, else plain text
  std::optional<bool> fewshot_as_multiturn;
  std::string system_instruction;
  std::map<std::string, std::string> gen_kwargs;
  std::uint64_t seed = 1234;
  std::optional<int> repeats;   ///< overrides the suites'
  int max_thinking_tokens = 0;  ///< 0: a trace may take all of the reply
  bool predict_only = false;
  std::string model_display_name;
  std::string model_config_json;  ///< the model's config.json where it has one, for estimates; else empty
  std::string chat_template;      ///< the text of the model's, for the reader of run.json; else empty
  std::optional<double> price_per_hour;  ///< USD per device-hour; unset: not known
  std::string price_source;
  int device_count = 1;
  int max_in_flight = 256;
  std::vector<std::string> command;
  std::string gate_json;  ///< what a gated run's identity holds of its gate, as JSON text; empty: none
};

/// Samples of a task that a run asks, after --limit. Errors: a limit that leaves none.
std::size_t effective_samples(const suites::Task& task, const std::optional<double>& limit);

/// Whether the task is put as a conversation.
bool uses_chat(const RunSettings& settings, const suites::Task& task);

/// How the task's prompts are made.
suites::PromptOptions prompt_options(const RunSettings& settings, const suites::Task& task);

/// The suite's generation_kwargs under --gen_kwargs and --max_thinking_tokens.
SamplingOptions task_sampling(const RunSettings& settings, const suites::Task& task);

int effective_repeats(const RunSettings& settings, const suites::Task& task);

/// request seed = hash(run seed, task, doc_id, repeat)
std::uint64_t request_seed(std::uint64_t run_seed, const std::string& task, std::int64_t doc_id, int repeat);

}  // namespace reckon::harness
