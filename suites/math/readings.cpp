#include "suites/math/readings.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"
#include "suites/math/matrix_arithmetic.h"
#include "suites/math/parser.h"

namespace reckon::suites::math {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto outside = [](char c) { return is_space(c) || c == '$' || c == '*'; };
  while (!text.empty() && outside(text.front())) text.remove_prefix(1);
  while (!text.empty() && (outside(text.back()) || text.back() == '.' || text.back() == ','))
    text.remove_suffix(1);
  return text;
}

/// Where the braces end that stand open one within the other at the start of a text; of the outermost few.
class Closings {
 public:
  static constexpr int kMostLevels = 10;

  /// `text` begins with \boxed{; boxes within boxes are told by one pass over it, however many they are.
  explicit Closings(std::string_view text) {
    ends_.fill(nullptr);
    int depth = 0;
    for (std::size_t at = 6; at < text.size(); ++at) {
      if (text[at] == '\\') {
        ++at;
      } else if (text[at] == '{') {
        ++depth;
      } else if (text[at] == '}') {
        --depth;
        if (depth < kMostLevels && ends_[depth] == nullptr) ends_[depth] = text.data() + at + 1;
        if (depth == 0) return;
      }
    }
  }

  /// Behind the brace that closes the box at `level`, 0 for the outermost; nullptr where nothing does.
  const char* end_of(int level) const { return ends_[level]; }

 private:
  std::array<const char*, kMostLevels> ends_;
};

/// The inside of \( \), \[ \] and of a \boxed{} around everything; of ten boxes at most.
std::string_view unwrapped(std::string_view text) {
  std::optional<Closings> closings;
  int boxes = 0;
  while (true) {
    text = trimmed(text);
    const std::size_t before = text.size();
    for (const auto& [open, close] :
         {std::pair<std::string_view, std::string_view>{"\\(", "\\)"}, {"\\[", "\\]"}}) {
      if (text.size() >= 4 && text.substr(0, 2) == open && text.substr(text.size() - 2) == close) {
        text = text.substr(2, text.size() - 4);
      }
    }
    if (boxes < Closings::kMostLevels && text.substr(0, 7) == "\\boxed{" && text.back() == '}') {
      if (!closings) closings.emplace(text);
      if (closings->end_of(boxes) == text.data() + text.size()) {
        text = text.substr(7, text.size() - 8);
        ++boxes;
      }
    }
    if (text.size() == before) return text;
  }
}

bool is_word(const Node& tree) {
  return tree.kind == Kind::variable && !tree.name.empty() && tree.name.front() == '"';
}

/// Words anywhere but as the name on the left of a relation.
bool holds_words(const Tree& tree) {
  if (tree->kind == Kind::relation && tree->args.size() == 2 && is_word(*tree->args[0]))
    return holds_words(tree->args[1]);
  if (is_word(*tree)) return true;
  return std::any_of(tree->args.begin(), tree->args.end(), [](const Tree& arg) { return holds_words(arg); });
}

bool add_reading(Answer& answer, std::string_view text, const ReadingOptions& options, Parse& parse) {
  try {
    parse = parse_tokens(tokens_of(text, options), options);
  } catch (const ParseFailure& failure) {
    if (answer.syntax_error.empty()) answer.syntax_error = failure.reason;
    return false;
  }
  if (holds_words(parse.tree)) {
    answer.declared_text = true;
    return false;
  }
  answer.readings.push_back({with_matrices_computed(parse.tree), parse.units, parse.unevaluated});
  return true;
}

}  // namespace

