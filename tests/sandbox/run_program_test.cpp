// One program in the sandbox: its input and output, and every way to end.

#include <fmt/format.h>

#include "base/error.h"
#include "suites/sandbox/alone.h"
#include "tests/sandbox/sandbox_test_support.h"

namespace reckon::suites::sandbox::test {
namespace {

TEST(RunProgram, gives_input_to_the_program_and_its_output_back) {
  RECKON_NEEDS_SANDBOX();
  const ProgramRun run =
      run_python("import sys\nprint(sum(map(int, sys.stdin)))\nprint('x', file=sys.stderr)", "1\n2\n39\n");
  EXPECT_EQ(run.outcome.category, Category::passed) << run.outcome.detail << run.error_output;
  EXPECT_EQ(run.output, "42\n");
  EXPECT_EQ(run.error_output, "x\n");
  EXPECT_GT(run.end.cpu_seconds, 0.0);
}

TEST(RunProgram, takes_input_larger_than_a_pipe_holds) {
  RECKON_NEEDS_SANDBOX();
  const ProgramRun run = run_python("import sys\nprint(len(sys.stdin.read()))", std::string(3'000'000, 'a'));
  EXPECT_EQ(run.output, "3000000\n");
}

TEST(RunProgram, compiles_and_runs_cpp) {
  RECKON_NEEDS_SANDBOX();
  const ProgramRun run = run_cpp(
      "#include <iostream>\n#include <ranges>\nint main() { long a, b; std::cin >> a >> b; std::cout << a * "
      "b; }",
      "6 7");
  EXPECT_EQ(run.outcome.category, Category::passed) << run.outcome.detail << run.error_output;
  EXPECT_EQ(run.output, "42");
}

struct Ending {
  const char* name;
  Language language;
  const char* source;
  Category category;
};

class Endings : public testing::TestWithParam<Ending> {};

TEST_P(Endings, is_named) {
  RECKON_NEEDS_SANDBOX();
  const Ending& ending = GetParam();
  const ProgramRun run =
      ending.language == Language::python3 ? run_python(ending.source) : run_cpp(ending.source);
  EXPECT_EQ(run.outcome.category, ending.category)
      << to_string(run.outcome.category) << ": " << run.outcome.detail << " (exit " << run.end.exit_code
      << ", " << run.end.cpu_seconds << " s of CPU)\n"
      << run.error_output;
}

constexpr Language kPy = Language::python3;
constexpr Language kCpp = Language::cpp20;

INSTANTIATE_TEST_SUITE_P(
    RunProgram, Endings,
    testing::Values(
        Ending{"normal", kPy, "print(1)", Category::passed},
        Ending{"exception", kPy, "raise ValueError('no')", Category::exception},
        Ending{"exit_code", kPy, "import sys\nsys.exit(3)", Category::exception},
        Ending{"syntax_error", kPy, "def f(:\n  pass", Category::syntax_error},
        Ending{"indentation", kPy, "def f():\npass", Category::syntax_error},
        Ending{"loop", kPy, "while True: pass", Category::timeout},
        Ending{"sleep", kPy, "import time\ntime.sleep(1000)", Category::timeout},
        Ending{"cpu_limit_ignored", kPy,
               "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
               Category::timeout},
        Ending{"memory_of_one", kPy, "x = bytearray(1 << 30)", Category::memory},
        Ending{"output", kPy, "while True: print('x' * 1000)", Category::output_limit},
        Ending{"error_output", kPy, "import sys\nwhile True: print('x' * 1000, file=sys.stderr)",
               Category::output_limit},
        Ending{"file", kPy, "f = open('/tmp/x', 'wb')\nwhile True: f.write(b'x' * 65536)",
               Category::exception},
        Ending{"network", kPy, "import socket\nsocket.socket(socket.AF_INET)", Category::forbidden},
        Ending{"compile_error", kCpp, "int main() { return x; }", Category::syntax_error},
        Ending{"abort", kCpp, "#include <cstdlib>\nint main() { std::abort(); }", Category::exception},
        Ending{"bad_alloc", kCpp, "#include <vector>\nint main() { std::vector<char> v(1L << 40); }",
               Category::memory},
        Ending{"cpp_loop", kCpp, "int main() { volatile int i = 0; for (;;) i = i + 1; }",
               Category::timeout}),
    [](const auto& ending) { return ending.param.name; });

TEST(RunProgram, too_many_processes_are_named_where_a_group_counts_them) {
  RECKON_NEEDS_SANDBOX();
  const ProgramRun run =
      run_python("import os, time\nfor i in range(100):\n  if os.fork() == 0: time.sleep(100)");
  EXPECT_NE(run.outcome.category, Category::passed);
  if (isolation_text({}).find("pids") != std::string::npos) {
    EXPECT_EQ(run.outcome.category, Category::process_limit) << run.outcome.detail;
  }
}

TEST(RunProgram, processes_share_one_cpu_limit_where_a_group_counts_it) {
  RECKON_NEEDS_SANDBOX();
  const char* program = "import os\nfor i in range(3): os.fork()\nwhile True: pass";
  const ProgramRun run = run_python(program);
  EXPECT_EQ(run.outcome.category, Category::timeout) << run.outcome.detail;
  if (isolation_text({}).find("cpuacct") != std::string::npos) {
    EXPECT_LT(run.end.cpu_seconds, 3.0);
  }
  // Without a group, as ordinary users often have it, the clock ends them or the first one's own limit does;
  // what that one used is known at least. The kernel keeps the limit by ticks and tells the use exactly: a
  // process that had its second may have used a little less.
  const ProgramRun ungrouped = run_python(program, "", tight_limits(), {Layer::control_group});
  EXPECT_EQ(ungrouped.outcome.category, Category::timeout) << ungrouped.outcome.detail;
  EXPECT_GT(ungrouped.end.cpu_seconds, 0.5);
}

TEST(RunProgram, runs_without_a_sandbox_when_asked_to) {
  const Layers without = all_but_limits();
  EXPECT_TRUE(isolation_text(without).starts_with("none"));
  const ProgramRun run = run_python("print(6 * 7)", "", tight_limits(), without);
  EXPECT_EQ(run.outcome.category, Category::passed) << run.outcome.detail << run.error_output;
  EXPECT_EQ(run.output, "42\n");
}

TEST(RunProgram, an_unknown_language_is_refused_with_those_known) {
  EXPECT_THROW(language_of("perl"), Error);
  EXPECT_EQ(language_of("cpp"), Language::cpp20);
}

TEST(RunProgram, processes_that_keep_each_other_waiting_are_no_busy_machine) {
  RECKON_NEEDS_SANDBOX();
  Limits limits = tight_limits();
  limits.cpu_seconds = 6;
  limits.wall_seconds = 3;
  // Together they wait many times as long as they run, and then they sleep: else an answer could see to it
  // that it is never wrong, but tried again for ever. They run so briefly that no one of them waits long,
  // even where two or three others share its processor.
  const char* program = R"(
import os, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
for i in range(12):
  if os.fork() == 0:
    while time.process_time() < 0.03: pass
    time.sleep(100)
time.sleep(100)
)";
  for (const Layers& without : {Layers{}, Layers{Layer::control_group}}) {
    const ProgramRun run = run_python(program, "", limits, without);
    EXPECT_EQ(run.outcome.category, Category::timeout) << run.outcome.detail;
    EXPECT_GT(run.end.cpu_seconds, 0.2);
  }
}

/// How a run by the clock ended; times in seconds.
BoxEnd ended_by_clock(double cpu) {
  BoxEnd end;
  end.exit_code = 137;
  end.cpu_seconds = cpu;
  end.wall_seconds = 40;
  return end;
}

TEST(Outcome, the_clock_alone_is_the_machine_s_fault_only_when_others_kept_the_program_waiting) {
  Limits limits;
  limits.cpu_seconds = 5;
  const auto category = [&](double cpu, double waited) {
    return classify(ended_by_clock(cpu), limits, Stop::wall_clock, waited).category;
  };
  EXPECT_EQ(category(0.2, 39), Category::infrastructure);
  EXPECT_EQ(category(2.4, 37), Category::infrastructure);
  EXPECT_EQ(category(0.2, 0.1), Category::timeout);  // asleep
  EXPECT_EQ(category(2.6, 37), Category::timeout);   // had more than half its CPU
  EXPECT_EQ(category(2.4, 11), Category::timeout);   // may have waited 2.4 s for itself
}

TEST(Outcome, a_try_that_came_near_a_limit_deserves_another) {
  BoxEnd end;
  Limits limits;
  limits.cpu_seconds = 5;
  end.exit_code = 1;
  end.cpu_seconds = 1;
  const Outcome failed = classify(end, limits, Stop::none, 0);
  EXPECT_EQ(failed.category, Category::exception);
  EXPECT_FALSE(deserves_second_try(failed, end, limits, Stop::none));
  end.cpu_seconds = 3;
  EXPECT_TRUE(deserves_second_try(failed, end, limits, Stop::none));
  end.exit_code = 0;
  EXPECT_FALSE(deserves_second_try(classify(end, limits, Stop::none, 0), end, limits, Stop::none));
}

/// What with_second_try() makes of runs that end in this order, and how many it took.
struct Tried {
  Category category;
  int tries;
};
Tried tried(const std::vector<ProgramRun>& runs) {
  Limits limits;
  limits.cpu_seconds = 5;
  std::size_t tries = 0;
  const ProgramRun last = with_second_try(limits, [&] { return runs.at(tries++); });
  return {last.outcome.category, static_cast<int>(tries)};
}
void expect_tried(const std::vector<ProgramRun>& runs, Category category, int tries) {
  const Tried result = tried(runs);
  EXPECT_EQ(result.category, category);
  EXPECT_EQ(result.tries, tries);
}

ProgramRun run_of(double cpu, int exit_code, Stop stop = Stop::none, double waited = 0) {
  ProgramRun run;
  run.end = ended_by_clock(cpu);
  run.end.exit_code = exit_code;
  run.stop = stop;
  Limits limits;
  limits.cpu_seconds = 5;
  run.outcome = classify(run.end, limits, stop, waited);
  return run;
}

TEST(SecondTry, is_alone_and_decides) {
  const ProgramRun passed = run_of(1, 0);
  const ProgramRun starved = run_of(0.5, 137, Stop::wall_clock, 39);
  const ProgramRun asleep = run_of(0.5, 137, Stop::wall_clock, 0.1);
  const ProgramRun used_up = run_of(5, 152);  // SIGXCPU
  const ProgramRun failed_late = run_of(3, 1);
  expect_tried({passed}, Category::passed, 1);
  expect_tried({run_of(1, 1)}, Category::exception, 1);
  expect_tried({used_up}, Category::timeout, 1);
  expect_tried({starved, passed}, Category::passed, 2);
  expect_tried({starved, starved}, Category::infrastructure, 2);
  expect_tried({starved, asleep}, Category::timeout, 2);
  expect_tried({asleep, passed}, Category::passed, 2);
  expect_tried({asleep, asleep}, Category::timeout, 2);
  expect_tried({asleep, starved}, Category::infrastructure, 2);
  expect_tried({failed_late, passed}, Category::passed, 2);
  expect_tried({failed_late, failed_late}, Category::exception, 2);
}

}  // namespace
}  // namespace reckon::suites::sandbox::test
