#include "suites/math/minerva_policy.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>

#include "base/ascii.h"
#include "suites/math/parser.h"
#include "suites/math/prepare.h"
#include "suites/math/value_equality.h"

namespace reckon::suites::math {
namespace {

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The words of the published list; those of letters only are removed as words first and as parts of words
// later.
constexpr std::string_view kWords[] = {"square",   "ways",    "integers", "dollars",  "mph",
                                       "inches",   "ft",      "hours",    "km",       "units",
                                       "sue",      "points",  "feet",     "minutes",  "digits",
                                       "cents",    "degrees", "cm",       "gm",       "pounds",
                                       "meters",   "meals",   "edges",    "students", "childrentickets",
                                       "multiples"};
constexpr std::string_view kSigns[] = {"\\ldots",      "\\text{s}",  "\\text{.}",  "\\text{\ns}",
                                       "\\text{}^2",   "\\text{}^3", "\\text{\n}", "\\text{}",
                                       "\\mathrm{th}", "^\\circ",    "^{\\circ}",  "\\;",
                                       ",\\!",         "{,}",        "\"",         "\\dots"};
constexpr std::pair<std::string_view, std::string_view> kSubstitutions[] = {
    {"an ", ""}, {"a ", ""},       {".$", "$"},           {"\\$", ""},          {"\\ ", ""},
    {" ", ""},   {"mbox", "text"}, {",\\text{and}", ","}, {"\\text{and}", ","}, {"\\text{m}", "\\text{}"}};

void replace_all(std::string& text, std::string_view before, std::string_view after) {
  std::string result;
  std::size_t from = 0;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, from)) {
    result.append(text, from, at - from);
    result += after;
    from = at + before.size();
  }
  if (from == 0) return;
  result.append(text, from);
  text = std::move(result);
}

/// Whole words that no backslash precedes.
void remove_words(std::string& text, std::string_view word) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const bool matches = text.compare(at, word.size(), word) == 0 &&
                         (at == 0 || (!is_word_character(text[at - 1]) && text[at - 1] != '\\')) &&
                         (at + word.size() >= text.size() || !is_word_character(text[at + word.size()]));
    if (matches) {
      at += word.size();
    } else {
      result += text[at++];
    }
  }
  text = std::move(result);
}

/// Anywhere but in the names of commands.
void remove_outside_commands(std::string& text, std::string_view word) {
  std::string result;
  std::string segment;
  const auto flush = [&] {
    replace_all(segment, word, "");
    result += segment;
    segment.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\' && at + 1 < text.size() && is_letter(text[at + 1])) {
      flush();
      result += text[at++];
      while (at < text.size() && is_letter(text[at])) result += text[at++];
    } else {
      segment += text[at++];
    }
  }
  flush();
  text = std::move(result);
}

/// \name{inside} becomes inside; `greedy`: up to the last brace.
void open_command(std::string& text, std::string_view name, bool greedy) {
  const std::string start = "\\" + std::string(name) + "{";
  std::string result;
  std::size_t from = 0;
  while (true) {
    const std::size_t at = text.find(start, from);
    const std::size_t end = at == std::string::npos ? at
                            : greedy                ? text.rfind('}')
                                                    : text.find('}', at + start.size());
    if (at == std::string::npos || end == std::string::npos || end < at + start.size()) break;
    result.append(text, from, at - from);
    result.append(text, at + start.size(), end - at - start.size());
    from = end + 1;
  }
  result.append(text, from);
  text = std::move(result);
}

/// \fracab, \sqrta and \sqrt[3]a with braces.
void brace_shorthand(std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 4, "frac") == 0 && at + 5 < text.size() && text[at + 4] != '{') {
      result += std::string("frac{") + text[at + 4] + "}{" + text[at + 5] + "}";
      at += 6;
    } else if (text.compare(at, 4, "sqrt") == 0 && at + 4 < text.size() && text[at + 4] != '{') {
      std::size_t index_end = at + 4;
      if (text[at + 4] == '[') {
        index_end = text.find(']', at);
        if (index_end == std::string::npos || index_end + 1 >= text.size() ||
            !is_word_character(text[index_end + 1])) {
          result += text.substr(at, 4);
          at += 4;
          continue;
        }
        ++index_end;
      }
      result += text.substr(at, index_end - at) + "{" + text[index_end] + "}";
      at = index_end + 1;
    } else {
      result += text[at++];
    }
  }
  text = std::move(result);
}

