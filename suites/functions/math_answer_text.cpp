#include "suites/functions/math_answer_text.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

using Texts = std::vector<std::string>;

Texts split(std::string_view text, std::string_view separator) {
  Texts parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(separator); at != std::string_view::npos;
       at = text.find(separator, begin)) {
    parts.emplace_back(text.substr(begin, at - begin));
    begin = at + separator.size();
  }
  parts.emplace_back(text.substr(begin));
  return parts;
}

/// Bytes of the first character.
std::size_t first_length(std::string_view text) {
  const utf8::Decoded first = utf8::decode(text, 0);
  return first.length == 0 ? 1 : static_cast<std::size_t>(first.length);
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// \frac12 -> \frac{1}{2}, \frac1{72} -> \frac{1}{72}. nullopt: a \frac with nothing behind it.
std::optional<std::string> with_braced_fractions(const std::string& text) {
  const Texts parts = split(text, "\\frac");
  std::string result = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    if (part.empty()) {
      return std::nullopt;
    }
    if (part[0] == '{') {
      result += "\\frac" + part;
      continue;
    }
    const std::size_t a = first_length(part);
    if (a >= part.size()) {
      return text;
    }
    const std::string rest = part.substr(a);
    result += "\\frac{" + part.substr(0, a) + "}";
    const std::size_t b = first_length(rest);
    result += rest[0] == '{' ? rest : "{" + rest.substr(0, b) + "}" + rest.substr(b);
  }
  return result;
}

/// \sqrt3 -> \sqrt{3}. nullopt: a \sqrt with nothing behind it.
std::optional<std::string> with_braced_roots(const std::string& text) {
  const Texts parts = split(text, "\\sqrt");
  std::string result = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].empty()) {
      return std::nullopt;
    }
    const std::size_t length = first_length(parts[i]);
    result += parts[i][0] == '{' ? "\\sqrt" + parts[i]
                                 : "\\sqrt{" + parts[i].substr(0, length) + "}" + parts[i].substr(length);
  }
  return result;
}

/// What Python's int() reads, of ASCII digits.
bool reads_as_integer(std::string_view text) {
  static const Regex kInteger(R"(^[+-]?[0-9]+(?:_[0-9]+)*\z)", "integer");
  return !kInteger.find_all(text, 1).all.empty();
}

bool is_plain_integer(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos &&
         (digits[0] != '0' || text == "0");
}

/// a/b -> \frac{a}{b} for integers. nullopt: one slash, but no integers around it.
std::optional<std::string> with_slash_as_fraction(const std::string& text) {
  const Texts parts = split(text, "/");
  if (parts.size() != 2) {
    return text;
  }
  if (!reads_as_integer(parts[0]) || !reads_as_integer(parts[1])) {
    return std::nullopt;
  }
  return is_plain_integer(parts[0]) && is_plain_integer(parts[1])
             ? "\\frac{" + parts[0] + "}{" + parts[1] + "}"
             : text;
}

std::optional<std::string> hendrycks_normal_form(std::string_view answer) {
  std::string text(answer);
  for (const auto& [from, to] : {std::pair{"\n", ""},
                                 {"\\!", ""},
                                 {"\\\\", "\\"},
                                 {"tfrac", "frac"},
                                 {"dfrac", "frac"},
                                 {"\\left", ""},
                                 {"\\right", ""},
                                 {"^{\\circ}", ""},
                                 {"^\\circ", ""},
                                 {"\\$", ""}}) {
    text = replace_all(text, from, to);
  }
  const Texts units = split(text, "\\text{ ");
  if (units.size() > 2) {
    return std::nullopt;
  }
  text = units[0];
  for (const auto& [from, to] : {std::pair{"\\%", ""}, {" .", " 0."}, {"{.", "{0."}}) {
    text = replace_all(text, from, to);
  }
  if (text.empty()) {
    return text;
  }
  if (text[0] == '.') {
    text = "0" + text;
  }
  if (const Texts sides = split(text, "="); sides.size() == 2 && characters(sides[0]) <= 2) {
    text = sides[1];
  }
  std::optional<std::string> form = with_braced_roots(text);
  if (form) {
    form = with_braced_fractions(replace_all(*form, " ", ""));
  }
  if (form && *form == "0.5") {
    form = "\\frac{1}{2}";
  }
  return form ? with_slash_as_fraction(*form) : std::nullopt;
}

/// re.sub with a function of the match.
std::string substitute(const Regex& regex, const std::string& text,
                       const std::function<std::string(const RegexMatch&)>& replacement) {
  std::string result;
  std::size_t done = 0;
  for (const RegexMatch& match : regex.find_all(text).all) {
    result += text.substr(done, match.groups[0].begin - done) + replacement(match);
    done = match.groups[0].end;
  }
  return result + text.substr(done);
}

