// `reckon score` and `reckon grade`: answers that are there already.
#include "harness/options/command_options.h"
#include "harness/options/shared_options.h"

namespace reckon::harness {

void add_options(OptionSet& options, ScoreCommand& command) {
  const Option run =
      options.add("run", command.run,
                  "Run directory whose saved answers are graded again; shows each verdict that changed");
  add_tasks(options, command.tasks, false);
  add_sandbox(options, command.tasks);
  const Option tasks = options.add("-t,--tasks", command.tasks.tasks, "The task of --outputs");
  const Option outputs = options.add("--outputs", command.outputs,
                                     "JSON lines: lm-eval's samples, or {\"doc_id\", \"resps\": [...]}");
  outputs.needs(tasks).excludes(run);
  options.add("--policy", command.policy, "Grade mathematics by this policy: strict, math_verify or minerva");
  options.add("-o,--output-path", command.output_path, "Also write a run directory with a report");
  options.flag("--json", command.json, "One JSON line a verdict instead of the table");
}

void add_options(OptionSet& options, GradeCommand& command) {
  options.add("--policy", command.policy, "strict, math_verify or minerva").shows_default();
  options.add("--extract", command.extract,
              "How the answer is found in a text: rules separated by commas, tried in order");
  options.add("--file", command.file, "JSON lines (default: stdin)");
}

}  // namespace reckon::harness
