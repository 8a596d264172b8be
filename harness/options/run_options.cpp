// `reckon run`.
#include "harness/options/command_options.h"
#include "harness/options/shared_options.h"

namespace reckon::harness {

void add_options(OptionSet& options, RunCommand& command) {
  add_model(options, command.model);
  add_tasks(options, command.tasks, true);
  add_sandbox(options, command.tasks);
  add_price(options, command.price);
  options
      .add("-o,--output-path", command.output_path, "The run directory; start again with the same to resume")
      .required();
  options.add("-f,--num-fewshot", command.num_fewshot, "Examples before each question").between(0, 1000);
  options.add("-L,--limit", command.limit, "Samples a task (1 or more), or a share of it (below 1)")
      .positive();
  options.add("--gen-kwargs", command.gen_kwargs, "temperature=0.6,top_p=0.95,max_gen_toks=32768,...");
  options.either("--apply-chat-template", "--no-chat-template", command.apply_chat_template,
                 "Put each task as a conversation (default: as the suite prefers)");
  options.either("--fewshot-as-multiturn", "--fewshot-as-one-message", command.fewshot_as_multiturn,
                 "Examples as turns of their own");
  options.add("--system-instruction", command.system_instruction, "System message");
  options.add("--seed", command.seed, "Seed of few-shot draws and of sampling").shows_default();
  options
      .add("--max-thinking-tokens", command.max_thinking_tokens,
           "Close a thinking trace after so many tokens and let the model answer (counted)")
      .between(1, 1 << 30);
  options.add("--repeats,--epochs", command.repeats, "Answers asked for each question").between(1, 100000);
  const Option gate =
      options.add("--gate", command.gate,
                  "A gate's policy: ask in a seeded random order and stop as soon as the gate is decided");
  const Option baseline =
      options.add("--baseline", command.baseline, "The run directory that the gate compares with");
  gate.needs(baseline);
  baseline.needs(gate);
  options.flag("--predict-only", command.predict_only, "Record answers without grading them");
  options.flag("--log-samples", command.log_samples,
               "Accepted for compatibility: samples are always recorded");
  options.flag("--time-kernels", command.time_kernels,
               "Time the kernels at this model's shapes and put them into the report");
  options.add("--max-in-flight", command.max_in_flight, "Requests submitted at once")
      .between(1, 1000000)
      .shows_default();
  options.flag("--json", command.json, "Print results.json on stdout instead of the table");
  options.flag("-q,--quiet", command.quiet, "No progress on stderr");
}

}  // namespace reckon::harness
