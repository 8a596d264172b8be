#include "harness/command_line.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/nearest.h"
#include "harness/estimate_options.h"

namespace reckon::harness {
namespace {

void add_model(CLI::App& app, ModelArguments& model, bool required = true) {
  auto* option = app.add_option(
      "-m,--model", model.model,
      "Model: a Hugging Face folder, a GGUF file, a name that `reckon ls models` prints, or 'scripted'");
  if (required) option->required();
  app.add_option(
      "--model-args", model.model_args,
      "key=value,...: activations, kv_cache_type, kv_cache_bytes, threads, max_sequences, chunk_tokens, ...");
  app.add_option("--device", model.device, "Back end")->capture_default_str();
}

void add_tasks(CLI::App& app, TaskArguments& tasks, bool required) {
  if (required) {
    app.add_option("-t,--tasks", tasks.tasks, "Tasks, tags or suite files, separated by commas")->required();
  }
  app.add_option("--include-path", tasks.include_path, "A folder of more suite files (may be repeated)");
  app.add_option("--data-dir", tasks.data_dir, "Folder of datasets (default: RECKON_DATA)");
  app.add_option("--task-args", tasks.task_args, "Of generated tasks: n=200,seed=7,difficulty=3 (1 to 5)");
}

void add_sandbox(CLI::App& app, TaskArguments& tasks) {
  app.add_option("--sandbox", tasks.sandbox, "What holds the code that code suites run: bubblewrap or none")
      ->check(CLI::IsMember({"bubblewrap", "none"}))
      ->capture_default_str();
  app.add_flag("--confirm-run-unsafe-code", tasks.confirm_run_unsafe_code,
               "Needed with --sandbox none: the code can then do here all that an ordinary user can");
}

void add_price(CLI::App& app, PriceArguments& price) {
  app.add_option("--prices", price.prices, "A price book to look devices up in");
  app.add_option("--price-per-hour", price.price_per_hour,
                 "USD for one device for one hour (not given: not known)")
      ->check(CLI::Validator(
          [](const std::string& text) {
            double usd = 0;
            return CLI::detail::lexical_cast(text, usd) && usd > 0 && usd < 1e9
                       ? std::string()
                       : fmt::format(
                             "'{}' is no price; a price is more than 0, and is left out where it is not "
                             "known",
                             text);
          },
          "USD"));
  app.add_option("--price-source", price.price_source,
                 "Where that price comes from; printed beside every cost");
}

// A flag and its opposite; neither given leaves the value unset.
void add_switch(CLI::App& app, const std::string& yes, const std::string& no, std::optional<bool>& value,
                const std::string& help) {
  app.add_flag_callback(
      yes, [&value] { value = true; }, help);
  app.add_flag_callback(
      no, [&value] { value = false; }, "The opposite");
}

// "--model_args" is "--model-args": what is typed may use either, what is known uses one.
std::vector<std::string> normalised(int argc, const char* const* argv) {
  std::vector<std::string> words;
  bool only_values = false;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--") only_values = true;
    if (!only_values && word.size() > 2 && word.starts_with("--")) {
      const std::size_t end = std::min(word.find('='), word.size());
      std::replace(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(end), '_', '-');
    }
    words.push_back(std::move(word));
  }
  return words;
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string extras_message(const CLI::App& app, const std::vector<std::string>& extras) {
  if (extras.empty()) return "unexpected arguments";
  std::string word = extras.front();
  const bool flag = word.starts_with("-");
  if (flag) {
    word = word.substr(0, word.find('='));
    return fmt::format("unknown option '{}' of 'reckon {}'{}", word, app.get_name(),
                       did_you_mean(word, flag_names(app)));
  }
  return fmt::format("unexpected argument '{}' after 'reckon {}'", word, app.get_name());
}

}  // namespace

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
  CLI::App app{
      "reckon: what a reasoning model scores, what each answer costs, and whether a difference is real",
      "reckon"};
  app.require_subcommand(0, 1);
  app.set_help_all_flag("--help-all", "Help of all commands");
  bool version = false;
  app.add_flag("--version", version, "Version, commit, compiler, back ends and CPU features");

