// Extraction rules that look for fixed marks in the text.

#include <algorithm>

#include "base/error.h"
#include "suites/config/option_reader.h"
#include "suites/extraction/boxed.h"
#include "suites/extraction/extraction_rules.h"
#include "suites/extraction/number_token.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

std::optional<std::string> owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(std::string(trim(*text))) : std::nullopt;
}

std::string_view line_from(std::string_view text, std::size_t begin) {
  return text.substr(begin, std::min(text.find_first_of("\r\n", begin), text.size()) - begin);
}

class LastBoxed : public ExtractionRule {
 public:
  std::optional<std::string> apply(std::string_view text, std::string&) const override {
    return owned(last_boxed(text));
  }
  std::string name() const override { return "last_boxed"; }
};

class AfterHashes : public ExtractionRule {
 public:
  std::optional<std::string> apply(std::string_view text, std::string&) const override {
    const std::size_t found = text.rfind("####");
    if (found == std::string_view::npos) {
      return std::nullopt;
    }
    std::string_view rest = trim(line_from(text, found + 4));
    if (rest.starts_with(':')) {
      rest = trim(rest.substr(1));
    }
    return rest.empty() ? std::nullopt : owned(rest);
  }
  std::string name() const override { return "after_hashes"; }
};

class TheAnswerIs : public ExtractionRule {
 public:
  explicit TheAnswerIs(std::vector<std::string> phrases) : phrases_(std::move(phrases)) {
    for (std::string& phrase : phrases_) {
      phrase = lower_case(phrase);
    }
  }

  std::optional<std::string> apply(std::string_view text, std::string&) const override {
    const std::string low = lower_ascii(text);
    std::size_t begin = std::string::npos;
    for (const std::string& phrase : phrases_) {
      const std::size_t found = low.rfind(phrase);
      if (found != std::string::npos && (begin == std::string::npos || found + phrase.size() > begin)) {
        begin = found + phrase.size();
      }
    }
    if (begin == std::string::npos) {
      return std::nullopt;
    }
    std::string_view rest = line_from(text, begin);
    rest = without_marks(rest);
    if (rest.starts_with(':')) {
      rest = without_marks(rest.substr(1));
    }
    if (trim(rest).empty()) {  // "The answer is:" and the answer on the next line
      const std::size_t next = text.find_first_not_of(" \t\r\n*:", std::min(begin, text.size()));
      rest = next == std::string_view::npos ? std::string_view() : without_marks(line_from(text, next));
    }
    const std::string_view answer = without_marks(rest.substr(0, sentence_end(rest)));
    return answer.empty() ? std::nullopt : owned(answer);
  }
  std::string name() const override { return "the_answer_is"; }

 private:
  /// A full stop followed by white space or the end closes the sentence; one inside a number does not.
  static std::size_t sentence_end(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '.' &&
          (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '*' || text[i + 1] == '\t')) {
        return i;
      }
    }
    return text.size();
  }
  /// Bold and italic marks of Markdown around an answer.
  static std::string_view without_marks(std::string_view text) {
    text = trim(text);
    while (text.starts_with('*')) {
      text.remove_prefix(1);
    }
    while (text.ends_with('*')) {
      text.remove_suffix(1);
    }
    return trim(text);
  }

  std::vector<std::string> phrases_;
};

class FinalLine : public ExtractionRule {
 public:
  std::optional<std::string> apply(std::string_view text, std::string&) const override {
    text = trim(text);
    if (text.empty()) {
      return std::nullopt;
    }
    const std::size_t found = text.find_last_of("\r\n");
    return owned(found == std::string_view::npos ? text : text.substr(found + 1));
  }
  std::string name() const override { return "final_line"; }
};

class LastNumber : public ExtractionRule {
 public:
  std::optional<std::string> apply(std::string_view text, std::string&) const override {
    return owned(last_number_token(text));
  }
  std::string name() const override { return "last_number"; }
};

class Whole : public ExtractionRule {
 public:
  std::optional<std::string> apply(std::string_view text, std::string&) const override {
    return trim(text).empty() ? std::nullopt : owned(text);
  }
  std::string name() const override { return "whole"; }
};

}  // namespace

std::unique_ptr<ExtractionRule> make_last_boxed(const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<LastBoxed>();
}

std::unique_ptr<ExtractionRule> make_after_hashes(const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<AfterHashes>();
}

std::unique_ptr<ExtractionRule> make_the_answer_is(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"phrases"});
  std::vector<std::string> phrases = reader.get_strings("phrases");
  if (phrases.empty()) {
    phrases = {"the answer is", "answer:"};
  }
  for (const std::string& phrase : phrases) {
    if (phrase.empty()) {
      fail_input("{}: an empty phrase stands everywhere", where);
    }
  }
  return std::make_unique<TheAnswerIs>(std::move(phrases));
}

std::unique_ptr<ExtractionRule> make_final_line(const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<FinalLine>();
}

std::unique_ptr<ExtractionRule> make_last_number(const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<LastNumber>();
}

std::unique_ptr<ExtractionRule> make_whole(const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<Whole>();
}

}  // namespace reckon::suites
