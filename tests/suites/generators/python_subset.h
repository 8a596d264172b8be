// An interpreter for the little Python that generated programs use, written apart from the generators so that
// their answers are checked by something that does not share their mistakes. It reads integers, strings,
// lists, indexing and slices, + - * // % and brackets, comparisons, assignments, for, if/else, one function
// with return, and print.
#pragma once

#include <string>

namespace reckon::test {

// What the program prints. Throws std::runtime_error naming the line or expression that it cannot read or
// run.
std::string run_python_subset(const std::string& program);

}  // namespace reckon::test
