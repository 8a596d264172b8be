// canonical_number(): exact rational arithmetic, in a file of its own because its header is heavy.

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "suites/extraction/number_token.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

using Integer =
    boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>, boost::multiprecision::et_off>;

struct Rational {
  Integer numerator;
  Integer denominator = 1;
};

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Decimal digits to an integer by halves: the usual digit-by-digit way is what a hostile million digits
/// would make slow.
Integer integer_of(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string_view::npos) {
    return 0;
  }
  digits.remove_prefix(first);
  if (digits.size() <= 18) {
    std::uint64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  const std::size_t low = digits.size() / 2;
  return integer_of(digits.substr(0, digits.size() - low)) *
             boost::multiprecision::pow(Integer(10), static_cast<unsigned>(low)) +
         integer_of(digits.substr(digits.size() - low));
}

/// Removes separators between groups of three digits. nullopt: the groups are not groups of three.
std::optional<std::string> without_separators(std::string_view text) {
  std::string plain;
  std::size_t group = 0;  // digits since the last separator
  bool separated = false;
  std::size_t i = 0;
  while (i < text.size()) {
    if (is_digit(text[i])) {
      plain += text[i++];
      ++group;
      continue;
    }
    const bool plausible = group >= 1 && (separated ? group == 3 : group <= 3);
    if (!plausible || (text[i] != ',' && text[i] != ' ')) {
      return std::nullopt;
    }
    separated = true;
    group = 0;
    ++i;
  }
  if (plain.empty() || (separated && group != 3)) {
    return std::nullopt;
  }
  return plain;
}

/// "1,234.5e-3" without sign.
std::optional<Rational> decimal(std::string_view text) {
  int exponent = 0;
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (!digits.empty() && digits[0] == '+') {
      digits.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc() || end != digits.data() + digits.size() || exponent > kMaxExponent ||
        exponent < -kMaxExponent) {
      return std::nullopt;
    }
    text = text.substr(0, e);
  }
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (!fraction.empty() && !all_digits(fraction)) {
    return std::nullopt;
  }
  std::string digits;
  if (!whole.empty()) {
    const std::optional<std::string> plain = without_separators(whole);
    if (!plain) {
      return std::nullopt;
    }
    digits = *plain;
  } else if (fraction.empty()) {
    return std::nullopt;
  }
  digits += fraction;
  exponent -= static_cast<int>(fraction.size());
  Rational result{integer_of(digits), 1};
  const Integer scale = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(exponent)));
  (exponent < 0 ? result.denominator : result.numerator) *= scale;
  return result;
}

bool take_sign(std::string_view& text) {
  text = trim(text);
  bool negative = false;
  if (text.starts_with("-")) {
    negative = true;
    text.remove_prefix(1);
  } else if (text.starts_with("+")) {
    text.remove_prefix(1);
  }
  text = trim(text);
  return negative;
}

std::optional<Rational> divided(const std::optional<Rational>& a, const std::optional<Rational>& b) {
  if (!a || !b || b->numerator == 0) {
    return std::nullopt;
  }
  return Rational{Integer(a->numerator * b->denominator), Integer(a->denominator * b->numerator)};
}

std::optional<Rational> signed_decimal(std::string_view text) {
  const bool negative = take_sign(text);
  std::optional<Rational> value = decimal(text);
  if (value && negative) {
    value->numerator = -value->numerator;
  }
  return value;
}

/// "{a}{b}" or the short forms "12", "1{2}", "{1}2" after \frac.
std::optional<Rational> latex_fraction(std::string_view text) {
  std::string_view parts[2];
  for (std::string_view& part : parts) {
    text = trim(text);
    if (text.empty()) {
      return std::nullopt;
    }
    if (text[0] != '{') {
      part = text.substr(0, 1);
      text.remove_prefix(1);
      continue;
    }
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    part = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
  }
  return trim(text).empty() ? divided(signed_decimal(parts[0]), signed_decimal(parts[1])) : std::nullopt;
}

