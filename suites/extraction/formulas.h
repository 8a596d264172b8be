#pragma once
// Where the mathematics stands in a reply: formulas between delimiters, and plain numbers in prose.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckon::suites {

/// A piece of a text that is mathematics. `answer` is what to grade: the content without delimiters, with a
/// "%" where "percent" (or a sign) follows.
struct MathSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string answer;
};

/// Formulas between $$, $, \[ \] and \( \), from left to right; $ and \( do not go over a line's end. A
/// \frac{...}{...} outside of them counts too. Linear in the length of `text`.
std::vector<MathSpan> find_formulas(std::string_view text);

/// Numbers and arithmetic ("1 000", "1,000.99", "2/3", "2^5 + 1") in prose, from left to right; what is part
/// of a word ("A2") is none. A currency sign before it is passed over. Linear in the length of `text`.
std::vector<MathSpan> find_plain_numbers(std::string_view text);

}  // namespace reckon::suites
