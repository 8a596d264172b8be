#include "tests/sandbox/sandbox_test_support.h"

namespace reckon::suites::sandbox::test {

Limits tight_limits() {
  Limits limits;
  limits.cpu_seconds = 1;
  limits.wall_seconds = 6;
  limits.memory_bytes = std::size_t{256} << 20;
  limits.processes = 16;
  limits.output_bytes = std::size_t{64} << 10;
  limits.file_bytes = std::size_t{8} << 20;
  return limits;
}

ProgramRun run_python(std::string_view source, std::string_view input, const Limits& limits,
                      const Layers& without) {
  return run_program(compile(Language::python3, source).program, input, limits, without);
}

ProgramRun run_cpp(std::string_view source, std::string_view input, const Limits& limits,
                   const Layers& without) {
  const Compilation compiled = compile(Language::cpp20, source);
  if (compiled.failure.category != Category::passed) {
    ProgramRun run;
    run.outcome = compiled.failure;
    return run;
  }
  return run_program(compiled.program, input, limits, without);
}

}  // namespace reckon::suites::sandbox::test
