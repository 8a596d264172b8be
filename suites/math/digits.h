#pragma once
// Numbers as people write them: thousands separators, decimal points, repeating decimals, exponents, bases.

#include <optional>
#include <string>
#include <string_view>

#include "suites/math/rational.h"
#include "suites/math/tokens.h"

namespace reckon::suites::math {

struct DigitRun {
  std::size_t length = 0;  ///< bytes read
  std::string digits;      ///< without separators
  Rational value;
  bool decimal = false;           ///< written with a point
  bool ambiguous_commas = false;  ///< "70,110" was read as one number
  int base = 10;
  std::optional<long> exponent;  ///< of ten, not yet applied (2.5E2)
};

/// The number that begins at `text` (a digit, or a point before one). Thousands: "1,000", "1 000", "1'000",
/// "1,\!000", "1{,}000", "1\,000", "1.000.000". Repeating: \overline{3}, \bar 3, \dot 3, 0.(3), 0.333\ldots.
/// Throws ParseFailure over kMaxDigits digits or an exponent over 10^9.
DigitRun digit_run(std::string_view text, const ReadingOptions& options);

/// "204_5", "152A_{11}", "0.0011_{2}" at the beginning of `text`; nullopt where that is no numeral of its
/// base.
std::optional<DigitRun> based_digits(std::string_view text);

}  // namespace reckon::suites::math
