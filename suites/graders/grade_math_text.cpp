#include <algorithm>

#include <fmt/format.h>

#include "suites/config/option_reader.h"
#include "suites/extraction/number_token.h"
#include "suites/graders/graders.h"
#include "suites/graders/math_text.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

constexpr std::size_t kMaxItems = 64;  // pairing of unordered lists grows with the square

bool is_word(const std::string& text) {
  return text.size() > 1 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

/// "(C)" as "C": the letter of a choice.
std::string bare_letter(const std::string& text) {
  const bool lettered =
      text.size() == 3 && text[0] == '(' && text[2] == ')' && text[1] >= 'A' && text[1] <= 'Z';
  return lettered ? text.substr(1, 1) : text;
}

bool equal_items(const std::string& a, const std::string& b) {
  if (a == b || bare_letter(a) == bare_letter(b)) {
    return true;
  }
  if (is_word(a) && is_word(b)) {
    return lower_case(a) == lower_case(b);
  }
  const std::optional<std::string> x = canonical_number(a);
  return x && x == canonical_number(b);
}

bool equal_lists(const MathList& a, const MathList& b) {
  if (a.items.size() != b.items.size() || a.items.size() > kMaxItems || a.items.size() < 2) {
    return false;
  }
  if (a.ordered() || b.ordered()) {
    if (a.open != b.open || a.close != b.close) {
      return false;
    }
    return std::equal(a.items.begin(), a.items.end(), b.items.begin(), equal_items);
  }
  std::vector<bool> taken(b.items.size(), false);
  for (const std::string& item : a.items) {
    bool found = false;
    for (std::size_t i = 0; i < b.items.size() && !found; ++i) {
      if (!taken[i] && equal_items(item, b.items[i])) {
        taken[i] = true;
        found = true;
      }
    }
    if (!found) {
      return false;
    }
  }
  return true;
}

class MathText : public Grader {
 public:
  Grade grade(std::string_view gold, std::string_view answer) const override {
    const std::string a = normal_math_text(gold);
    const std::string b = normal_math_text(answer);
    const std::string shown = shortened(b);
    const std::string wanted = shortened(a);
    if (b.empty()) {
      return {false, "the answer is empty"};
    }
    if (a == b) {
      return {true, fmt::format("'{}' is the same after normalising", shown)};
    }
    if (a.size() <= kMaxMathBytes && b.size() <= kMaxMathBytes) {
      if (equal_items(a, b)) {
        return {true, fmt::format("'{}' has the value of '{}'", shown, wanted)};
      }
      if (equal_lists(math_list(a), math_list(b))) {
        return {true, fmt::format("'{}' has the items of '{}'", shown, wanted)};
      }
    }
    return {false, fmt::format("'{}' differs from '{}'", shown, wanted)};
  }
  std::string name() const override { return "math_text"; }
};

}  // namespace

std::unique_ptr<Grader> make_math_text(const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<MathText>();
}

}  // namespace reckon::suites
