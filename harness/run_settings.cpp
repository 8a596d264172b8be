#include "harness/run_settings.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "harness/key_values.h"

namespace reckon::harness {

std::size_t effective_samples(const suites::Task& task, const std::optional<double>& limit) {
  const std::size_t all = task.samples().size();
  std::size_t count = all;
  if (limit) {
    const double wanted = *limit < 1.0 ? std::ceil(*limit * static_cast<double>(all)) : std::floor(*limit);
    count = std::min(all, static_cast<std::size_t>(std::max(0.0, wanted)));
  }
  if (count == 0) fail_input("{}: no sample to run ({} in the dataset, --limit leaves 0)", task.name(), all);
  return count;
}

bool uses_chat(const RunSettings& settings, const suites::Task& task) {
  return settings.apply_chat_template.value_or(task.prefers_chat().value_or(false));
}

suites::PromptOptions prompt_options(const RunSettings& settings, const suites::Task& task) {
  suites::PromptOptions options;
  options.num_fewshot = settings.num_fewshot;
  options.apply_chat_template = uses_chat(settings, task);
  options.fewshot_as_multiturn = settings.fewshot_as_multiturn;
  options.system_instruction = settings.system_instruction;
  options.seed = settings.seed;
  return options;
}

SamplingOptions task_sampling(const RunSettings& settings, const suites::Task& task) {
  SamplingOptions sampling = sampling_options(task.generation(), settings.gen_kwargs);
  sampling.max_thinking_tokens = settings.max_thinking_tokens;
  return sampling;
}

int effective_repeats(const RunSettings& settings, const suites::Task& task) {
  return settings.repeats.value_or(task.repeats());
}

std::uint64_t request_seed(std::uint64_t run_seed, const std::string& task, std::int64_t doc_id, int repeat) {
  return hash64(fmt::format("{}\n{}\n{}\n{}", run_seed, task, doc_id, repeat));
}

}  // namespace reckon::harness
