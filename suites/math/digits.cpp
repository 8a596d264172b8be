#include "suites/math/digits.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/ascii.h"

namespace reckon::suites::math {
namespace {

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() &&
         (text[at] == ' ' || text.substr(at, 2) == "\\!" || text.substr(at, 2) == "\\,")) {
    at += text[at] == ' ' ? 1 : 2;
  }
  return at;
}

enum class Separator { none, sure, comma, space, point };

/// The separator at `at` and the number of bytes up to the next digit.
std::pair<Separator, std::size_t> separator_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  for (const std::string_view sure : {"{,}", ",\\!", "\\!,", ", \\!", "{,}\\!"}) {
    if (rest.substr(0, sure.size()) == sure) return {Separator::sure, skip_spaces(rest, sure.size())};
  }
  for (const std::string_view sure : {"\\,", "\\;", "\\ ", "'"}) {
    if (rest.substr(0, sure.size()) == sure) return {Separator::sure, sure.size()};
  }
  if (rest.substr(0, 1) == ",") return {Separator::comma, 1};
  if (rest.substr(0, 1) == " ") return {Separator::space, 1};
  if (rest.substr(0, 1) == ".") return {Separator::point, 1};
  return {Separator::none, 0};
}

/// Reads the integer part with its groups of three; returns its end.
std::size_t read_groups(std::string_view text, const ReadingOptions& options, DigitRun& run) {
  std::size_t at = digits_at(text, 0);
  run.digits = text.substr(0, at);
  if (at == 0 || at > 3) return at;
  Separator used = Separator::none;
  while (true) {
    const auto [separator, width] = separator_at(text, at);
    if (separator == Separator::none || (used != Separator::none && separator != used)) break;
    if (separator == Separator::comma && (!options.commas_group_digits || run.digits == "0")) break;
    if (digits_at(text, at + width) != 3 || run.digits == "0") break;
    const std::size_t end = at + width + 3;
    if (separator == Separator::point) {
      // One point is a decimal point; two or more separate thousands.
      const bool again = used == Separator::point ||
                         (end < text.size() && text[end] == '.' && digits_at(text, end + 1) == 3);
      if (!again) break;
    }
    if (separator == Separator::space && end < text.size() &&
        (text[end] == '/' || text.substr(end, 2) == " /"))
      break;
    run.digits += text.substr(at + width, 3);
    run.ambiguous_commas = run.ambiguous_commas || separator == Separator::comma;
    used = separator;
    at = end;
  }
  return at;
}

/// The repeating digits that begin at `at` and the bytes they take: \overline{ab}, \bar a, \dot a, (ab).
std::pair<std::string, std::size_t> repeating_at(std::string_view text, std::size_t at, bool parentheses) {
  std::string_view rest = text.substr(at);
  std::size_t used = 0;
  for (const std::string_view mark : {"\\overline", "\\bar", "\\dot"}) {
    if (rest.substr(0, mark.size()) == mark) used = mark.size();
  }
  if (used == 0 && parentheses && rest.substr(0, 1) == "(") {
    const std::size_t count = digits_at(rest, 1);
    if (count > 0 && count < 10 && rest.substr(1 + count, 1) == ")")
      return {std::string(rest.substr(1, count)), count + 2};
    return {"", 0};
  }
  if (used == 0) return {"", 0};
  used = skip_spaces(rest, used);
  if (rest.substr(used, 1) != "{") {
    return digits_at(rest, used) > 0 ? std::pair(std::string(rest.substr(used, 1)), used + 1)
                                     : std::pair(std::string(), std::size_t{0});
  }
  const std::size_t count = digits_at(rest, used + 1);
  if (count == 0 || rest.substr(used + 1 + count, 1) != "}") return {"", 0};
  std::string digits(rest.substr(used + 1, count));
  used += count + 2;
  // \dot{1}4\dot{2}: the dots mark the first and the last digit of the period.
  if (rest.substr(0, 4) == "\\dot") {
    const std::size_t between = digits_at(rest, used);
    const auto [last, width] = rest.substr(used + between, 4) == "\\dot"
                                   ? repeating_at(rest, used + between, false)
                                   : std::pair(std::string(), std::size_t{0});
    if (width > 0) {
      digits += std::string(rest.substr(used, between)) + last;
      used += between + width;
    }
  }
  return {digits, used};
}

/// 0.333... : the shortest period that the written digits end with at least twice (three times if one digit).
std::string period_of(std::string_view fraction) {
  for (std::size_t length = 1; length * 2 <= fraction.size(); ++length) {
    const std::size_t times = length == 1 ? std::min<std::size_t>(3, fraction.size()) : 2;
    if (times < 2 || fraction.size() < length * times) continue;
    const std::string_view last = fraction.substr(fraction.size() - length);
    bool repeats = true;
    for (std::size_t k = 1; k <= times; ++k)
      repeats = repeats && fraction.substr(fraction.size() - k * length, length) == last;
    if (repeats) return std::string(last);
  }
  return {};
}

