// Filters of bbh's zero-shot tasks.

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "suites/filters/choice_regex_step.h"
#include "suites/functions/number_words.h"
#include "suites/functions/task_functions.h"
#include "suites/prompts/python_values.h"
#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

const std::vector<std::string> kExtendedOptions = {"function",         "regex_pattern", "group_select",
                                                   "fallback",         "ignore_case",   "ignore_punctuation",
                                                   "regexes_to_ignore"};

/// The choices in the question: what stands behind "(A)", "(B)" ... on a line.
std::vector<std::string> choices_in_question(const json::Value& doc) {
  static const Regex kChoice(R"(\([A-Z]\)([^\n^(]*))", "bbh.MultiChoiceRegexFilter");
  const std::string input = text_field(doc, "input");
  std::vector<std::string> choices;
  for (const RegexMatch& match : kChoice.find_all(input).all) choices.emplace_back(match.text(input, 1));
  return choices;
}

/// A number in digits by the pattern, else one in English words.
class NumberParse : public ReplyStep {
 public:
  explicit NumberParse(const OptionReader& reader) : options_(reader) {}

  void apply_one(Extraction& reply, const json::Value&) const override {
    const RegexFind digits = find_selected(options_.regex, reply.answer, options_.select);
    std::string answer = digits.text.value_or("");
    bool limit_hit = digits.limit_hit;
    if (answer.empty()) {
      const RegexFind words =
          find_selected(number_words_pattern(), lower_case(reply.answer), options_.select);
      limit_hit = limit_hit || words.limit_hit;
      if (words.text) {
        const std::optional<std::int64_t> value = number_of_words(*words.text);
        answer = value ? std::to_string(*value) : "";
      }
    }
    set_answer(reply, answer, "NumberParseRegexFilter", options_.fallback,
               limit_hit ? &options_.regex : nullptr);
  }

 private:
  PatternOptions options_;
};

/// The value of the first pattern that matches what the joined patterns find.
class MapRegex : public ReplyStep {
 public:
  explicit MapRegex(const OptionReader& reader)
      : any_(joined(reader), reader.where()),
        select_(reader.get_int("group_select", -1'000'000, 1'000'000, 0)),
        fallback_(reader.get_string("fallback", "[invalid]")),
        ignored_(reader) {
    for (const auto& member : reader.find("regex_pattern_to_value")->GetObject()) {
      values_.emplace_back(Regex({member.name.GetString(), member.name.GetStringLength()}, reader.where()),
                           python_text(member.value));
    }
  }

  void apply_one(Extraction& reply, const json::Value&) const override {
    bool limit_hit = false;
    const RegexFind whole = find_selected(any_, ignored_.without(reply.answer, limit_hit), select_);
    limit_hit = limit_hit || whole.limit_hit;
    std::string answer;
    if (whole.text && !whole.text->empty()) {
      const std::string text = ignored_.without(*whole.text, limit_hit);
      for (const auto& [regex, value] : values_) {
        const RegexFind find = find_selected(regex, text, select_);
        if (find.text && !find.text->empty()) {
          answer = value;
          break;
        }
      }
    }
    set_answer(reply, answer, "MapRegexFilter", fallback_, limit_hit ? &any_ : nullptr);
  }

 private:
  static std::string joined(const OptionReader& reader) {
    const json::Value* mapping = reader.find("regex_pattern_to_value");
    if (mapping == nullptr || !mapping->IsObject() || mapping->ObjectEmpty()) {
      fail_input("{}: 'regex_pattern_to_value' must map patterns to values", reader.where());
    }
    std::string pattern;
    for (const auto& member : mapping->GetObject()) {
      pattern +=
          (pattern.empty() ? "" : "|") + std::string(member.name.GetString(), member.name.GetStringLength());
    }
    return pattern;
  }

  Regex any_;
  std::int64_t select_;
  std::string fallback_;
  IgnoredParts ignored_;
  std::vector<std::pair<Regex, std::string>> values_;
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while ((begin = text.find_first_not_of(" \t\n\r\v\f", begin)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t\n\r\v\f", begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

/// The words of the question's list as the reply orders them, each where it stands last.
class WordSort : public ReplyStep {
 public:
  explicit WordSort(std::string where) : where_(std::move(where)) {}

  void apply_one(Extraction& reply, const json::Value& doc) const override {
    const std::string input = text_field(doc, "input");
    const std::size_t list = input.find("List:");
    if (list == std::string::npos) {
      fail_input("{}: the document's 'input' holds no \"List:\"", where_);
    }
    const std::size_t begin = list + std::string_view("List:").size();
    std::string pattern;
    for (const std::string& word : words_of(input.substr(begin, input.find("List:", begin) - begin))) {
      pattern += (pattern.empty() ? R"(\b)" : R"(|\b)") + word + R"(\b)";
    }
    std::vector<std::string> ordered;
    for (const RegexMatch& match : Regex(pattern, where_).find_all(reply.answer).all) {
      const std::string word(match.text(reply.answer, 0));
      std::erase(ordered, word);
      ordered.push_back(word);
    }
    std::string answer;
    for (const std::string& word : ordered) answer += (answer.empty() ? "" : " ") + word;
    set_answer(reply, answer, "WordSortFilter", "", nullptr);
  }

 private:
  std::string where_;
};

}  // namespace

const std::map<std::string, FilterFunction>& bbh_filter_functions() {
  static const std::map<std::string, FilterFunction> kFunctions = {
      {"bbh.MultiChoiceRegexFilter",
       [](const json::Value& step, const std::string& where) {
         return make_choice_regex_step(step, where, choices_in_question);
       }},
      {"bbh.NumberParseRegexFilter",
       [](const json::Value& step, const std::string& where) {
         return std::make_unique<NumberParse>(OptionReader(step, where, kExtendedOptions));
       }},
      {"bbh.MapRegexFilter",
       [](const json::Value& step, const std::string& where) {
         return std::make_unique<MapRegex>(
             OptionReader(step, where,
                          {"function", "regex_pattern_to_value", "group_select", "fallback", "ignore_case",
                           "ignore_punctuation", "regexes_to_ignore"}));
       }},
      {"bbh.WordSortFilter", [](const json::Value& step, const std::string& where) {
         const OptionReader none(step, where, {"function"});
         return std::make_unique<WordSort>(where);
       }}};
  return kFunctions;
}

}  // namespace reckon::suites
