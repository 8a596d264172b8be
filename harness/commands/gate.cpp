// reckon gate: one run against a baseline under a policy.

#include "reports/gate/gate.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "harness/commands.h"
#include "harness/read_policy.h"
#include "harness/report_options.h"
#include "reports/emitters/emitters.h"
#include "suites/config/yaml_reader.h"

namespace reckon::harness {
namespace {

reports::RunData load(const std::string& directory, const char* what) {
  try {
    return reports::load_run(directory);
  } catch (const Error& error) {
    throw Error(fmt::format("gate: {}: {}", what, error.what()), error.code());
  }
}

// Everything is made before anything is written.
void write_outputs(const GateCommand& command, const reports::GateResult& result,
                   const reports::Summary& summary, const std::string& markdown) {
  const std::vector<std::pair<std::string, std::string>> files{
      {"gate.json", reports::gate_json(result)},
      {"junit.xml", reports::junit_xml(result)},
      {"summary.md", markdown},
      {"benchmark-bigger.json", reports::benchmark_json(summary, true)},
      {"benchmark-smaller.json", reports::benchmark_json(summary, false)},
      {"metrics.txt", reports::open_metrics(summary)},
      {"scores.csv", reports::scores_csv(summary)},
  };
  std::error_code error;
  std::filesystem::create_directories(command.output_path, error);
  if (error) fail_evaluation("{}: cannot make this folder: {}", command.output_path, error.message());
  for (const auto& [name, text] : files) {
    write_file_atomically((std::filesystem::path(command.output_path) / name).string(), text);
  }
}

// GitHub names the file of the step summary in the environment; steps add to it.
void add_step_summary(const std::string& markdown) {
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr || *path == '\0') return;
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << markdown;
  if (!file.flush()) fmt::print(stderr, "reckon: {}: the step summary cannot be written\n", path);
}

bool in_workflow() {
  const char* value = std::getenv("GITHUB_ACTIONS");
  return value != nullptr && std::string(value) == "true";
}

}  // namespace

reports::GatePolicy read_policy(const std::string& path) {
  const suites::YamlDocument document = suites::read_yaml(read_file(path, std::size_t{4} << 20), path);
  return reports::read_gate_policy(document.value, path);
}

int gate(const GateCommand& command) {
  if (!command.output_path.empty() && std::filesystem::exists(command.output_path + "/run.json")) {
    fail_input("gate: {} is a run directory; choose another --output-path", command.output_path);
  }
  const reports::GatePolicy policy = read_policy(command.policy);
  const reports::RunData baseline = load(command.baseline, "the baseline");
  const reports::RunData candidate = load(command.run, "the new run");
  const reports::ReportOptions options = report_options(command.price);
  const reports::GateResult result = reports::run_gate(policy, baseline, candidate, options);
  const reports::Summary summary = reports::summarise({candidate}, options);
  const std::string markdown = reports::step_summary(result, reports::flipped_samples(baseline, candidate));
  if (!command.output_path.empty()) write_outputs(command, result, summary, markdown);
  add_step_summary(markdown);
  fmt::print("{}", command.json ? reports::gate_json(result) : reports::gate_text(result));
  if (in_workflow() && !command.json) fmt::print("{}", reports::workflow_annotations(result));
  std::optional<reports::GateStatus> inconclusive_as;
  if (command.inconclusive == "pass") inconclusive_as = reports::GateStatus::passed;
  if (command.inconclusive == "fail") inconclusive_as = reports::GateStatus::failed;
  return reports::exit_code_of(result, inconclusive_as);
}

}  // namespace reckon::harness
