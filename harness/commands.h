#pragma once
// What each command does. Each returns the exit code of the process; errors are thrown as reckon::Error.

#include "harness/command_line.h"

namespace reckon::harness {

int run(const RunCommand& command, const std::vector<std::string>& words);
int score(const ScoreCommand& command, const std::vector<std::string>& words);
int grade(const GradeCommand& command);
int report(const ReportCommand& command);
int compare(const CompareCommand& command);
int gate(const GateCommand& command);
int history(const HistoryCommand& command);
int list(const ListCommand& command);
int inspect(const InspectCommand& command);
int bench(const BenchCommand& command);
int bench_layers(const BenchCommand& command);  ///< bench --layers
int estimate(const EstimateCommand& command);
int fetch(const FetchCommand& command);
int tokenize(const TokenizeCommand& command);
int render_template(const TemplateCommand& command);
int logits(const LogitsCommand& command);
int generate(const GenerateCommand& command);
int run_sandbox(const SandboxCommand& command);
int doctor(const DoctorCommand& command);
int print_version(const VersionCommand& command);

}  // namespace reckon::harness