  RunCommand run;
  auto* run_app = app.add_subcommand("run", "Put tasks to a model and write a run directory with its report");
  add_model(*run_app, run.model);
  add_tasks(*run_app, run.tasks, true);
  add_sandbox(*run_app, run.tasks);
  add_price(*run_app, run.price);
  run_app
      ->add_option("-o,--output-path", run.output_path,
                   "The run directory; start again with the same to resume")
      ->required();
  run_app->add_option("-f,--num-fewshot", run.num_fewshot, "Examples before each question")
      ->check(CLI::Range(0, 1000));
  run_app->add_option("-L,--limit", run.limit, "Samples a task (1 or more), or a share of it (below 1)")
      ->check(CLI::PositiveNumber);
  run_app->add_option("--gen-kwargs", run.gen_kwargs, "temperature=0.6,top_p=0.95,max_gen_toks=32768,...");
  add_switch(*run_app, "--apply-chat-template", "--no-chat-template", run.apply_chat_template,
             "Put each task as a conversation (default: as the suite prefers)");
  add_switch(*run_app, "--fewshot-as-multiturn", "--fewshot-as-one-message", run.fewshot_as_multiturn,
             "Examples as turns of their own");
  run_app->add_option("--system-instruction", run.system_instruction, "System message");
  run_app->add_option("--seed", run.seed, "Seed of few-shot draws and of sampling")->capture_default_str();
  run_app
      ->add_option("--max-thinking-tokens", run.max_thinking_tokens,
                   "Close a thinking trace after so many tokens and let the model answer (counted)")
      ->check(CLI::Range(1, 1 << 30));
  run_app->add_option("--repeats,--epochs", run.repeats, "Answers asked for each question")
      ->check(CLI::Range(1, 100000));
  auto* gate_option = run_app->add_option(
      "--gate", run.gate,
      "A gate's policy: ask in a seeded random order and stop as soon as the gate is decided");
  auto* baseline_option =
      run_app->add_option("--baseline", run.baseline, "The run directory that the gate compares with");
  gate_option->needs(baseline_option);
  baseline_option->needs(gate_option);
  run_app->add_flag("--predict-only", run.predict_only, "Record answers without grading them");
  bool log_samples = true;
  run_app->add_flag("--log-samples", log_samples, "Accepted for compatibility: samples are always recorded");
  run_app->add_flag("--time-kernels", run.time_kernels,
                    "Time the kernels at this model's shapes and put them into the report");
  run_app->add_option("--max-in-flight", run.max_in_flight, "Requests submitted at once")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  run_app->add_flag("--json", run.json, "Print results.json on stdout instead of the table");
  run_app->add_flag("-q,--quiet", run.quiet, "No progress on stderr");

  ScoreCommand score;
  auto* score_app = app.add_subcommand("score", "Grade a run again, or outputs that were made elsewhere");
  auto* score_run = score_app->add_option(
      "run", score.run,
      "Run directory whose saved answers are graded again; shows each verdict that changed");
  add_tasks(*score_app, score.tasks, false);
  add_sandbox(*score_app, score.tasks);
  auto* score_tasks = score_app->add_option("-t,--tasks", score.tasks.tasks, "The task of --outputs");
  auto* score_outputs = score_app->add_option(
      "--outputs", score.outputs, "JSON lines: lm-eval's samples, or {\"doc_id\", \"resps\": [...]}");
  score_outputs->needs(score_tasks)->excludes(score_run);
  score_app->add_option("--policy", score.policy,
                        "Grade mathematics by this policy: strict, math_verify or minerva");
  score_app->add_option("-o,--output-path", score.output_path, "Also write a run directory with a report");
  score_app->add_flag("--json", score.json, "One JSON line a verdict instead of the table");

