#include "suites/filters/choice_regex_step.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

/// First `regex_pattern`; else the text of a choice; else a letter behind a colon. Choices become "(A)",
/// "(B)" ...
class ChoiceRegexStep : public ReplyStep {
 public:
  ChoiceRegexStep(const OptionReader& reader, ChoicesOf choices_of)
      : where_(reader.where()), options_(reader), ignored_(reader), choices_of_(std::move(choices_of)) {}

  void apply_one(Extraction& reply, const json::Value& doc) const override {
    const RegexFind find = find_selected(options_.regex, reply.answer, options_.select);
    bool limit_hit = find.limit_hit;
    std::string answer = find.text.value_or("");
    if (answer.empty()) {
      answer = by_choice(reply.answer, doc, limit_hit);
    }
    set_answer(reply, answer, "multi_choice_regex", options_.fallback, limit_hit ? &options_.regex : nullptr);
  }

 private:
  std::string by_choice(const std::string& reply, const json::Value& doc, bool& limit_hit) const {
    std::map<std::string, std::string> letter_of;
    std::vector<std::string> patterns;
    std::string letters;
    char letter = 'A';
    for (const std::string& choice : choices_of_(doc)) {
      const std::string text = ignored_.without(std::string(trim(choice)), limit_hit);
      patterns.push_back(escape_pattern(text));
      letter_of[text] = fmt::format("({})", letter);
      letters += (letters.empty() ? "" : "|") + escape_pattern(std::string(1, letter));
      ++letter;
    }
    // Longest first: a choice that begins another one must not hide it.
    std::stable_sort(patterns.begin(), patterns.end(),
                     [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    std::string any;
    for (const std::string& pattern : patterns) any += (any.empty() ? "" : "|") + pattern;
    const RegexFind by_text =
        find_selected(Regex(any, where_), ignored_.without(reply, limit_hit), options_.select);
    if (by_text.text && !by_text.text->empty()) {
      const auto known = letter_of.find(*by_text.text);
      return known == letter_of.end() ? *by_text.text : known->second;
    }
    const Regex behind_colon(R"(:[\s]*()" + letters + ")", where_);
    const RegexFind by_letter = find_selected(behind_colon, reply, options_.select);
    limit_hit = limit_hit || by_text.limit_hit || by_letter.limit_hit;
    return by_letter.text && !by_letter.text->empty() ? "(" + *by_letter.text + ")" : "";
  }

  std::string where_;
  PatternOptions options_;
  IgnoredParts ignored_;
  ChoicesOf choices_of_;
};

}  // namespace

PatternOptions::PatternOptions(const OptionReader& reader)
    : regex(reader.get_string("regex_pattern", R"(#### (\-?[0-9\.\,]+))"), reader.where()),
      select(reader.get_int("group_select", -1'000'000, 1'000'000, 0)),
      fallback(reader.get_string("fallback", "[invalid]")) {}

IgnoredParts::IgnoredParts(const OptionReader& reader)
    : case_(reader.get_bool("ignore_case", false)),
      punctuation_(reader.get_bool("ignore_punctuation", false)) {
  for (const std::string& pattern : reader.get_strings("regexes_to_ignore")) {
    ignored_.emplace_back(pattern, reader.where());
  }
}

std::string IgnoredParts::without(std::string text, bool& limit_hit) const {
  static const Regex kPunctuation(R"(\p{P}+)", "ignore_punctuation");
  const auto remove = [&](const Regex& regex) {
    std::optional<std::string> rest = regex.remove_all(text);
    limit_hit = limit_hit || !rest;
    if (rest) text = std::move(*rest);
  };
  for (const Regex& regex : ignored_) remove(regex);
  if (case_) text = lower_case(text);
  if (punctuation_) remove(kPunctuation);
  return text;
}

std::string escape_pattern(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("()[]{}?*+-|^$\\.&~# \t\n\r\v\f").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::unique_ptr<FilterStep> make_choice_regex_step(const json::Value& step, const std::string& where,
                                                   ChoicesOf choices_of) {
  return std::make_unique<ChoiceRegexStep>(
      OptionReader(step, where,
                   {"function", "regex_pattern", "group_select", "fallback", "ignore_case",
                    "ignore_punctuation", "regexes_to_ignore"}),
      std::move(choices_of));
}

}  // namespace reckon::suites
