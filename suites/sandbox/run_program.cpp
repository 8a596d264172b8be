#include "suites/sandbox/run_program.h"

#include "base/error.h"
#include "suites/sandbox/alone.h"
#include "suites/sandbox/watch.h"

namespace reckon::suites::sandbox {
namespace {

constexpr const char* kScript = "/box/program.py";
constexpr const char* kExecutable = "/box/program";
constexpr std::size_t kMaxExecutableBytes = std::size_t{64} << 20;

Limits compiler_limits() {
  Limits limits;
  limits.cpu_seconds = 60;
  limits.wall_seconds = 240;
  limits.memory_bytes = std::size_t{2} << 30;
  limits.output_bytes = kMaxExecutableBytes;
  limits.file_bytes = std::size_t{256} << 20;
  limits.stack_bytes = std::size_t{64} << 20;
  return limits;
}

ProgramRun run_once(BoxSpec spec, std::string_view input) {
  const Descriptor in = memory_file(input);
  Pipe out = make_pipe(true);
  Pipe err = make_pipe(true);
  spec.descriptors = {in.get(), out.write.get(), err.write.get()};
  Box box(spec);
  out.write.reset();
  err.write.reset();
  Capture output(std::move(out.read), spec.limits.output_bytes);
  Capture error_output(std::move(err.read), spec.limits.output_bytes);
  const WatchResult watched = watch(box, spec.limits, spec.without, {&output, &error_output});
  ProgramRun run;
  run.end = box.wait();
  run.outcome = classify(run.end, spec.limits, watched.stop, watched.waited_seconds);
  output.drain();
  error_output.drain();
  run.output = output.text();
  run.error_output = error_output.text();
  run.stop = watched.stop;
  return run;
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return std::string(text.substr(text.rfind('\n') + 1));
}

/// An uncaught exception of Python, by the last line of its traceback: "ValueError: no such thing".
void name_exception(ProgramRun& run) {
  const std::string line = last_line(run.error_output);
  const std::string type = line.substr(0, line.find_first_of(": "));
  if (type == "SyntaxError" || type == "IndentationError" || type == "TabError") {
    run.outcome = {Category::syntax_error, line.substr(0, 200)};
  } else if (type == "MemoryError") {
    run.outcome = {Category::memory, "MemoryError"};
  } else if (!line.empty()) {
    run.outcome.detail = line.substr(0, 200);
  }
}

}  // namespace

Language language_of(std::string_view name) {
  if (name == "python3" || name == "python") {
    return Language::python3;
  }
  if (name == "c++20" || name == "cpp20" || name == "cpp" || name == "c++") {
    return Language::cpp20;
  }
  fail_input("unknown language '{}'; known: python3, c++20", name);
}

const char* to_string(Language language) { return language == Language::python3 ? "python3" : "c++20"; }

std::vector<std::string> python_command(const std::string& script) {
  return {kPython, "-s", "-S", "-P", "-B", "-X", "utf8", script};
}

Compilation compile(Language language, std::string_view source, const Layers& without) {
  Compilation result;
  result.program.language = language;
  if (language == Language::python3) {
    result.program.text = source;
    return result;
  }
  BoxSpec spec;
  spec.files = {{"/box/program.cpp", source}};
  // The executable leaves the box through a pipe: no file of a box is ever opened from outside.
  spec.command = {
      "/bin/sh", "-c",
      std::string(kCompiler) + " -std=c++20 -O2 -pipe -o /tmp/program /box/program.cpp && cat /tmp/program"};
  spec.compiler = true;
  spec.limits = compiler_limits();
  spec.without = without;
  ProgramRun run = with_second_try(spec.limits, [&] { return run_once(spec, ""); });
  if (run.outcome.category == Category::passed) {
    result.program.text = std::move(run.output);
    return result;
  }
  result.failure = run.outcome;
  if (run.outcome.category == Category::exception) {
    const std::size_t error = run.error_output.find("error:");
    result.failure = {
        Category::syntax_error,
        error == std::string::npos
            ? "the compiler failed: " + last_line(run.error_output).substr(0, 200)
            : run.error_output.substr(error, run.error_output.find('\n', error) - error).substr(0, 200)};
  }
  return result;
}

ProgramRun run_program(const Program& program, std::string_view input, const Limits& limits,
                       const Layers& without) {
  BoxSpec spec;
  spec.limits = limits;
  spec.without = without;
  if (program.language == Language::python3) {
    spec.files = {{kScript, program.text}};
    spec.command = python_command(kScript);
  } else {
    spec.files = {{kExecutable, program.text, true}};
    spec.command = {kExecutable};
  }
  ProgramRun run = with_second_try(spec.limits, [&] { return run_once(spec, input); });
  if (run.outcome.category == Category::exception && program.language == Language::python3) {
    name_exception(run);
  } else if (run.outcome.category == Category::exception &&
             run.error_output.find("std::bad_alloc") != std::string::npos) {
    run.outcome = {Category::memory, "std::bad_alloc"};
  }
  return run;
}

}  // namespace reckon::suites::sandbox
