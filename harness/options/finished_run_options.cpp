// What reads run directories: `reckon report`, `compare`, `gate` and `history`.
#include "harness/options/command_options.h"
#include "harness/options/shared_options.h"

namespace reckon::harness {

void add_options(OptionSet& options, ReportCommand& command) {
  options.add("runs", command.runs, "Run directories; the first is what the others are compared with")
      .required();
  options.add("-o,--output-path", command.output_path, "Where to write (default: the run directory itself)");
  add_price(options, command.price);
  options.add("--margin", command.margin, "Differences inside it count as the same")
      .between(0.0, 1.0)
      .shows_default();
  options.add("--title", command.title, "Title of the report");
  options
      .add("--html-budget", command.html_budget_mb,
           "Megabytes that report.html may take; longer texts are cut in the middle")
      .between(1.0, 1000.0)
      .shows_default();
  options
      .add("--format", command.formats,
           "What to write: html (report.html), json (results.json), md (summary.md), csv "
           "(scores.csv), junit (junit.xml), separated by commas (default: html,json,md)")
      .separated_by_commas()
      .one_word_each()
      .one_of({"md", "html", "json", "csv", "junit"});
  options
      .add("--input-per-question", command.input_per_question,
           "Prompt tokens of a question, for what published models would cost a solved problem")
      .positive();
  options
      .add("--output-per-question", command.output_per_question,
           "Tokens that the model writes for a question, thinking included")
      .positive();
  options.flag("--json", command.json, "Print results.json on stdout");
}

void add_options(OptionSet& options, CompareCommand& command) {
  options
      .add("runs", command.runs,
           "Run directories, the first is what the others are compared with; or two files of `reckon "
           "bench`")
      .required();
  options.add("--margin", command.margin, "Differences inside it count as the same")
      .between(0.0, 1.0)
      .shows_default();
  options.add("--alpha", command.alpha, "Two-sided level of the tests").between(1e-6, 0.5).shows_default();
  options.add("--metric", command.metric,
              "A recorded metric, name or name,filter (default: whether the sample was judged "
              "correct)");
  options.flag("--unpaired", command.unpaired, "Compare runs on different questions as a whole");
  options.add("--flips", command.flips, "Questions whose verdict changed to print for each run")
      .between(0, 1000000)
      .shows_default();
  options
      .add("--minimum-effect", command.minimum_effect, "Kernels: changes below this share count as the same")
      .between(0.0, 10.0)
      .shows_default();
  options.add("-o,--output-path", command.output_path, "Also write the common report here");
  add_price(options, command.price);
  options.flag("--json", command.json, "JSON instead of the table");
}

void add_options(OptionSet& options, GateCommand& command) {
  options.add("run", command.run, "Run directory to judge").required();
  options.add("--baseline", command.baseline, "Run directory to compare with").required();
  options.add("--policy", command.policy, "YAML: suites, margins, limits (docs/gate.md)").required();
  add_price(options, command.price);
  options.add("--inconclusive", command.inconclusive, "What an inconclusive gate exits as (default: 4)")
      .one_of({"pass", "fail"});
  options.add("-o,--output-path", command.output_path,
              "Folder for gate.json, junit.xml, summary.md, benchmark-*.json, metrics.txt, scores.csv");
  options.flag("--json", command.json, "JSON instead of text");
}

void add_options(OptionSet& options, HistoryCommand& command) {
  options.add("runs", command.runs, "Run directories, in any order: their times order them").required();
  options.add("--alpha", command.alpha, "Level of the change-point test").between(1e-6, 0.5).shows_default();
  options.add("-o,--output", command.output, "Write the charts to this HTML file");
  options.flag("--json", command.json, "JSON instead of text");
}

}  // namespace reckon::harness
