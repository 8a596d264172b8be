#pragma once
// The readings of one answer: a tree for each way in which it can be read, or text.

#include <string>
#include <string_view>
#include <vector>

#include "suites/math/tree.h"

namespace reckon::suites::math {

struct Answer {
  struct Interpretation {
    Tree tree;
    std::vector<std::string> units;
    std::string unevaluated;
  };
  std::vector<Interpretation> readings;  ///< the first is the preferred one
  bool declared_text = false;
  std::string text;          ///< normalised
  std::string syntax_error;  ///< why there is no reading
};

/// `decimal_commas`: "2,74" may also be 2.74.
Answer read_answer(std::string_view answer, bool decimal_commas = false);

/// Words compared as words: without LaTeX, in lower case (a single letter keeps its case), one space between
/// words, no full stop at the end.
std::string normal_text(std::string_view answer);

/// "4:30 p.m.", "16:30:05", "June 20": dates and times have a text of their own.
bool is_time_or_date(std::string_view normal);

}  // namespace reckon::suites::math
