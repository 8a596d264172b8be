// A solver of program_repair that reads nothing but the question: it tries every change of one whole number
// or operator of the text, and runs what comes out. It shares no code with the generator.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace reckon::suites::test {

struct Repair {
  std::size_t calls_shown = 0;
  bool shown_program_fits =
      false;  ///< the function as shown gives what the calls want: no mistake to be seen
  /// What the functions that fit all calls shown give for `calls`, a line each; the same ones once.
  std::vector<std::string> behaviours;
};

/// `calls`: arguments of further calls, "[1, 2], 3".
Repair repairs_of(const std::string& question, const std::vector<std::string>& calls);

}  // namespace reckon::suites::test
