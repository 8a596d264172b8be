#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "harness/commands.h"
#include "harness/fetch/task_data.h"
#include "harness/interrupt.h"
#include "harness/joint_grades.h"
#include "harness/key_values.h"
#include "harness/manifest.h"
#include "harness/open_model.h"
#include "harness/open_tasks.h"
#include "harness/progress.h"
#include "harness/published_config.h"
#include "harness/read_policy.h"
#include "harness/report_options.h"
#include "harness/run_directory.h"
#include "harness/run_loop.h"
#include "harness/time_kernels.h"
#include "reports/gate/early_stopping.h"
#include "reports/gate/gate.h"
#include "reports/report.h"

namespace reckon::harness {
namespace {

RunSettings settings_of(const RunCommand& command, const std::vector<std::string>& words) {
  RunSettings settings;
  OpenedTasks opened = open_tasks(command.tasks, command.output_path);
  settings.tasks = std::move(opened.tasks);
  settings.groups = std::move(opened.groups);
  settings.task_names = std::move(opened.names);
  fetch_missing_data(settings.tasks, command.num_fewshot);
  if (!command.predict_only) choose_sandbox(command.tasks, settings.tasks);
  settings.output_path = command.output_path;
  settings.limit = command.limit;
  settings.num_fewshot = command.num_fewshot;
  settings.apply_chat_template = command.apply_chat_template;
  settings.fewshot_as_multiturn = command.fewshot_as_multiturn;
  settings.system_instruction = command.system_instruction;
  settings.gen_kwargs = parse_key_values(command.gen_kwargs, "--gen_kwargs");
  settings.seed = command.seed;
  settings.repeats = command.repeats;
  settings.max_thinking_tokens = command.max_thinking_tokens;
  settings.predict_only = command.predict_only;
  settings.model_display_name = display_name(command.model.model);
  settings.price_per_hour = command.price.price_per_hour;
  settings.price_source = command.price.price_source;
  settings.max_in_flight = command.max_in_flight;
  settings.command = words;
  // Every suite, dataset and parameter is looked at before minutes go into loading a model.
  for (const auto& task : settings.tasks) {
    effective_samples(*task, settings.limit);
    task_sampling(settings, *task);
  }
  return settings;
}

/// A run that a gate may stop.
struct Gate {
  reports::GatePolicy policy;
  reports::RunData baseline;
  std::unique_ptr<reports::EarlyStopping> stopping;
};

std::optional<Gate> open_gate(const RunCommand& command, RunSettings& settings) {
  if (command.gate.empty()) return std::nullopt;
  if (command.predict_only) fail_input("--gate: answers must be graded; leave --predict-only out");
  for (const auto& task : settings.tasks) {
    if (const int repeats = effective_repeats(settings, *task); repeats > 1) {
      fail_input("--gate: {} asks {} answers a question; stopping early needs one (--repeats 1)",
                 task->name(), repeats);
    }
  }
  Gate gate;
  gate.policy = read_policy(command.gate);
  gate.baseline = reports::load_run(command.baseline);
  const auto asked = [&](const std::string& name) {
    return std::any_of(settings.tasks.begin(), settings.tasks.end(),
                       [&](const auto& task) { return task->name() == name; });
  };
  for (const reports::SuitePolicy& suite : reports::gated_suites(gate.policy, gate.baseline)) {
    if (asked(suite.task)) continue;
    fail_input("--gate: {} asks for suite '{}', which --tasks does not name", command.gate, suite.task);
  }
  gate.stopping = std::make_unique<reports::EarlyStopping>(gate.policy, gate.baseline, settings.seed);
  json::Document identity(rapidjson::kObjectType);
  json::Allocator& allocator = identity.GetAllocator();
  identity.AddMember("policy_sha256", json::string(sha256_file(command.gate), allocator), allocator);
  identity.AddMember("baseline_sha256", json::string(sha256_hex(gate.baseline.manifest_json), allocator),
                     allocator);
  settings.gate_json = json::dump(identity);
  return gate;
}

// The gate's own verdict, printed after the table.
int finish_gate(const Gate& gate, const std::string& directory, const reports::ReportOptions& options,
                bool print) {
  const reports::GateResult result =
      reports::run_gate(gate.policy, gate.baseline, reports::load_run(directory), options);
  if (print) fmt::print("\n{}", reports::gate_text(result));
  return reports::exit_code_of(result);
}

// Of failed samples. What a model refuses by itself, it refuses each time.
std::string what_helps(const RunOutcome& outcome) {
  if (outcome.failed_for_good == 0) return "start the same command again to try them again";
  if (outcome.failed_for_good == outcome.failed) return "the same command would fail at them again";
  return fmt::format("start the same command again to try {} of them again, the others would fail again",
                     outcome.failed - outcome.failed_for_good);
}

}  // namespace

int run(const RunCommand& command, const std::vector<std::string>& words) {
  RunSettings settings = settings_of(command, words);
  const std::optional<Gate> gate = open_gate(command, settings);
  const Progress::Mode mode = command.quiet ? Progress::Mode::off : Progress::Mode::automatic;
  Progress progress(mode);
  // A folder that cannot be written, or that another process works in, is an error before the model is
  // loaded, not after; and the time of loading belongs to the launch.
  RunDirectory directory(settings.output_path);
  catch_interrupts();
  progress.note(fmt::format("loading {}", settings.model_display_name));
  const std::unique_ptr<Model> model = open_model(command.model);
  settings.chat_template = model->chat_template();
  if (command.model.model != "scripted") {
    settings.model_config_json = published_config(resolve_model_path(command.model.model));
  }
  directory.enter(make_manifest(settings, model->identity_json()));

  const RunOutcome outcome =
      run_samples(*model, settings, directory, progress, interrupted, gate ? gate->stopping.get() : nullptr);
  if (outcome.done_before > 0) {
    progress.note(fmt::format("{} of {} samples were there already", outcome.done_before, outcome.total));
  }
  if (outcome.interrupted) {
    fmt::print(
        stderr,
        "reckon: stopped with {} of {} samples recorded in {}; start the same command again to go on\n",
        outcome.done_before + outcome.done_now, outcome.total, settings.output_path);
    return static_cast<int>(ExitCode::not_evaluated);
  }
  if (gate) write_file_atomically(settings.output_path + "/stopping.json", gate->stopping->json());
  if (!settings.predict_only) {
    for (const auto& task : settings.tasks) {
      write_joint_grades(*task, effective_repeats(settings, *task), settings.output_path);
    }
  }
  if (command.time_kernels) {
    progress.note("timing the kernels");
    write_kernel_table(command.model, settings.output_path + "/kernels.json");
  }
  const reports::ReportOptions options = report_options(command.price);
  const reports::Summary summary =
      reports::write_reports({settings.output_path}, settings.output_path, options);
  if (command.json) {
    fmt::print("{}\n", read_file(settings.output_path + "/results.json"));
  } else {
    fmt::print("{}", reports::terminal_summary(summary));
  }
  progress.note(fmt::format("report: {}/report.html", settings.output_path));
  if (outcome.failed > 0) {
    fmt::print(stderr, "reckon: {} samples failed and are not graded (first: {}); {}\n", outcome.failed,
               outcome.first_error, what_helps(outcome));
    return static_cast<int>(ExitCode::not_evaluated);
  }
  if (gate) return finish_gate(*gate, settings.output_path, options, !command.json);
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
