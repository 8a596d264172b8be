// Extraction rules that are made of regular expressions: regex and choice_letter.

#include <algorithm>
#include <array>

#include "base/error.h"
#include "suites/config/option_reader.h"
#include "suites/extraction/extraction_rules.h"
#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

class RegexRule : public ExtractionRule {
 public:
  RegexRule(Regex regex, std::size_t group, bool first)
      : regex_(std::move(regex)), group_(group), first_(first) {}

  std::optional<std::string> apply(std::string_view text, std::string& limit) const override {
    const Regex::Matches matches = regex_.find_all(text, first_ ? 1 : std::string_view::npos);
    if (matches.outcome == Regex::Outcome::limit) {
      limit = regex_.limit_message();
      return std::nullopt;  // the last match is not known
    }
    if (matches.all.empty()) {
      return std::nullopt;
    }
    const RegexMatch& match = first_ ? matches.all.front() : matches.all.back();
    return std::string(trim(match.text(text, group_)));
  }
  std::string name() const override { return "regex"; }

 private:
  Regex regex_;
  std::size_t group_;
  bool first_;
};

class ChoiceLetter : public ExtractionRule {
 public:
  ChoiceLetter(const std::string& letters, const std::string& where)
      : patterns_{// From the surest to the vaguest; the last match of the first pattern that matches counts.
                  Regex("(?i:answer|choice|option)(?i:\\s+is)?\\s*[:=]?\\s*\\**\\s*\\(?([" + letters +
                            "])\\)?(?![A-Za-z'])",
                        where),
                  Regex("\\*\\*\\(?([" + letters + "])\\)?[.:]?\\*\\*", where),
                  Regex("\\(([" + letters + "])\\)", where), Regex("\\b([" + letters + "])\\b(?!')", where),
                  Regex("^\\s*([" + lower_case(letters) + "])\\s*[.)]?\\s*$", where)} {}

  std::optional<std::string> apply(std::string_view text, std::string& limit) const override {
    for (const Regex& pattern : patterns_) {
      const Regex::Matches matches = pattern.find_all(text);
      if (matches.outcome == Regex::Outcome::limit) {
        limit = pattern.limit_message();
        return std::nullopt;
      }
      if (!matches.all.empty()) {
        return upper_case(matches.all.back().text(text, 1));
      }
    }
    return std::nullopt;
  }
  std::string name() const override { return "choice_letter"; }

 private:
  std::array<Regex, 5> patterns_;
};

}  // namespace

std::unique_ptr<ExtractionRule> make_regex_rule(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"pattern", "group", "select", "ignore_case"});
  const std::string pattern = reader.require_string("pattern");
  Regex regex((reader.get_bool("ignore_case", false) ? "(?i)" : "") + pattern, where);
  const bool first = reader.get_choice("select", {"first", "last"}, "last") == "first";
  int group = regex.group_count() > 0 ? 1 : 0;
  const json::Value* chosen = reader.find("group");
  if (chosen != nullptr && chosen->IsString()) {
    group = regex.group_number(reader.get_string("group", ""));
    if (group < 0) {
      fail_input("{}: the pattern has no group called '{}'", where, reader.get_string("group", ""));
    }
  } else if (chosen != nullptr) {
    group = static_cast<int>(reader.get_int("group", 0, regex.group_count(), 0));
  }
  return std::make_unique<RegexRule>(std::move(regex), static_cast<std::size_t>(group), first);
}

std::unique_ptr<ExtractionRule> make_choice_letter(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"letters"});
  const std::string letters = reader.get_string("letters", "ABCDEFGHIJ");
  if (letters.empty() ||
      !std::all_of(letters.begin(), letters.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    fail_input("{}: 'letters' must be capital letters, such as ABCD", where);
  }
  return std::make_unique<ChoiceLetter>(letters, where);
}

}  // namespace reckon::suites
