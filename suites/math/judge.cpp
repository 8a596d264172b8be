#include "suites/math/judge.h"

#include <optional>

#include "suites/math/rational.h"

namespace reckon::suites::math {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n$");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n$") - first + 1);
}

std::optional<Rational> plain_number(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const std::size_t slash = text.find('/');
  std::optional<Rational> value = decimal_value(text.substr(0, slash));
  if (value && slash != std::string_view::npos) {
    const std::optional<Rational> divisor = decimal_value(text.substr(slash + 1));
    if (!divisor || divisor->is_zero()) return std::nullopt;
    value = *value / *divisor;
  }
  if (value && negative) value = -*value;
  return value;
}

}  // namespace

std::string_view name_of(Evidence evidence) {
  switch (evidence) {
    case Evidence::proven_equal:
      return "proven_equal";
    case Evidence::proven_different:
      return "proven_different";
    case Evidence::agrees_numerically:
      return "agrees_numerically";
    case Evidence::agrees_at_points:
      return "agrees_at_points";
    case Evidence::text_match:
      return "text_match";
    case Evidence::text_differs:
      return "text_differs";
    case Evidence::not_decided:
      return "not_decided";
  }
  return "not_decided";
}

Judgement judge(std::string_view gold, std::string_view answer, const Policy&) {
  gold = trimmed(gold);
  answer = trimmed(answer);
  const std::optional<Rational> a = plain_number(gold);
  const std::optional<Rational> b = plain_number(answer);
  if (a && b) {
    const bool equal = *a == *b;
    return {equal, equal ? Evidence::proven_equal : Evidence::proven_different, "rationals"};
  }
  const bool equal = gold == answer;
  return {equal, equal ? Evidence::text_match : Evidence::text_differs, "text"};
}

ParsedAnswer parse_answer(std::string_view answer) {
  ParsedAnswer parsed;
  const std::string_view text = trimmed(answer);
  parsed.normal_text = text;
  if (const std::optional<Rational> value = plain_number(text)) {
    parsed.readings.push_back({"number", value->text()});
  } else {
    parsed.declared_text = true;
  }
  return parsed;
}

}  // namespace reckon::suites::math
