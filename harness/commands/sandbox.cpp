// `reckon sandbox`: one program in a box, and what became of it.

#include "suites/sandbox/run_program.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "harness/commands.h"
#include "harness/input_lines.h"
#include "suites/sandbox/isolation.h"

namespace reckon::harness {
namespace sandbox = suites::sandbox;
namespace {

constexpr std::size_t kMaxProgramBytes = std::size_t{16} << 20;

std::string read_program(const std::string& path) {
  if (path != "-") return read_file(path, kMaxProgramBytes);
  std::string program = whole_input();
  if (program.size() > kMaxProgramBytes) fail_input("standard input: a program of more than 16 MiB");
  return program;
}

json::Value limits_json(const sandbox::Limits& limits, json::Allocator& allocator) {
  json::Value object(rapidjson::kObjectType);
  object.AddMember("cpu_seconds", limits.cpu_seconds, allocator);
  object.AddMember("wall_seconds", limits.wall_seconds, allocator);
  object.AddMember("memory_bytes", static_cast<std::uint64_t>(limits.memory_bytes), allocator);
  object.AddMember("processes", limits.processes, allocator);
  object.AddMember("output_bytes", static_cast<std::uint64_t>(limits.output_bytes), allocator);
  object.AddMember("file_bytes", static_cast<std::uint64_t>(limits.file_bytes), allocator);
  return object;
}

std::string result_json(const sandbox::ProgramRun& run, const sandbox::Limits& limits,
                        const std::string& language, const std::string& isolation) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("language", json::string(language, allocator), allocator);
  document.AddMember("verdict", json::string(to_string(run.outcome.category), allocator), allocator);
  document.AddMember("detail", json::string(run.outcome.detail, allocator), allocator);
  document.AddMember("exit_code", run.end.exit_code, allocator);
  document.AddMember("stdout", json::string(run.output, allocator), allocator);
  document.AddMember("stderr", json::string(run.error_output, allocator), allocator);
  document.AddMember("cpu_seconds", run.end.cpu_seconds, allocator);
  document.AddMember("wall_seconds", run.end.wall_seconds, allocator);
  if (run.end.peak_bytes) {
    document.AddMember("peak_memory_bytes", static_cast<std::uint64_t>(*run.end.peak_bytes), allocator);
  }
  document.AddMember("limits", limits_json(limits, allocator), allocator);
  document.AddMember("isolation", json::string(isolation, allocator), allocator);
  return json::dump_pretty(document);
}

}  // namespace

int run_sandbox(const SandboxCommand& command) {
  const sandbox::Language language = sandbox::language_of(command.language);
  const std::string source = read_program(command.program);
  const std::string input = command.input.empty() ? "" : read_file(command.input);
  if (!sandbox::sandbox_works()) {
    fail_evaluation("no sandbox here: {}; `reckon doctor` lists the layers", sandbox::sandbox_problem());
  }
  sandbox::Limits limits;
  limits.cpu_seconds = command.cpu_seconds;
  limits.wall_seconds = command.wall_seconds;
  limits.memory_bytes = static_cast<std::size_t>(command.memory_mib) << 20;
  const sandbox::Compilation compiled = sandbox::compile(language, source);
  sandbox::ProgramRun run;
  run.outcome = compiled.failure;
  if (compiled.failure.category == sandbox::Category::passed) {
    run = sandbox::run_program(compiled.program, input, limits);
  }
  fmt::print("{}\n", result_json(run, limits, to_string(language), sandbox::isolation_text({})));
  return static_cast<int>(run.outcome.category == sandbox::Category::infrastructure ? ExitCode::not_evaluated
                                                                                    : ExitCode::done);
}

}  // namespace reckon::harness
