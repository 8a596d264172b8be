#include "suites/math/judge.h"

#include <algorithm>

#include "suites/math/answer_equality.h"
#include "suites/math/math_verify_policy.h"
#include "suites/math/minerva_policy.h"
#include "suites/math/readings.h"
#include "suites/math/units.h"

namespace reckon::suites::math {
namespace {

std::string kind_name(const Node& tree) {
  switch (tree.kind) {
    case Kind::number:
    case Kind::based:
      return "number";
    case Kind::list:
      return "list";
    case Kind::set:
      return "set";
    case Kind::tuple:
      return "tuple";
    case Kind::interval:
    case Kind::set_union:
    case Kind::set_intersection:
    case Kind::set_difference:
    case Kind::named_set:
      return "interval";
    case Kind::matrix:
      return "matrix";
    case Kind::relation:
      return "relation";
    case Kind::ratio:
      return "ratio";
    case Kind::text:
      return "text";
    default:
      return has_variables(tree) ? "expression" : "number";
  }
}

/// A gold answer keeps the readings of the kind that the suite fixes, where it has one.
void keep_fixed(Answer& gold, const std::string& kind) {
  if (kind.empty()) return;
  const auto other = [&kind](const Answer::Interpretation& reading) {
    const std::string name = kind_name(*reading.tree);
    return name != kind && !(kind == "interval" && reading.tree->kind == Kind::tuple);
  };
  if (!std::all_of(gold.readings.begin(), gold.readings.end(), other)) std::erase_if(gold.readings, other);
}

bool is_plain_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Judgement compare_texts(const Answer& gold, const Answer& answer) {
  // Numerals too long to be numbers here are still numbers.
  if (is_plain_digits(gold.text) && is_plain_digits(answer.text)) {
    const auto without_zeros = [](std::string_view digits) {
      const std::size_t first = digits.find_first_not_of('0');
      return first == std::string_view::npos ? std::string_view{} : digits.substr(first);
    };
    const bool same = without_zeros(gold.text) == without_zeros(answer.text);
    return {same, same ? Evidence::proven_equal : Evidence::proven_different, "digits of two integers"};
  }
  const bool same = !gold.text.empty() && gold.text == answer.text;
  std::string why;
  if (!gold.syntax_error.empty()) why += "; gold: " + gold.syntax_error;
  if (!answer.syntax_error.empty()) why += "; answer: " + answer.syntax_error;
  return {same, same ? Evidence::text_match : Evidence::text_differs, "normalised text" + why};
}

Judgement judge_strict(std::string_view gold_text, std::string_view answer_text, const Policy& policy) {
  Answer gold = read_answer(gold_text);
  const Answer answer = read_answer(answer_text);
  keep_fixed(gold, policy.gold_reading);
  if (gold.readings.empty() || answer.readings.empty()) {
    Judgement text = compare_texts(gold, answer);
    // Words on one side only, and the other is mathematics: not the same.
    return text;
  }
  std::optional<Judgement> first;
  for (const Answer::Interpretation& a : gold.readings) {
    for (const Answer::Interpretation& b : answer.readings) {
      std::optional<Judgement> one = compare_units(a, b);
      if (!one) one = compare_answers(a.tree, b.tree);
      if (one->equal) return *one;
      if (!first) first = std::move(one);
    }
  }
  if (first->evidence == Evidence::not_decided && gold.text == answer.text && !gold.text.empty()) {
    return {true, Evidence::text_match, "the same text; " + first->detail};
  }
  return *first;
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

Judgement judge(std::string_view gold, std::string_view answer, const Policy& policy) {
  switch (policy.name) {
    case Policy::Name::math_verify:
      return judge_math_verify(gold, answer, policy);
    case Policy::Name::minerva:
      return judge_minerva(gold, answer);
    case Policy::Name::strict:
      break;
  }
  return judge_strict(gold, answer, policy);
}

ParsedAnswer parse_answer(std::string_view text) {
  const Answer answer = read_answer(text);
  ParsedAnswer parsed;
  for (const Answer::Interpretation& reading : answer.readings) {
    parsed.readings.push_back({kind_name(*reading.tree), canonical_text(*reading.tree)});
    if (parsed.unsupported.empty()) parsed.unsupported = reading.unevaluated;
  }
  parsed.declared_text = answer.declared_text;
  parsed.normal_text = answer.text;
  parsed.syntax_error = answer.syntax_error;
  return parsed;
}

}  // namespace reckon::suites::math
