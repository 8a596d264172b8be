// LiveCodeBench: programs with standard input and output, and methods of a class Solution, by the problem.

#include <algorithm>

#include "base/error.h"
#include "suites/code/code_graders.h"
#include "suites/code/contest_tests.h"
#include "suites/code/execution.h"
#include "suites/config/option_reader.h"

namespace reckon::suites::code {
namespace {

/// Contest sites have these imported, and starter code names types of them.
constexpr const char* kImports =
    "import bisect, collections, copy, functools, heapq, itertools, json, math, operator, random, re, "
    "string, "
    "sys\n"
    "from typing import *\nfrom collections import *\nfrom itertools import *\nfrom functools import *\n"
    "from heapq import *\nfrom bisect import *\nfrom math import *\nfrom string import *\n"
    "from builtins import *\n"
    "sys.setrecursionlimit(50000)\n";

/// LiveCodeBench's own checker takes a line whose words are equal as decimal numbers.
json::Document program_options(int cpu_seconds) {
  json::Document options(rapidjson::kObjectType);
  options.AddMember("cpu_seconds", cpu_seconds, options.GetAllocator());
  options.AddMember("decimals", true, options.GetAllocator());
  return options;
}

class LiveCodeBenchGrader : public Grader {
 public:
  LiveCodeBenchGrader(int cpu_seconds, const std::string& where)
      : programs_(make_program(program_options(cpu_seconds), where)),
        functions_(make_function_calls(json::Value(), where)) {}

  Grade grade(std::string_view row_text, std::string_view answer) const override {
    require_execution(name());
    const json::Document row = json::parse(row_text, "a row of the dataset");
    const ContestProblem problem = contest_problem(row);
    // `from __future__` must stand first; such a program brings its own imports.
    const bool bare = answer.find("from __future__") != std::string_view::npos;
    const std::string program = fmt::format("{}{}\n", bare ? "" : kImports, answer);
    if (problem.function.empty()) {
      return programs_->grade(program_row(problem), program);
    }
    return functions_->grade(function_row(problem), program + method_call(problem.function));
  }

  bool wants_row() const override { return true; }
  std::string name() const override { return "livecodebench"; }

 private:
  static std::string program_row(const ContestProblem& problem) {
    json::Document row(rapidjson::kObjectType);
    auto& allocator = row.GetAllocator();
    json::Value tests(rapidjson::kArrayType);
    for (const ContestTest& test : problem.tests) {
      json::Value entry(rapidjson::kObjectType);
      entry.AddMember("input", json::string(test.input, allocator), allocator);
      entry.AddMember("output", json::string(test.output, allocator), allocator);
      tests.PushBack(entry, allocator);
    }
    row.AddMember("tests", tests, allocator);
    return json::dump(row);
  }

  /// Values stand in the row as they were written: integers of any size.
  static std::string function_row(const ContestProblem& problem) {
    std::string tests;
    for (const ContestTest& test : problem.tests) {
      std::string arguments;
      std::string_view rest = test.input;
      while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        json::parse(line, "an argument of a test");
        arguments += (arguments.empty() ? "" : ",") + std::string(line);
      }
      json::parse(test.output, "the expected value of a test");
      tests +=
          fmt::format(R"({}{{"args":[{}],"expected":{}}})", tests.empty() ? "" : ",", arguments, test.output);
    }
    return fmt::format(R"({{"entry_point":"{}","tests":[{}]}})", problem.function, tests);
  }

  /// A tuple is as good as a list: JSON has but one of them.
  static std::string method_call(const std::string& function) {
    return fmt::format(
        "\ndef {0}(*arguments):\n    value = Solution().{0}(*arguments)\n"
        "    return list(value) if isinstance(value, tuple) else value\n",
        function);
  }

  std::unique_ptr<Grader> programs_;
  std::unique_ptr<Grader> functions_;
};

}  // namespace

std::unique_ptr<Grader> make_livecodebench(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"cpu_seconds"});
  return std::make_unique<LiveCodeBenchGrader>(static_cast<int>(reader.get_int("cpu_seconds", 1, 3600, 10)),
                                               where);
}

}  // namespace reckon::suites::code
