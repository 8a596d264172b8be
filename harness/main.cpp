#include <unistd.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "harness/command_line.h"
#include "harness/commands.h"
#include "suites/graders/workers/judge_pair.h"
#include "suites/graders/workers/judge_worker.h"

namespace {

using namespace reckon::harness;

struct Dispatch {
  const std::vector<std::string>& words;
  int operator()(const RunCommand& command) const { return run(command, words); }
  int operator()(const ScoreCommand& command) const { return score(command, words); }
  int operator()(const GradeCommand& command) const { return grade(command); }
  int operator()(const ReportCommand& command) const { return report(command); }
  int operator()(const CompareCommand& command) const { return compare(command); }
  int operator()(const GateCommand& command) const { return gate(command); }
  int operator()(const HistoryCommand& command) const { return history(command); }
  int operator()(const ListCommand& command) const { return list(command); }
  int operator()(const InspectCommand& command) const { return inspect(command); }
  int operator()(const BenchCommand& command) const { return bench(command); }
  int operator()(const EstimateCommand& command) const { return estimate(command); }
  int operator()(const FetchCommand& command) const { return fetch(command); }
  int operator()(const TokenizeCommand& command) const { return tokenize(command); }
  int operator()(const TemplateCommand& command) const { return render_template(command); }
  int operator()(const LogitsCommand& command) const { return logits(command); }
  int operator()(const GenerateCommand& command) const { return generate(command); }
  int operator()(const SandboxCommand& command) const { return run_sandbox(command); }
  int operator()(const DoctorCommand& command) const { return doctor(command); }
  int operator()(const VersionCommand& command) const { return print_version(command); }
};

}  // namespace

// The program starts itself with this word where a pair of mathematics is to be judged.
constexpr const char* kJudgeWorker = "judge-worker";

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == kJudgeWorker) {
    return reckon::suites::run_judge_worker(STDIN_FILENO);
  }
  reckon::suites::judge_in_workers({"/proc/self/exe", {kJudgeWorker}});
  try {
    const ParsedCommandLine parsed = parse_command_line(argc, argv);
    if (!parsed.command) return parsed.exit_code;
    const std::vector<std::string> words(argv, argv + argc);
    return std::visit(Dispatch{words}, *parsed.command);
  } catch (const reckon::Error& error) {
    fmt::print(stderr, "reckon: {}\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "reckon: out of memory\n");
    return static_cast<int>(reckon::ExitCode::not_evaluated);
  } catch (const std::exception& error) {
    fmt::print(stderr, "reckon: {}\n", error.what());
    return static_cast<int>(reckon::ExitCode::not_evaluated);
  }
}
