#pragma once
// Judging many answers at once, as a run does.

#include <functional>
#include <string>
#include <vector>

#include "suites/graders/grader.h"

namespace reckon::suites::code::test {

/// One answer to one row.
struct Answer {
  std::string row;
  std::string text;
};

/// Grades of all, on as many threads as there are processors. Errors become grades with evidence "error".
std::vector<Grade> grade_all(const Grader& grader, const std::vector<Answer>& answers);

/// Rows of a JSON lines file (also gzipped), as text.
std::vector<std::string> rows_of(const std::string& path);
/// A text field of a row.
std::string field(const std::string& row, const char* name);

}  // namespace reckon::suites::code::test