  GradeCommand grade;
  auto* grade_app = app.add_subcommand(
      "grade",
      "Are these answers the gold ones? JSON lines of {\"gold\", \"answer\"} or {\"gold\", \"text\"}");
  grade_app->add_option("--policy", grade.policy, "strict, math_verify or minerva")->capture_default_str();
  grade_app->add_option("--extract", grade.extract,
                        "How the answer is found in a text: rules separated by commas, tried in order");
  grade_app->add_option("--file", grade.file, "JSON lines (default: stdin)");

  ReportCommand report;
  auto* report_app = app.add_subcommand("report", "Make reports from run directories, without the model");
  report_app
      ->add_option("runs", report.runs, "Run directories; the first is what the others are compared with")
      ->required();
  report_app->add_option("-o,--output-path", report.output_path,
                         "Where to write (default: the run directory itself)");
  add_price(*report_app, report.price);
  report_app->add_option("--margin", report.margin, "Differences inside it count as the same")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  report_app->add_option("--title", report.title, "Title of the report");
  report_app
      ->add_option("--html-budget", report.html_budget_mb,
                   "Megabytes that report.html may take; longer texts are cut in the middle")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str();
  report_app
      ->add_option("--format", report.formats,
                   "What to write: html (report.html), json (results.json), md (summary.md), csv "
                   "(scores.csv), junit (junit.xml), separated by commas (default: html,json,md)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"md", "html", "json", "csv", "junit"}));
  report_app
      ->add_option("--input-per-question", report.input_per_question,
                   "Prompt tokens of a question, for what published models would cost a solved problem")
      ->check(CLI::PositiveNumber);
  report_app
      ->add_option("--output-per-question", report.output_per_question,
                   "Tokens that the model writes for a question, thinking included")
      ->check(CLI::PositiveNumber);
  report_app->add_flag("--json", report.json, "Print results.json on stdout");

  CompareCommand compare;
  auto* compare_app = app.add_subcommand(
      "compare", "Are later runs better or worse than the first? (exit code 1: worse) Or two kernel benches");
  compare_app
      ->add_option("runs", compare.runs,
                   "Run directories, the first is what the others are compared with; or two files of `reckon "
                   "bench`")
      ->required();
  compare_app->add_option("--margin", compare.margin, "Differences inside it count as the same")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  compare_app->add_option("--alpha", compare.alpha, "Two-sided level of the tests")
      ->check(CLI::Range(1e-6, 0.5))
      ->capture_default_str();
  compare_app->add_option("--metric", compare.metric,
                          "A recorded metric, name or name,filter (default: whether the sample was judged "
                          "correct)");
  compare_app->add_flag("--unpaired", compare.unpaired, "Compare runs on different questions as a whole");
  compare_app->add_option("--flips", compare.flips, "Questions whose verdict changed to print for each run")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  compare_app
      ->add_option("--minimum-effect", compare.minimum_effect,
                   "Kernels: changes below this share count as the same")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  compare_app->add_option("-o,--output-path", compare.output_path, "Also write the common report here");
  add_price(*compare_app, compare.price);
  compare_app->add_flag("--json", compare.json, "JSON instead of the table");

  GateCommand gate;
  auto* gate_app =
      app.add_subcommand("gate", "Did a change make anything worse? Exit code 1: yes, 4: cannot be told");
  gate_app->add_option("run", gate.run, "Run directory to judge")->required();
  gate_app->add_option("--baseline", gate.baseline, "Run directory to compare with")->required();
  gate_app->add_option("--policy", gate.policy, "YAML: suites, margins, limits (docs/gate.md)")->required();
  add_price(*gate_app, gate.price);
  gate_app->add_option("--inconclusive", gate.inconclusive, "What an inconclusive gate exits as (default: 4)")
      ->check(CLI::IsMember({"pass", "fail"}));
  gate_app->add_option(
      "-o,--output-path", gate.output_path,
      "Folder for gate.json, junit.xml, summary.md, benchmark-*.json, metrics.txt, scores.csv");
  gate_app->add_flag("--json", gate.json, "JSON instead of text");

  HistoryCommand history;
  auto* history_app =
      app.add_subcommand("history", "A series of runs as a chart, with a test for a change of level");
  history_app->add_option("runs", history.runs, "Run directories, in any order: their times order them")
      ->required();
  history_app->add_option("--alpha", history.alpha, "Level of the change-point test")
      ->check(CLI::Range(1e-6, 0.5))
      ->capture_default_str();
  history_app->add_option("-o,--output", history.output, "Write the charts to this HTML file");
  history_app->add_flag("--json", history.json, "JSON instead of text");

  ListCommand list;
  auto* list_app = app.add_subcommand("ls", "List suites, models, hardware, prices and published scores");
  list_app->add_option("what", list.what, "suites, models, hardware, prices or published")
      ->check(CLI::IsMember({"suites", "models", "hardware", "prices", "published"}));
  add_tasks(*list_app, list.tasks, false);
  list_app->add_option("--hardware", list.hardware, "A catalogue of your own, over the one shipped");
  list_app->add_option("--prices", list.prices, "A price book in place of the one shipped");
  list_app
      ->add_option("--input-per-question", list.input_per_question,
                   "Tokens of a question, to price a solved one of the published scores")
      ->check(CLI::PositiveNumber);
  list_app->add_option("--output-per-question", list.output_per_question, "Tokens of an answer, for the same")
      ->check(CLI::PositiveNumber);
  list_app->add_flag("--json", list.json, "JSON instead of tables");

  InspectCommand inspect;
  auto* inspect_app = app.add_subcommand("inspect", "What is in a model file, and the memory it needs");
  inspect_app->add_option("model_path,-m,--model", inspect.model.model, "Model")->required();
  inspect_app->add_option("--model-args", inspect.model.model_args, "key=value,...");
  inspect_app->add_flag("--verify", inspect.verify, "Read every weight: NaN, bad scales, hashes");
  inspect_app->add_flag("--tensors", inspect.tensors, "List the tensors");
  inspect_app->add_option("--context", inspect.context, "Tokens of context for the memory estimate")
      ->check(CLI::NonNegativeNumber);
  inspect_app->add_flag("--json", inspect.json, "JSON instead of text");

  BenchCommand bench;
  auto* bench_app =
      app.add_subcommand("bench", "Time the kernels at a model's shapes against the limits of this machine");
  add_model(*bench_app, bench.model, false);
  bench_app->add_flag("--identify", bench.identify,
                      "Say which card this is, by its FP64 rate and a copy to its neighbour (needs a GPU)");
  bench_app->add_flag("--layers", bench.layers,
                      "Time layers of each kind and estimate the whole model from them");
  bench_app->add_option(
      "--shapes", bench.shapes,
      "Time these products instead: TYPE:INPUTSxOUTPUTS,... (bf16:4096x14336,fp8_e4m3:7168x2048)");
  bench_app->add_option("--tokens", bench.tokens, "Tokens at which kernels are timed (1,16,512)")
      ->delimiter(',')
      ->check(CLI::Range(1, 65536));
  bench_app
      ->add_option(
          "--load-format", bench.load_format,
          "dummy: random weights; --model may then be a published config (deepseek-v3, llama-3.1-8b, ...)")
      ->check(CLI::IsMember({"auto", "dummy"}));
  bench_app
      ->add_option("--num-layers", bench.num_layers,
                   "With --load-format dummy: the first so many layers, of their true size; means --layers")
      ->check(CLI::Range(1, 1 << 16));
  bench_app->add_option("--batch", bench.batch, "Sequences that --layers decodes at once")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  bench_app->add_option("--context", bench.context, "Tokens before the one that --layers decodes")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  bench_app->add_option("--prompt", bench.prompt, "Tokens of the prefill that --layers times")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  bench_app->add_flag("--communication", bench.communication,
                      "Time all-reduce, all-gather, reduce-scatter and all-to-all between ranks (no model)");
  bench_app->add_option("--ranks", bench.ranks, "Ranks of --communication: devices, or threads of the CPU")
      ->check(CLI::Range(2, 64))
      ->capture_default_str();
  bench_app->add_flag("--engine", bench.engine,
                      "Time the whole engine instead: prefill, one stream, many streams");
  bench_app
      ->add_option("--repetitions", bench.repetitions, "Timings of each kernel; `reckon compare` needs 9")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  bench_app->add_option("-o,--output", bench.output, "Write the JSON here");
  bench_app->add_flag("--json", bench.json, "JSON on stdout instead of the table");

  EstimateCommand estimate;
  auto* estimate_app = app.add_subcommand(
      "estimate", "What a model should reach, need and cost on given hardware; what training it takes");
  add_estimate_options(*estimate_app, estimate);

  FetchCommand fetch;
  auto* fetch_app =
      app.add_subcommand("fetch", "Bring a repository of the hub (HF_ENDPOINT, HF_TOKEN) into the cache");
  fetch_app->add_option("repository", fetch.repository, "owner/name")->required();
  fetch_app->add_option("--revision", fetch.revision, "Branch, tag or commit")->capture_default_str();
  fetch_app->add_flag("--dataset", fetch.dataset, "A dataset repository");
  fetch_app->add_option("-o,--output", fetch.output, "Folder to write to (default: the cache)");
  fetch_app->add_flag("--json", fetch.json, "JSON on stdout");

  TokenizeCommand tokenize;
  auto* tokenize_app = app.add_subcommand("tokenize", "Lines of text on stdin to lines of ids as JSON");
  add_model(*tokenize_app, tokenize.model);
  tokenize_app->add_flag("--decode", tokenize.decode, "Lines of ids back to text (as JSON strings)");
  tokenize_app->add_flag("--no-special-tokens", tokenize.no_special_tokens, "Add no beginning or end token");

  TemplateCommand chat;
  auto* template_app = app.add_subcommand("template", "Messages as JSON on stdin to the prompt");
  add_model(*template_app, chat.model);
  template_app->add_option("--variables", chat.variables,
                           "JSON object of template variables, e.g. {\"enable_thinking\": false}");
  template_app->add_flag("--no-generation-prompt", chat.no_generation_prompt, "Do not open the model's turn");

  LogitsCommand logits;
  auto* logits_app =
      app.add_subcommand("logits", "Next-token log-probabilities of a text or of ids, as JSON");
  add_model(*logits_app, logits.model);
  logits_app->add_option("--prompt", logits.prompt, "Text (default: stdin)");
  logits_app->add_option("--ids", logits.ids, "Token ids separated by commas, instead of text");
  logits_app->add_option("--top", logits.top, "How many tokens to print")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  logits_app->add_flag("--full", logits.full, "The whole row");
  logits_app->add_flag("--all-positions", logits.all_positions, "After every token, not only the last");

  GenerateCommand generate;
  auto* generate_app = app.add_subcommand("generate", "Continue one prompt, or JSON lines of prompts");
  add_model(*generate_app, generate.model);
  generate_app->add_option("--prompt", generate.prompt, "One prompt (streamed to stdout)");
  generate_app->add_option("--file", generate.file,
                           "JSON lines of {\"prompt\"} or {\"messages\"}; - for stdin");
  generate_app->add_option("--gen-kwargs", generate.gen_kwargs,
                           "temperature=0.6,top_p=0.95,max_gen_toks=512,...");
  add_switch(*generate_app, "--apply-chat-template", "--no-chat-template", generate.apply_chat_template,
             "Put the prompt as a user message (default: when the model has a template)");
  generate_app->add_option("--system-instruction", generate.system_instruction, "System message");
  generate_app->add_option("--seed", generate.seed, "Seed of sampling")->capture_default_str();
  generate_app->add_flag("--json", generate.json, "One JSON line a completion");

  SandboxCommand sandbox;
  auto* sandbox_app =
      app.add_subcommand("sandbox", "Run one untrusted program in the sandbox; its verdict as JSON");
  sandbox_app->add_option("--language", sandbox.language, "python3 or c++20")->required();
  sandbox_app->add_option("--input", sandbox.input, "A file for its standard input (default: nothing)");
  sandbox_app->add_option("--cpu-seconds", sandbox.cpu_seconds, "CPU time that it may use")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
  sandbox_app->add_option("--wall-seconds", sandbox.wall_seconds, "Time after which it is ended in any case")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str();
  sandbox_app->add_option("--memory-mib", sandbox.memory_mib, "Memory that it may use")
      ->check(CLI::Range(16, 1048576))
      ->capture_default_str();
  sandbox_app->add_option("program", sandbox.program, "Source file (- for stdin)")->required();

  DoctorCommand doctor;
  auto* doctor_app =
      app.add_subcommand("doctor", "What works on this machine, and what to do about the rest");
  doctor_app->add_flag("--json", doctor.json, "JSON instead of the table");

  for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) sub->allow_extras(false);

