#include <cctype>

#include <fmt/format.h>

#include "suites/config/option_reader.h"
#include "suites/extraction/number_token.h"
#include "suites/graders/graders.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

bool has_digit(std::string_view text) { return text.find_first_of("0123456789") != std::string_view::npos; }

/// Without a unit behind the last digit: "18 dollars", "18\text{ dollars}", "3 km/h".
std::string_view without_unit(std::string_view text) {
  const std::size_t last = text.find_last_of("0123456789");
  if (last == std::string_view::npos) {
    return text;
  }
  std::size_t end = last + 1;
  while (end < text.size() && (text[end] == '}' || text[end] == ')')) {
    ++end;
  }
  std::string_view unit = trim(text.substr(end));
  if (unit.starts_with("\\")) {
    return text.substr(0, end);
  }
  // An operator or a bracket belongs to an expression, which is no number.
  for (const char c : unit) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0 && c != ' ' && c != '.' && c != '/' && c != '%' &&
        c != '$' && c != '\'' && c != '-' && c != '*' && (static_cast<unsigned char>(c) & 0x80U) == 0) {
      return text;
    }
  }
  // "5x" is a product, "5 x" too; a unit has at least two letters, or stands behind a space and is one of a
  // few.
  return unit.size() >= 2 ? text.substr(0, end) : text;
}

std::optional<std::string> number_of(std::string_view text) {
  if (text.size() > kMaxNumberBytes) {
    return std::nullopt;
  }
  text = trim(text);
  if (std::optional<std::string> number = canonical_number(text)) {
    return number;
  }
  const std::size_t equals = text.rfind('=');
  if (equals != std::string_view::npos) {
    text = trim(text.substr(equals + 1));
  }
  if (!has_digit(text)) {
    return std::nullopt;
  }
  if (std::optional<std::string> number = canonical_number(text)) {
    return number;
  }
  return canonical_number(without_unit(text));
}

class Numeric : public Grader {
 public:
  Grade grade(std::string_view gold, std::string_view answer) const override {
    const std::optional<std::string> expected = number_of(gold);
    const std::optional<std::string> given = number_of(answer);
    const std::string shown = shortened(trim(answer));
    const std::string wanted = shortened(trim(gold));
    if (expected && given) {
      const bool equal = *expected == *given;
      return {equal,
              fmt::format("'{}' {} '{}' as exact numbers", shown, equal ? "equals" : "differs from", wanted)};
    }
    if (expected) {
      return {false, fmt::format("'{}' is no number; '{}' was expected", shown, wanted)};
    }
    const bool equal = lower_case(trim(gold)) == lower_case(trim(answer));
    return {equal, fmt::format("'{}' {} '{}' as text (the gold answer is no number)", shown,
                               equal ? "equals" : "differs from", wanted)};
  }
  std::string complaint_about_gold(std::string_view gold) const override {
    return number_of(gold) ? "" : "is no number; mend the row, or grade this suite by exact_match or math";
  }
  std::string name() const override { return "numeric"; }
};

}  // namespace

std::unique_ptr<Grader> make_numeric(const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<Numeric>();
}

}  // namespace reckon::suites
