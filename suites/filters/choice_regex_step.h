#pragma once
// Choices of a multiple-choice question found in a reply: by a pattern, by their text, by their letter.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "suites/config/option_reader.h"
#include "suites/filters/filter_steps.h"

namespace reckon::suites {

/// The texts of the choices of a document, in order. Errors: none there.
using ChoicesOf = std::function<std::vector<std::string>(const json::Value& doc)>;

/// The filter multi_choice_regex and BBH's MultiChoiceRegexFilter, which differ in where the choices stand.
std::unique_ptr<FilterStep> make_choice_regex_step(const json::Value& step, const std::string& where,
                                                   ChoicesOf choices_of);

/// What `ignore_case`, `ignore_punctuation` and `regexes_to_ignore` of a filter take out of a text.
class IgnoredParts {
 public:
  explicit IgnoredParts(const OptionReader& reader);
  /// `limit_hit` is set when one of the patterns was given up; the text then keeps what it would take out.
  std::string without(std::string text, bool& limit_hit) const;

 private:
  std::vector<Regex> ignored_;
  bool case_;
  bool punctuation_;
};

/// Pattern, group_select and fallback, which all filters with a pattern have.
struct PatternOptions {
  explicit PatternOptions(const OptionReader& reader);
  Regex regex;
  std::int64_t select;
  std::string fallback;
};

/// re.escape().
std::string escape_pattern(std::string_view text);

}  // namespace reckon::suites