/// Fractions, mixed numbers and powers of ten, without sign.
std::optional<Rational> unsigned_number(std::string_view text) {
  const std::size_t frac = text.find("\\frac");
  if (frac != std::string_view::npos) {
    std::optional<Rational> fraction = latex_fraction(text.substr(frac + 5));
    const std::string_view whole_text = trim(text.substr(0, frac));
    if (!fraction || whole_text.empty()) {
      return fraction;
    }
    const std::optional<Rational> whole = all_digits(whole_text) ? decimal(whole_text) : std::nullopt;
    if (!whole || fraction->numerator < 0 || fraction->denominator < 0) {
      return std::nullopt;
    }
    return Rational{Integer(whole->numerator * fraction->denominator + fraction->numerator),
                    fraction->denominator};
  }
  for (const std::string_view times : {std::string_view("\\times10^"), std::string_view("\\cdot10^"),
                                       std::string_view("*10^"), std::string_view("x10^"),
                                       std::string_view("\xC3\x97"
                                                        "10^")}) {
    const std::string packed = replace_all(text, " ", "");
    const std::size_t at = packed.find(times);
    if (at == std::string::npos) {
      continue;
    }
    std::string power = packed.substr(at + times.size());
    power.erase(std::remove_if(power.begin(), power.end(), [](char c) { return c == '{' || c == '}'; }),
                power.end());
    return decimal(packed.substr(0, at) + "e" + power);
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return decimal(text);
  }
  std::string_view above = trim(text.substr(0, slash));
  const std::string_view below = trim(text.substr(slash + 1));
  const std::size_t space = above.find(' ');
  if (space != std::string_view::npos && all_digits(above.substr(0, space)) &&
      all_digits(trim(above.substr(space))) && all_digits(below)) {
    const Integer whole = integer_of(above.substr(0, space));
    std::optional<Rational> part = divided(decimal(trim(above.substr(space))), decimal(below));
    if (part) {
      part->numerator += whole * part->denominator;
    }
    return part;
  }
  return divided(decimal(above), signed_decimal(below));
}

/// What stands around numbers without changing them.
std::string undressed(std::string_view text) {
  std::string plain(text);
  for (const std::string_view noise :
       {"\\$", "$", "\\%", "%", "\\!", "\\left", "\\right", "\\(", "\\)", "\\[", "\\]", "^\\circ",
        "^{\\circ}", "\xC2\xB0", "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5", "**"}) {
    plain = replace_all(plain, noise, "");
  }
  plain = replace_all(plain, "{,}", ",");
  for (const std::string_view space :
       {"\\,", "\\ ", "\\;", "\\:", "~", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"}) {
    plain = replace_all(plain, space, " ");
  }
  plain = replace_all(plain, "\xE2\x88\x92", "-");
  plain = replace_all(plain, "\\dfrac", "\\frac");
  plain = replace_all(plain, "\\tfrac", "\\frac");
  return plain;
}

}  // namespace

std::optional<std::string> canonical_number(std::string_view text) {
  if (text.size() > kMaxNumberBytes) {
    return std::nullopt;
  }
  const std::string plain = undressed(text);
  std::string_view rest = trim(plain);
  if (rest.ends_with('.')) {
    rest.remove_suffix(1);
  }
  while (rest.size() >= 2 &&
         ((rest.front() == '{' && rest.back() == '}') || (rest.front() == '(' && rest.back() == ')'))) {
    rest = trim(rest.substr(1, rest.size() - 2));
  }
  const bool negative = take_sign(rest);
  std::optional<Rational> value = unsigned_number(rest);
  if (!value) {
    return std::nullopt;
  }
  if (negative) {
    value->numerator = -value->numerator;
  }
  if (value->denominator < 0) {
    value->numerator = -value->numerator;
    value->denominator = -value->denominator;
  }
  const Integer divisor = boost::multiprecision::gcd(value->numerator, value->denominator);
  value->numerator /= divisor;
  value->denominator /= divisor;
  return value->numerator.str() + "/" + value->denominator.str();
}

}  // namespace reckon::suites
