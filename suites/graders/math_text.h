#pragma once
// Answers of mathematics data sets in one written form.

#include <string>
#include <string_view>
#include <vector>

namespace reckon::suites {

/// The answer without what changes nothing: $ and \( \), \left \right, spacing commands, \displaystyle,
/// degree, percent and currency signs, \text{} (a unit behind a number goes, words stay), a full stop at the
/// end, "x =" before it; \dfrac and \tfrac as \frac, \frac12 and 1/2 as \frac{1}{2}, \sqrt2 as \sqrt{2}, ".5"
/// as "0.5", x^{2} as x^2. Texts longer than kMaxMathBytes are only trimmed.
std::string normal_math_text(std::string_view answer);

/// The items of a list "a,b,c", a set \{a,b\} or a tuple or interval "(a,b)" at the outermost level of a
/// normalised text.
struct MathList {
  std::string open;   ///< "(", "[", "\{" or ""
  std::string close;  ///< ")", "]", "\}" or ""
  std::vector<std::string> items;
  bool ordered() const { return open == "(" || open == "["; }
};
MathList math_list(std::string_view normal);

inline constexpr std::size_t kMaxMathBytes = 20'000;

}  // namespace reckon::suites