// Units and fillers that carry no value, in the order in which they are taken out.
constexpr std::array kUnitWords = {"square",       "ways",
                                   "integers",     "dollars",
                                   "mph",          "inches",
                                   "ft",           "hours",
                                   "km",           "units",
                                   "\\ldots",      "sue",
                                   "points",       "feet",
                                   "minutes",      "digits",
                                   "cents",        "degrees",
                                   "cm",           "gm",
                                   "pounds",       "meters",
                                   "meals",        "edges",
                                   "students",     "childrentickets",
                                   "multiples",    "\\text{s}",
                                   "\\text{.}",    "\\text{\ns}",
                                   "\\text{}^2",   "\\text{}^3",
                                   "\\text{\n}",   "\\text{}",
                                   "\\mathrm{th}", "^\\circ",
                                   "^{\\circ}",    "\\;",
                                   ",\\!",         "{,}",
                                   "\"",           "\\dots"};

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// Takes `word` out wherever it stands outside a LaTeX command name.
std::string without_word(const std::string& text, std::string_view word) {
  static const Regex kCommand(R"(\\[a-zA-Z]+)", "minerva_math");
  std::string result;
  std::size_t done = 0;
  for (const RegexMatch& match : kCommand.find_all(text).all) {
    result += replace_all(text.substr(done, match.groups[0].begin - done), word, "");
    result += match.text(text, 0);
    done = match.groups[0].end;
  }
  return result + replace_all(text.substr(done), word, "");
}

struct Rewrite {
  Regex pattern;
  std::string (*replacement)(const RegexMatch&, std::string_view);
};

std::string second_group(const RegexMatch& match, std::string_view text) {
  return std::string(match.text(text, 2));
}

const std::vector<Rewrite>& minerva_rewrites() {
  static const std::vector<Rewrite> kRewrites = [] {
    std::vector<Rewrite> rewrites;
    const auto add = [&](const char* pattern, decltype(Rewrite::replacement) replacement) {
      rewrites.push_back({Regex(pattern, "minerva_math"), replacement});
    };
    add(R"((.*?)(\$)(.*?)(\$)(.*))",
        [](const RegexMatch& m, std::string_view text) { return "$" + std::string(m.text(text, 3)) + "$"; });
    add(R"((\\text\{)(.*?)(\}))", second_group);
    add(R"((\\textbf\{)(.*?)(\}))", second_group);
    add(R"((\\overline\{)(.*?)(\}))", second_group);
    add(R"((\\boxed\{)(.*)(\}))", second_group);
    add(R"((frac)([^{])(.))", [](const RegexMatch& m, std::string_view text) {
      return "frac{" + std::string(m.text(text, 2)) + "}{" + std::string(m.text(text, 3)) + "}";
    });
    add(R"((sqrt)(\[[^\]]*\])(\w))", [](const RegexMatch& m, std::string_view text) {
      return "sqrt" + std::string(m.text(text, 2)) + "{" + std::string(m.text(text, 3)) + "}";
    });
    add(R"((sqrt)(?!\[)([^{]))", [](const RegexMatch& m, std::string_view text) {
      return "sqrt{" + std::string(m.text(text, 2)) + "}";
    });
    return rewrites;
  }();
  return kRewrites;
}

/// Unit words between word boundaries, as long as white space still parts them.
const std::vector<Regex>& whole_unit_words() {
  static const std::vector<Regex> kPatterns = [] {
    std::vector<Regex> patterns;
    for (const char* word : kUnitWords) {
      if (is_word(word)) {
        patterns.emplace_back(std::string(R"((?<!\\)\b)") + word + R"(\b)", "minerva_math");
      }
    }
    return patterns;
  }();
  return kPatterns;
}

}  // namespace

std::optional<std::string> last_boxed_of_harness(std::string_view text) {
  constexpr std::string_view kSpaced = "\\boxed ";
  constexpr std::string_view kBraced = "\\boxed{";
  if (const std::size_t at = text.rfind(kSpaced); at != std::string_view::npos) {
    const std::string_view behind = text.substr(at + kSpaced.size());
    return std::string(behind.substr(0, behind.find('$')));
  }
  const std::size_t at = text.rfind("\\boxed");
  if (at == std::string_view::npos || !text.substr(at).starts_with(kBraced)) {
    return std::nullopt;
  }
  int open = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    open += text[i] == '{' ? 1 : 0;
    if (text[i] == '}' && --open == 0) {
      return std::string(text.substr(at + kBraced.size(), i - at - kBraced.size()));
    }
  }
  return std::nullopt;
}

bool hendrycks_equal(std::string_view answer, std::string_view gold) {
  const std::optional<std::string> a = hendrycks_normal_form(answer);
  const std::optional<std::string> b = hendrycks_normal_form(gold);
  return a && b ? *a == *b : answer == gold;
}

std::string minerva_normal_form(std::string_view answer) {
  static const Regex kThousands(R"(^-?\d{1,3}(,\d{3})+\z)", "minerva_math");
  std::string text = split(answer, "=").back();
  for (const Regex& word : whole_unit_words()) {
    text = word.remove_all(text).value_or(text);
  }
  for (const auto& [from, to] : {std::pair{"an ", ""},
                                 {"a ", ""},
                                 {".$", "$"},
                                 {"\\$", ""},
                                 {"\\ ", ""},
                                 {" ", ""},
                                 {"mbox", "text"},
                                 {",\\text{and}", ","},
                                 {"\\text{and}", ","},
                                 {"\\text{m}", "\\text{}"}}) {
    text = replace_all(text, from, to);
  }
  for (const char* word : kUnitWords) {
    text = is_word(word) ? without_word(text, word) : replace_all(text, word, "");
  }
  for (const Rewrite& rewrite : minerva_rewrites()) {
    const std::string before = text;
    text = substitute(rewrite.pattern, before,
                      [&](const RegexMatch& match) { return rewrite.replacement(match, before); });
  }
  text = replace_all(text, "$", "");
  return !kThousands.find_all(text, 1).all.empty() ? replace_all(text, ",", "") : text;
}

}  // namespace reckon::suites
