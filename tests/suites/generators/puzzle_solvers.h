// Solvers of generated puzzles that read nothing but the question. They share no code with the generators.
#pragma once

#include <string>

namespace reckon::suites::test {

/// The one answer of the question; "" when it has none or several, or cannot be read.
std::string solve(const std::string& family, const std::string& question);

}  // namespace reckon::suites::test
