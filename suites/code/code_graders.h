#pragma once
// Graders that run the answer. They take the whole row of the dataset as gold text (Grader::wants_row()), and
// their verdicts cannot be forged by the answer: see docs/sandbox.md.

#include <memory>
#include <string>

#include "base/json.h"
#include "suites/graders/grader.h"

namespace reckon::suites::code {

/// HumanEval: prompt, entry_point, test.
std::unique_ptr<Grader> make_humaneval(const json::Value& options, const std::string& where);
/// HumanEval+ of EvalPlus: the same, then base_input and plus_input against the reference's values.
std::unique_ptr<Grader> make_humaneval_plus(const json::Value& options, const std::string& where);
/// MBPP: test_list behind test_setup_code; the names that `code` defines are those of the answer.
std::unique_ptr<Grader> make_mbpp(const json::Value& options, const std::string& where);
/// MBPP+ of EvalPlus: assertion, then base_input and plus_input, with the argument types that assertion
/// shows.
std::unique_ptr<Grader> make_mbpp_plus(const json::Value& options, const std::string& where);
/// CRUXEval: code, input, output. Options: mode ("input", "output").
std::unique_ptr<Grader> make_cruxeval(const json::Value& options, const std::string& where);
/// Any function: entry_point, tests [{"args": [...], "expected": ...}], prompt (optional), atol (optional).
std::unique_ptr<Grader> make_function_calls(const json::Value& options, const std::string& where);
/// Any program: tests [{"input", "output"}]. Options: language ("python3", "c++20"), cpu_seconds.
std::unique_ptr<Grader> make_program(const json::Value& options, const std::string& where);
/// LiveCodeBench: public_test_cases, private_test_cases, metadata; a program, or class Solution. Options:
/// cpu_seconds (of each run of a program).
std::unique_ptr<Grader> make_livecodebench(const json::Value& options, const std::string& where);

}  // namespace reckon::suites::code
