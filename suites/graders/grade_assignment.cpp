// Who is what: "Ann is a knight, Bob and Cid are knaves" parsed person by person.

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/ranges.h>

#include "base/error.h"
#include "suites/config/option_reader.h"
#include "suites/graders/graders.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

/// Between a name and what it is: anything else ends the statement ("Ann says that Bob is a knight").
constexpr std::array kLinks = {"is",        "are",  "was",    "a",          "an",      "the",   "and",
                               "both",      "must", "be",     "all",        "so",      "hence", "thus",
                               "therefore", "also", "indeed", "definitely", "not",     "isn't", "aren't",
                               "to",        "has",  "have",   "while",      "whereas", "but"};
constexpr std::array kNegations = {"not", "isn't", "aren't"};

template <std::size_t n>
bool contains(const std::array<const char*, n>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct Token {
  enum class Kind { word, colon, mark, line_end } kind = Kind::word;
  std::string text;  ///< of a word, in lower case
};

/// Words in lower case, and the marks that end statements. LaTeX and Markdown around words go; a number in
/// brackets before a name ("(1) Ann") is no word.
std::vector<Token> tokens_of(std::string_view text) {
  std::string plain = lower_case(text);
  for (const std::string_view command : {"\\text", "\\textbf", "\\mathrm", "\\mbox", "\\boxed"}) {
    plain = replace_all(plain, command, "");
  }
  plain = replace_all(plain, "\\\\", "\n");
  std::vector<Token> tokens;
  std::string word;
  const auto end_word = [&] {
    const bool number =
        !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!word.empty() && !number) tokens.push_back({Token::Kind::word, word});
    word.clear();
  };
  for (const char c : plain) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80U || c == '_' || c == '\'';
    if (letter) {
      word += c;
      continue;
    }
    end_word();
    if (c == ':' || c == '=') tokens.push_back({Token::Kind::colon, ""});
    if (c == '.' || c == ';' || c == '?' || c == '!') tokens.push_back({Token::Kind::mark, ""});
    if (c == '\n') tokens.push_back({Token::Kind::line_end, ""});
  }
  end_word();
  return tokens;
}

class Assignment : public Grader {
 public:
  explicit Assignment(const OptionReader& reader) : values_(reader.get_strings("values")) {
    if (values_.empty()) values_ = {"knight", "knave"};
    for (std::string& value : values_) value = lower_case(value);
  }

  Grade grade(std::string_view gold, std::string_view answer) const override {
    const std::map<std::string, std::string> expected = parse(gold, {});
    const std::map<std::string, std::string> given = parse(answer, expected);
    std::size_t right = 0;
    std::vector<std::string> faults;
    for (const auto& [person, value] : expected) {
      const auto found = given.find(person);
      if (found != given.end() && found->second == value) {
        ++right;
      } else {
        faults.push_back(found == given.end()
                             ? fmt::format("{} is missing", person)
                             : fmt::format("{} is a {}, not a {}", person, value, found->second));
      }
    }
    Grade grade;
    grade.correct = !expected.empty() && right == expected.size();
    grade.credit = expected.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(expected.size());
    grade.why = fmt::format("{} of {} right{}{}", right, expected.size(), faults.empty() ? "" : ": ",
                            shortened(fmt::format("{}", fmt::join(faults, ", ")), 160));
    return grade;
  }

  std::string complaint_about_gold(std::string_view gold) const override {
    return parse(gold, {}).empty()
               ? fmt::format("says of nobody what they are ({})", fmt::join(values_, ", "))
               : "";
  }

  std::string name() const override { return "assignment"; }

 private:
  /// "knights" is "knight" of several.
  std::optional<std::string> value_of(const std::string& word) const {
    for (const std::string& value : values_) {
      const bool plural = word.size() == value.size() + 1 && word.back() == 's' && word.starts_with(value);
      if (word == value || plural) return value;
    }
    return std::nullopt;
  }

  /// What the text says of each person; of several statements about one the last counts. `known`: the people
  /// that can be meant; empty: any word is a name (the gold answer).
  std::map<std::string, std::string> parse(std::string_view text,
                                           const std::map<std::string, std::string>& known) const {
    std::map<std::string, std::string> found;
    std::vector<std::string> pending;  // named, and not yet said what they are
    std::string heading;               // "Knights:" before the names
    bool negated = false;
    bool after_value = false;
    std::string last_value;
    for (const Token& token : tokens_of(text)) {
      if (token.kind == Token::Kind::colon) {
        if (after_value) heading = last_value;
        after_value = false;
        continue;
      }
      if (token.kind != Token::Kind::word) {
        if (token.kind == Token::Kind::mark) heading.clear();
        pending.clear();
        negated = false;
        continue;
      }
      after_value = false;
      if (const std::optional<std::string> value = value_of(token.text)) {
        const std::string meant = negated ? other_than(*value) : *value;
        for (const std::string& person : pending) {
          if (!meant.empty()) found[person] = meant;
        }
        after_value = pending.empty();
        last_value = *value;
        pending.clear();
        heading.clear();
        negated = false;
      } else if (contains(kLinks, token.text)) {
        negated = negated || contains(kNegations, token.text);
      } else if (known.empty() || known.contains(token.text)) {
        if (heading.empty()) {
          pending.push_back(token.text);
        } else {
          found[token.text] = heading;
        }
      } else {
        pending.clear();
        heading.clear();
        negated = false;
      }
    }
    return found;
  }

  /// What someone is who is not `value`: known where there are two.
  std::string other_than(const std::string& value) const {
    if (values_.size() != 2) return "";
    return values_[0] == value ? values_[1] : values_[0];
  }

  std::vector<std::string> values_;
};

}  // namespace

std::unique_ptr<Grader> make_assignment(const json::Value& options, const std::string& where) {
  return std::make_unique<Assignment>(OptionReader(options, where, {"values"}));
}

}  // namespace reckon::suites
