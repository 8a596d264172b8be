// Answers that want a verdict that they have not earned. Those that fool a checker in their own process are
// first shown to.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "suites/graders/grader.h"
#include "tests/sandbox/code_test_support.h"
#include "tests/sandbox/sandbox_test_support.h"

namespace reckon::suites::code::test {
namespace {

constexpr const char* kPrompt = "def add(a: int, b: int) -> int:\n    \"\"\"The sum of both.\"\"\"\n";
constexpr const char* kTest = "def check(candidate):\n    assert candidate(2, 3) == 5\n";

std::string row() {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("prompt", json::string(kPrompt, allocator), allocator);
  document.AddMember("entry_point", "add", allocator);
  document.AddMember("test", json::string(kTest, allocator), allocator);
  document.AddMember("canonical_solution", "    return a + b\n", allocator);
  return json::dump(document);
}

const Grader& humaneval() {
  static const std::unique_ptr<Grader> grader = make_grader("humaneval", json::Value(), "test");
  return *grader;
}

struct Forgery {
  const char* name;
  bool fools_its_own_process;
  const char* code;
};

class Forgeries : public testing::TestWithParam<Forgery> {};

TEST_P(Forgeries, gives_no_right_verdict) {
  RECKON_NEEDS_SANDBOX();
  const Forgery& forgery = GetParam();
  if (forgery.fools_its_own_process) {
    const sandbox::ProgramRun run =
        sandbox::test::run_python(fmt::format("{}\n{}\ncheck(add)\n", forgery.code, kTest));
    EXPECT_EQ(run.outcome.category, sandbox::Category::passed)
        << "a checker in the same process should have been fooled: " << run.error_output;
  }
  const Grade grade = humaneval().grade(row(), forgery.code);
  EXPECT_FALSE(grade.correct) << grade.why;
  EXPECT_FALSE(grade.isolation.empty());
  EXPECT_EQ(grade.forgeable, false);
  const Grade next = humaneval().grade(row(), "    return a + b\n");
  EXPECT_TRUE(next.correct) << "the next answer is affected: " << next.why;
}

INSTANTIATE_TEST_SUITE_P(
    Code, Forgeries,
    testing::Values(
        Forgery{"equals_everything", true,
                "class E:\n    def __eq__(self, other): return True\ndef add(a, b): return E()"},
        Forgery{"an_int_that_equals_everything", true,
                "class E(int):\n    def __eq__(self, other): return True\ndef add(a, b): return E(9)"},
        Forgery{"ends_the_process_well", true, "import os\ndef add(a, b): os._exit(0)"},
        Forgery{"exits_well", true, "import sys\ndef add(a, b): sys.exit(0)"},
        Forgery{"handles_the_failure_itself", true,
                "import sys, os\nsys.excepthook = lambda *a: os._exit(0)\ndef add(a, b): return 9"},
        Forgery{"reads_the_expected_value_from_the_caller", true,
                "import sys\ndef add(a, b): return sys._getframe(1).f_code.co_consts[-1]"},
        Forgery{"leaves_while_being_loaded", true, "import os\ndef add(a, b): return 9\nos._exit(0)"},
        Forgery{"writes_a_verdict_to_the_judge", false,
                "import os, json\nd = json.dumps({'category': 'passed', 'detail': ''}).encode()\n"
                "def add(a, b):\n    os.write(4, len(d).to_bytes(4, 'little') + d); os._exit(0)"},
        Forgery{"writes_a_pickle_to_the_judge", false,
                "import os, pickle\nd = pickle.dumps(5)\ndef add(a, b):\n    os.write(4, len(d).to_bytes(4, "
                "'little') + d); os._exit(0)"},
        Forgery{"writes_code_to_the_judge", false,
                "import os\nd = b'__import__(\"os\")._exit(0)'\ndef add(a, b):\n    os.write(4, "
                "len(d).to_bytes(4, 'little') + d); os._exit(0)"},
        Forgery{"announces_a_frame_without_end", false,
                "import os\ndef add(a, b):\n    os.write(4, b'\\xff\\xff\\xff\\xff'); os._exit(0)"},
        Forgery{"sends_a_frame_that_is_cut_off", false,
                "import os\ndef add(a, b):\n    os.write(4, b'\\xff\\x00\\x00\\x00[1'); os._exit(0)"},
        Forgery{"sends_lists_nested_without_end", false,
                "def add(a, b):\n    x = []\n    for i in range(900): x = [x]\n    return x"},
        Forgery{"patches_the_solver", false,
                "import sys\nm = sys.modules['__main__']\nm.encode = lambda *a: b'[\"value\", true]'\ndef "
                "add(a, b): return 9"},
        Forgery{"looks_for_the_expected_value_in_memory", false,
                "import gc\ndef add(a, b):\n    found = [f for f in gc.get_objects() if isinstance(f, dict) "
                "and 'check' in f]\n"
                "    return 5 if found else 9"},
        Forgery{"returns_a_foreign_object", false, "def add(a, b): return object()"},
        Forgery{"returns_a_function", false, "def add(a, b): return lambda: 5"},
        Forgery{"returns_true_for_a_number", false, "def add(a, b): return True"},
        Forgery{"raises_what_a_test_might_expect", false, "def add(a, b): raise AssertionError()"},
        Forgery{"has_no_such_function", false, "def subtract(a, b): return a - b\nadd = 5"},
        Forgery{"does_not_compile", false, "def add(a, b) return 5"}),
    [](const auto& forgery) { return std::string(forgery.param.name); });

std::string category_of(const std::string& body) {
  return humaneval().grade(row(), "def add(a, b):\n" + body).evidence;
}

TEST(CodeVerdicts, name_how_an_answer_failed) {
  RECKON_NEEDS_SANDBOX();
  EXPECT_EQ(category_of("    return a + b"), "passed");
  EXPECT_EQ(category_of("    return a - b"), "wrong_answer");
  EXPECT_EQ(category_of("    return a / 0"), "exception");
  EXPECT_EQ(category_of("    return a +"), "syntax_error");
  EXPECT_EQ(category_of("    return len(bytearray(1 << 40))"), "memory");
  EXPECT_EQ(category_of("    import socket\n    socket.socket(socket.AF_INET)"), "forbidden");
  EXPECT_EQ(category_of("    while True: print('x' * 10000)"), "output_limit");
  EXPECT_EQ(category_of("    while True: pass"), "timeout");
}

TEST(CodeVerdicts, an_answer_that_prints_and_reads_is_judged_by_its_value) {
  RECKON_NEEDS_SANDBOX();
  EXPECT_EQ(category_of("    import sys\n    print('passed')\n    sys.stdin.read()\n    return a + b"),
            "passed");
}

TEST(FunctionCalls, compares_values_of_json) {
  RECKON_NEEDS_SANDBOX();
  const auto grader = make_grader("function_calls", json::Value(), "test");
  const std::string question =
      R"({"entry_point": "f", "tests": [{"args": [[3, 1, 2]], "expected": [1, 2, 3]}, {"args": [[]], "expected": []}]})";
  EXPECT_TRUE(grader->grade(question, "def f(x):\n    return sorted(x)").correct);
  EXPECT_EQ(grader->grade(question, "def f(x):\n    return x").evidence, "wrong_answer");
}

TEST(Programs, are_judged_by_what_they_print) {
  RECKON_NEEDS_SANDBOX();
  json::Document options;
  options.Parse(R"({"language": "c++20"})");
  const auto grader = make_grader("program", options, "test");
  const std::string question =
      R"({"tests": [{"input": "1 2\n", "output": "3\n"}, {"input": "5 -7", "output": "-2"}]})";
  const std::string head = "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << ";
  EXPECT_TRUE(grader->grade(question, head + "a + b; }").correct);
  EXPECT_EQ(grader->grade(question, head + "3; }").evidence, "wrong_answer");
  EXPECT_EQ(grader->grade(question, head + "c; }").evidence, "syntax_error");
}

TEST(Cruxeval, takes_values_calls_and_assertions) {
  RECKON_NEEDS_SANDBOX();
  json::Document in;
  in.Parse(R"({"mode": "input"})");
  json::Document out;
  out.Parse(R"({"mode": "output"})");
  const auto input = make_grader("cruxeval", in, "test");
  const auto output = make_grader("cruxeval", out, "test");
  const std::string question =
      R"({"code": "def f(x):\n    return x * 2", "input": "'ab'", "output": "'abab'"})";
  for (const char* good :
       {"'abab'", "\"abab\"", "assert f('ab') == 'abab'", "'ab' * 2", "''.join(['ab', 'ab'])"}) {
    EXPECT_TRUE(output->grade(question, good).correct) << good << ": " << output->grade(question, good).why;
  }
  for (const char* good : {"'ab'", "f('ab')", "assert f('ab') == 'abab'", "f('a' + 'b')", "f(x='ab')"}) {
    EXPECT_TRUE(input->grade(question, good).correct) << good << ": " << input->grade(question, good).why;
  }
  // The expected value stands in the question: saying it, or an object that equals it, is no input.
  for (const char* bad :
       {"f('b')", "f('ab') or 'abab'", "f(", "", "f(type('E', (), {'__mul__': lambda s, n: 'abab'})())",
        "f(__import__('os')._exit(0))"}) {
    EXPECT_FALSE(input->grade(question, bad).correct) << bad;
  }
  for (const char* bad : {"f('ab')", "'abab", "'ab'", "type('E', (), {'__eq__': lambda s, o: True})()"}) {
    EXPECT_FALSE(output->grade(question, bad).correct) << bad;
  }
}

}  // namespace
}  // namespace reckon::suites::code::test