std::string normal_text(std::string_view answer) {
  std::string text;
  bool space = false;
  const auto add = [&](char c) {
    if (space && !text.empty()) text += ' ';
    space = false;
    text += c;
  };
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const char c = answer[i];
    if (is_space(c) || c == '~' || c == '$' || c == '{' || c == '}') {
      space = true;
    } else if (c == '\\') {
      std::size_t length = 0;
      while (i + 1 + length < answer.size() && is_letter(answer[i + 1 + length])) ++length;
      const std::string_view name = answer.substr(i + 1, length);
      static constexpr std::array<std::string_view, 14> kFonts = {
          "text", "textbf", "textit", "textrm", "mbox",         "mathrm",     "mathbf",
          "left", "right",  "boxed",  "mathit", "operatorname", "textnormal", "quad"};
      if (length == 0) {
        ++i;  // \, \; \! and escaped signs
        space = space || (i < answer.size() && answer[i] != '!');
      } else if (std::find(kFonts.begin(), kFonts.end(), name) != kFonts.end()) {
        i += length;
      } else {
        for (const char letter : name) add(letter);
        i += length;
      }
    } else if (c == '.' && (i + 1 == answer.size() || !is_digit(answer[i + 1]))) {
      // Full stops of abbreviations and sentences.
    } else if (c != '"' && c != '*') {
      add(c);
    }
  }
  if (text.size() > 1) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == ',')) text.pop_back();
  return text;
}

bool is_time_or_date(std::string_view normal) {
  // 4:30, 4:30 pm, 16:05:20
  std::size_t digits = 0;
  while (digits < normal.size() && is_digit(normal[digits])) ++digits;
  if (digits >= 1 && digits <= 2 && normal.substr(digits, 1) == ":" && normal.size() >= digits + 3 &&
      is_digit(normal[digits + 1]) && is_digit(normal[digits + 2])) {
    std::string_view rest = normal.substr(digits + 3);
    while (rest.size() >= 3 && rest[0] == ':' && is_digit(rest[1]) && is_digit(rest[2]))
      rest.remove_prefix(3);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    // "7:32" alone may be a ratio.
    return rest == "am" || rest == "pm" || (rest.empty() && normal.size() >= digits + 6);
  }
  static constexpr std::array<std::string_view, 12> kMonths = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  return std::any_of(kMonths.begin(), kMonths.end(), [normal](std::string_view month) {
    return normal.substr(0, month.size()) == month &&
           normal.find_first_of("0123456789") != std::string_view::npos;
  });
}

namespace {

/// Backslashes doubled on the way through JSON or a programming language: "\\\\frac" is \frac. Within
/// matrices a double backslash ends a row.
std::string with_single_backslashes(std::string_view text) {
  std::string single(text);
  if (text.find("\\\\") == std::string_view::npos || text.find("begin") != std::string_view::npos)
    return single;
  for (std::size_t at = single.find("\\\\"); at != std::string::npos; at = single.find("\\\\", at + 1)) {
    if (at + 2 < single.size() && is_letter(single[at + 2])) single.erase(at, 1);
  }
  return single;
}

}  // namespace

Answer read_answer(std::string_view written, bool decimal_commas) {
  Answer answer;
  const bool in_limit = written.size() <= kMaxAnswerBytes;
  const std::string original = in_limit ? with_single_backslashes(written) : std::string();
  const std::string_view text = unwrapped(in_limit ? original : written);
  if (text.size() > kMaxAnswerBytes) {
    answer.syntax_error = "more than 32,768 bytes (limit)";
    answer.text = text;
    return answer;
  }
  answer.text = normal_text(text);
  if (text.empty()) {
    answer.syntax_error = "nothing";
    return answer;
  }
  if (is_time_or_date(answer.text)) {
    answer.declared_text = true;
    return answer;
  }
  Parse parse;
  ReadingOptions options;
  const bool first = add_reading(answer, text, options, parse);
  const bool commas = first ? parse.ambiguous_commas : text.find(',') != std::string_view::npos;
  const bool slash = first && parse.ambiguous_slash;
  if (commas) {
    options.commas_group_digits = false;
    add_reading(answer, text, options, parse);
    options.commas_group_digits = true;
  }
  if (slash) {
    options.implicit_before_slash = true;
    add_reading(answer, text, options, parse);
    options.implicit_before_slash = false;
  }
  if (decimal_commas && text.find(',') != std::string_view::npos) {
    options.commas_group_digits = false;
    options.comma_is_point = true;
    add_reading(answer, text, options, parse);
  }
  if (!answer.readings.empty()) {
    answer.declared_text = false;
    answer.syntax_error.clear();
  } else if (answer.declared_text) {
    answer.syntax_error.clear();
  }
  return answer;
}

}  // namespace reckon::suites::math
