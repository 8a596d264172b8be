#pragma once
// The tests of a LiveCodeBench problem (Jain et al. 2024) as its dataset stores them.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace reckon::suites::code {

struct ContestTest {
  std::string input;   ///< standard input, or one JSON value a line: the arguments
  std::string output;  ///< standard output, or the JSON value that is returned
};

struct ContestProblem {
  std::vector<ContestTest> tests;  ///< the public ones, then the private ones
  std::string function;            ///< called with each test; "": a program that reads standard input
};

/// Of a row's public_test_cases, private_test_cases and metadata. Errors: a field is missing or damaged, no
/// test, both kinds of test in one problem, a function's name that is none.
ContestProblem contest_problem(const json::Value& row);

/// The list of tests as JSON text: stored as it is, or as base64 over zlib over a pickled text (of which
/// nothing but a text is read). Errors: damaged, larger than 1 GiB.
std::string stored_tests(std::string_view stored);

}  // namespace reckon::suites::code