/// integer.fraction followed by `period` for ever.
Rational repeating_value(const std::string& integer, std::string_view fraction, const std::string& period) {
  const Rational fixed = *decimal_value(integer + "." + std::string(fraction) + "0");
  // period / (10^len - 1) / 10^fraction
  const Rational nines = *decimal_value(std::string(period.size(), '9'));
  const Rational shift = *decimal_value("1" + std::string(fraction.size(), '0'));
  return fixed + *decimal_value(period) / nines / shift;
}

void read_fraction(std::string_view text, std::size_t& at, DigitRun& run) {
  const std::size_t count = digits_at(text, at + 1);
  std::string period;
  const auto [repeated, width] = repeating_at(text, at + 1 + count, count == 0 || run.digits == "0");
  if (count == 0 && width == 0) {
    // "3." at the end of a text.
    if (text.find_first_not_of(" \t\r\n$}.", at) == std::string_view::npos)
      at = std::min(at + 1, text.size());
    return;
  }
  const std::string_view fraction = text.substr(at + 1, count);
  const std::string integer = run.digits.empty() ? "0" : run.digits;
  run.decimal = true;
  at += 1 + count;
  if (width > 0) {
    period = repeated;
    at += width;
  } else {
    for (const std::string_view mark : {"...", "\\ldots", "\\dots", "\\cdots"}) {
      if (text.substr(at, mark.size()) == mark) {
        period = period_of(fraction);
        at += mark.size();
        break;
      }
    }
  }
  if (integer.size() + count + period.size() > kMaxDigits)
    throw ParseFailure{"more than 20,000 digits (limit)"};
  run.digits = integer + "." + std::string(fraction);
  if (!period.empty()) {
    run.value = repeating_value(integer, fraction, period);
    run.digits += "(" + period + ")";
    run.decimal = false;
  }
}

void read_exponent(std::string_view text, std::size_t& at, DigitRun& run) {
  if (at >= text.size() || (text[at] != 'E' && text[at] != 'e')) return;
  std::size_t start = at + 1;
  const bool sign = start < text.size() && (text[start] == '-' || text[start] == '+');
  // "2e-3" may be a difference: a sign counts behind E, or where the mantissa has a point, or before two
  // digits.
  if (sign && text[at] == 'e' && !run.decimal && digits_at(text, start + 1) < 2) return;
  const std::size_t first = start + (sign ? 1 : 0);
  const std::size_t count = digits_at(text, first);
  if (count == 0) return;
  if (count > 9) throw ParseFailure{"an exponent over 10^9 (limit)"};
  long exponent = 0;
  std::from_chars(text.data() + first, text.data() + first + count, exponent);
  run.exponent = text[start] == '-' ? -exponent : exponent;
  at = first + count;
}

}  // namespace

DigitRun digit_run(std::string_view text, const ReadingOptions& options) {
  DigitRun run;
  std::size_t at = read_groups(text, options, run);
  const bool comma_point = (options.comma_is_point && text.substr(at, 1) == "," &&
                            digits_at(text, at + 1) > 0 && !run.ambiguous_commas);
  if (comma_point) {
    const std::size_t count = digits_at(text, at + 1);
    run.digits += "." + std::string(text.substr(at + 1, count));
    run.decimal = true;
    at += 1 + count;
  } else if (text.substr(at, 3) == "{,}" && digits_at(text, at + 3) > 0) {
    const std::size_t count = digits_at(text, at + 3);
    run.digits += "." + std::string(text.substr(at + 3, count));
    run.decimal = true;
    at += 3 + count;
  } else if (text.substr(at, 1) == "." && text.substr(at, 3) != "...") {
    read_fraction(text, at, run);
  }
  const bool repeating = !run.digits.empty() && run.digits.back() == ')';
  if (!repeating) {
    const std::optional<Rational> value = decimal_value(run.digits);
    if (!value) throw ParseFailure{"more than 20,000 digits (limit)"};
    run.value = *value;
  }
  read_exponent(text, at, run);
  run.length = at;
  return run;
}

std::optional<DigitRun> based_digits(std::string_view text) {
  const bool parentheses = text.substr(0, 1) == "(";
  std::size_t end = parentheses ? 1 : 0;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.' ||
                               std::isupper(static_cast<unsigned char>(text[end])) != 0))
    ++end;
  DigitRun run;
  run.digits = text.substr(parentheses ? 1 : 0, end - (parentheses ? 1 : 0));
  if (parentheses) {
    if (text.substr(end, 1) != ")") return std::nullopt;
    ++end;
  }
  if (run.digits.empty() || text.substr(end, 1) != "_") return std::nullopt;
  ++end;
  const bool braces = text.substr(end, 1) == "{";
  end += braces ? 1 : 0;
  const std::size_t count = digits_at(text, end);
  if (count == 0 || count > 2) return std::nullopt;
  std::from_chars(text.data() + end, text.data() + end + count, run.base);
  end += count;
  if (braces) {
    if (text.substr(end, 1) != "}") return std::nullopt;
    ++end;
  }
  if (!based_value(run.digits, run.base)) return std::nullopt;
  run.length = end;
  return run;
}

}  // namespace reckon::suites::math