bool is_grouped_integer(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at < 1 || at > 3 || at == text.size()) return false;
  for (; at < text.size(); at += 4) {
    if (text.size() < at + 4 || text[at] != ',' || !is_digit(text[at + 1]) || !is_digit(text[at + 2]) ||
        !is_digit(text[at + 3]))
      return false;
  }
  return true;
}

/// Constants are letters to that parser.
Tree with_plain_letters(const Tree& tree) {
  if (tree->kind == Kind::pi) return make_leaf(Kind::variable, "pi");
  if (tree->kind == Kind::euler) return make_leaf(Kind::variable, "e");
  if (tree->kind == Kind::imaginary_unit) return make_leaf(Kind::variable, "i");
  if (tree->kind == Kind::ratio && tree->args.size() == 2) {
    return quotient(with_plain_letters(tree->args[0]), with_plain_letters(tree->args[1]));
  }
  if (tree->args.empty()) return tree;
  auto node = std::make_shared<Node>(*tree);
  for (Tree& arg : node->args) arg = with_plain_letters(arg);
  return node;
}

std::optional<Tree> value_of(const std::string& text) {
  try {
    ReadingOptions options;
    options.mixed_numbers = false;
    const Tree tree = with_plain_letters(parse_tokens(tokens_of(text, options), options).tree);
    // parse_latex reads no percent sign.
    const bool percent = any_node(*tree, [](const Node& node) { return node.kind == Kind::percent; });
    if (!is_value(*tree) || percent) return std::nullopt;
    return prepare(tree, PercentMeaning::hundredth);
  } catch (const ParseFailure&) {
    return std::nullopt;
  }
}

}  // namespace

std::string minerva_text(std::string_view answer) {
  // memrchr passes over a megabyte ten times as fast as rfind.
  if (const void* equals = answer.empty() ? nullptr : memrchr(answer.data(), '=', answer.size())) {
    answer.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(equals) - answer.data()) + 1);
  }
  std::string text(answer);
  if (text.size() > kMaxAnswerBytes) return text;
  for (const std::string_view word : kWords) remove_words(text, word);
  for (const auto& [before, after] : kSubstitutions) replace_all(text, before, after);
  for (const std::string_view word : kWords) remove_outside_commands(text, word);
  for (const std::string_view sign : kSigns) replace_all(text, sign, "");
  const std::size_t first = text.find('$');
  const std::size_t second = first == std::string::npos ? first : text.find('$', first + 1);
  if (second != std::string::npos) text = text.substr(first, second - first + 1);
  open_command(text, "text", false);
  open_command(text, "textbf", false);
  open_command(text, "overline", false);
  open_command(text, "boxed", true);
  brace_shorthand(text);
  std::erase(text, '$');
  if (is_grouped_integer(text)) std::erase(text, ',');
  return text;
}

Judgement judge_minerva(std::string_view gold, std::string_view answer) {
  const std::string a = minerva_text(gold);
  const std::string b = minerva_text(answer);
  if (!a.empty() && a == b) return {true, Evidence::text_match, "the same normal form: " + a.substr(0, 200)};
  const std::optional<Tree> first = value_of(a);
  const std::optional<Tree> second = first ? value_of(b) : std::nullopt;
  if (first && second) {
    Judgement judgement = compare_prepared(*first, *second);
    judgement.detail += "; normal forms " + a.substr(0, 100) + " and " + b.substr(0, 100);
    return judgement;
  }
  return {false, Evidence::text_differs, "normal forms " + a.substr(0, 100) + " and " + b.substr(0, 100)};
}

}  // namespace reckon::suites::math
