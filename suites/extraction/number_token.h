#pragma once
// Numbers as they stand in prose and in LaTeX.

#include <optional>
#include <string>
#include <string_view>

namespace reckon::suites {

/// The last number of a text as written: sign, thousands separators, decimal part, a fraction "3/4" or
/// "\frac{3}{4}", a percent sign. A comma or full stop that ends a sentence is no part of it. Linear in the
/// length of `text`.
std::optional<std::string_view> last_number_token(std::string_view text);

/// The exact value of `text` if all of it is one number: "num/den" in lowest terms ("-3/4", "70000/1").
/// Understands thousands separators ("1,234", "1{,}234", "1\,234", "1 234"), decimals, "1.5e3", "1.5 \times
/// 10^{3}", fractions "3/4" and \frac{3}{4}, mixed numbers "1\frac{4}{5}" and "1 4/5", signs (also U+2212),
/// and takes no notice of currency and percent signs, $...$, degree signs and a full stop at the end.
/// nullopt: no number, a zero denominator, or more than kMaxNumberBytes of text.
std::optional<std::string> canonical_number(std::string_view text);

inline constexpr std::size_t kMaxNumberBytes = 20'000;
inline constexpr int kMaxExponent = 10'000;

}  // namespace reckon::suites