  std::vector<std::string> words = normalised(argc, argv);
  if (!words.empty() && !words.front().starts_with("-")) {
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(sub->get_name());
    if (std::find(names.begin(), names.end(), words.front()) == names.end()) {
      fmt::print(stderr, "reckon: unknown command '{}'{}\nCommands: {}\n", words.front(),
                 did_you_mean(words.front(), names), fmt::join(names, ", "));
      return {std::nullopt, 2};
    }
  }
  std::reverse(words.begin(), words.end());  // CLI11 takes the vector from its end
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    const auto used = app.get_subcommands();
    fmt::print("{}", used.empty() ? app.help() : used.front()->help("", CLI::AppFormatMode::Sub));
    return {std::nullopt, 0};
  } catch (const CLI::CallForAllHelp&) {
    fmt::print("{}", app.help("", CLI::AppFormatMode::All));
    return {std::nullopt, 0};
  } catch (const CLI::ExtrasError&) {
    const auto used = app.get_subcommands();
    const CLI::App& where = used.empty() ? app : *used.front();
    fmt::print(stderr, "reckon: {}\n", extras_message(where, app.remaining(true)));
    return {std::nullopt, 2};
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "reckon: {}\n", error.what());
    return {std::nullopt, 2};
  }

  if (version) return {Command(VersionCommand{}), 0};
  if (run_app->parsed()) return {Command(run), 0};
  if (score_app->parsed()) return {Command(score), 0};
  if (grade_app->parsed()) return {Command(grade), 0};
  if (report_app->parsed()) return {Command(report), 0};
  if (compare_app->parsed()) return {Command(compare), 0};
  if (gate_app->parsed()) return {Command(gate), 0};
  if (history_app->parsed()) return {Command(history), 0};
  if (list_app->parsed()) return {Command(list), 0};
  if (inspect_app->parsed()) return {Command(inspect), 0};
  if (bench_app->parsed()) return {Command(bench), 0};
  if (estimate_app->parsed()) return {Command(estimate), 0};
  if (fetch_app->parsed()) return {Command(fetch), 0};
  if (tokenize_app->parsed()) return {Command(tokenize), 0};
  if (template_app->parsed()) return {Command(chat), 0};
  if (logits_app->parsed()) return {Command(logits), 0};
  if (generate_app->parsed()) return {Command(generate), 0};
  if (sandbox_app->parsed()) return {Command(sandbox), 0};
  if (doctor_app->parsed()) return {Command(doctor), 0};
  fmt::print(stderr, "{}", app.help());
  return {std::nullopt, 2};  // nothing was run, so this is no success
}

}  // namespace reckon::harness
