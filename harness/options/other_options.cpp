// `reckon ls`, `fetch`, `sandbox` and `doctor`.
#include "harness/options/command_options.h"
#include "harness/options/shared_options.h"

namespace reckon::harness {

void add_options(OptionSet& options, ListCommand& command) {
  options.add("what", command.what, "suites, models, hardware, prices or published")
      .one_of({"suites", "models", "hardware", "prices", "published"});
  add_tasks(options, command.tasks, false);
  options.add("--hardware", command.hardware, "A catalogue of your own, over the one shipped");
  options.add("--prices", command.prices, "A price book in place of the one shipped");
  options
      .add("--input-per-question", command.input_per_question,
           "Tokens of a question, to price a solved one of the published scores")
      .positive();
  options.add("--output-per-question", command.output_per_question, "Tokens of an answer, for the same")
      .positive();
  options.flag("--json", command.json, "JSON instead of tables");
}

void add_options(OptionSet& options, FetchCommand& command) {
  options.add("repository", command.repository, "owner/name").required();
  options.add("--revision", command.revision, "Branch, tag or commit").shows_default();
  options.flag("--dataset", command.dataset, "A dataset repository");
  options.add("-o,--output", command.output, "Folder to write to (default: the cache)");
  options.flag("--json", command.json, "JSON on stdout");
}

void add_options(OptionSet& options, SandboxCommand& command) {
  options.add("--language", command.language, "python3 or c++20").required();
  options.add("--input", command.input, "A file for its standard input (default: nothing)");
  options.add("--cpu-seconds", command.cpu_seconds, "CPU time that it may use")
      .between(1.0, 3600.0)
      .shows_default();
  options.add("--wall-seconds", command.wall_seconds, "Time after which it is ended in any case")
      .between(1.0, 86400.0)
      .shows_default();
  options.add("--memory-mib", command.memory_mib, "Memory that it may use")
      .between(16, 1048576)
      .shows_default();
  options.add("program", command.program, "Source file (- for stdin)").required();
}

void add_options(OptionSet& options, DoctorCommand& command) {
  options.flag("--json", command.json, "JSON instead of the table");
}

}  // namespace reckon::harness
