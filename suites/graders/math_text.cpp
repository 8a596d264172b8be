#include "suites/graders/math_text.h"

#include <cctype>
#include <optional>

#include "suites/extraction/boxed.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Replaces a command only where its name ends there: \left but not \leftarrow.
std::string replace_command(const std::string& text, std::string_view command, std::string_view to) {
  std::string result;
  std::size_t i = 0;
  for (std::size_t found = text.find(command); found != std::string::npos;
       found = text.find(command, found + 1)) {
    const std::size_t end = found + command.size();
    if (end < text.size() && is_letter(command.back()) && is_letter(text[end])) {
      continue;
    }
    result.append(text, i, found - i);
    result += to;
    i = end;
  }
  result.append(text, i, std::string::npos);
  return result;
}

/// Index behind the brace group that opens at `open`; npos when it does not close.
std::size_t group_end(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

/// \text{...} and its kin: a unit (a number and nothing else before it, nothing of weight behind it) goes,
/// other content stays.
std::string without_text_commands(std::string text) {
  for (const std::string_view command : {"\\textbf", "\\textit", "\\textrm", "\\textnormal", "\\text",
                                         "\\mbox", "\\mathrm", "\\mathbf", "\\operatorname"}) {
    std::size_t from = 0;
    for (std::size_t at = text.find(command, from); at != std::string::npos; at = text.find(command, from)) {
      std::size_t open = at + command.size();
      while (open < text.size() && text[open] == ' ') {
        ++open;
      }
      if (open >= text.size() || text[open] != '{') {
        from = at + command.size();
        continue;
      }
      const std::size_t end = group_end(text, open);
      if (end == std::string::npos) {
        break;
      }
      const std::string content = text.substr(open + 1, end - open - 2);
      std::string_view before = trim(std::string_view(text).substr(0, at));
      std::string_view behind = trim(std::string_view(text).substr(end));
      if (behind.starts_with('^')) {  // "\text{ inches}^2"
        behind.remove_prefix(1);
        if (behind.starts_with('{') && behind.find('}') != std::string_view::npos) {
          behind.remove_prefix(behind.find('}') + 1);
        } else if (!behind.empty()) {
          behind.remove_prefix(1);
        }
        behind = trim(behind);
      }
      const bool unit =
          !before.empty() &&
          (is_digit(before.back()) || before.back() == '}' || before.back() == ')' || before.back() == '$') &&
          before.find_first_of("0123456789") != std::string_view::npos &&
          (behind.empty() || behind == "." || behind == "$") &&
          content.find_first_of("0123456789") == std::string::npos;
      const std::string kept = unit ? std::string() : content;
      const std::size_t rest = unit ? text.size() : end;
      text = text.substr(0, at) + kept + text.substr(rest);
      from = at;
      if (unit) {
        return text;
      }
    }
  }
  return text;
}

/// Arguments of \frac and \sqrt in braces: \frac12, \frac1{2}, \frac{1}2, \sqrt2.
std::string with_braces(const std::string& text, std::string_view command, int arguments) {
  std::string result;
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.compare(i, command.size(), command) != 0 ||
        (i + command.size() < text.size() && is_letter(text[i + command.size()]) && command == "\\frac")) {
      result += text[i++];
      continue;
    }
    result += command;
    i += command.size();
    for (int argument = 0; argument < arguments && i < text.size(); ++argument) {
      if (text[i] == '{' || text[i] == '[') {
        const std::size_t end = text[i] == '{' ? group_end(text, i) : std::string::npos;
        if (end == std::string::npos) {
          break;
        }
        result += "{" + with_braces(text.substr(i + 1, end - i - 2), command, arguments) + "}";
        i = end;
      } else if (text[i] == '\\') {
        std::size_t end = i + 1;
        while (end < text.size() && is_letter(text[end])) {
          ++end;
        }
        result += "{" + text.substr(i, end - i) + "}";
        i = end;
      } else {
        result += std::string("{") + text[i] + "}";
        ++i;
      }
    }
  }
  return result;
}

/// A whole answer "a/b" of whole numbers.
std::string slash_as_fraction(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size()) {
    return text;
  }
  const std::size_t first = text[0] == '-' ? 1 : 0;
  for (std::size_t i = first; i < text.size(); ++i) {
    if (i != slash && !is_digit(text[i])) {
      return text;
    }
  }
  if (slash == first) {
    return text;
  }
  return text.substr(0, first) + "\\frac{" + text.substr(first, slash - first) + "}{" +
         text.substr(slash + 1) + "}";
}

std::string without_single_braces(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '^' || text[i] == '_') && i + 3 < text.size() && text[i + 1] == '{' &&
        text[i + 3] == '}') {
      result += text[i];
      result += text[i + 2];
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// "28 percent" as "28%", "90 degrees" as "90": words of what is written as a sign elsewhere.
std::string without_sign_words(std::string text) {
  for (const std::string_view word : {"percentage", "percent", "pct", "degrees", "degree"}) {
    std::string_view rest = trim(text);
    if (!rest.ends_with(word)) {
      continue;
    }
    rest = trim(rest.substr(0, rest.size() - word.size()));
    if (!rest.empty() && (is_digit(rest.back()) || rest.back() == '}')) {
      return std::string(rest);
    }
  }
  return text;
}

}  // namespace

std::string normal_math_text(std::string_view answer) {
  std::string text(trim(answer));
  if (text.size() > kMaxMathBytes) {
    return text;
  }
  std::string_view start = text;
  while (start.starts_with('$') || start.starts_with("\\(") || start.starts_with("\\[")) {
    start = trim(start.substr(start.starts_with('$') ? 1 : 2));
  }
  if (start.starts_with("\\boxed")) {
    if (const std::optional<std::string_view> inner = last_boxed(text)) {
      text = std::string(trim(*inner));
    }
  }
  for (const std::string_view noise : {"\\!", "\\(", "\\)", "\\[", "\\]", "\\$", "$", "\\%", "%", "^{\\circ}",
                                       "^\\circ", "\\degree", "\xC2\xB0", "{,}"}) {
    text = replace_all(text, noise, "");
  }
  for (const std::string_view command :
       {"\\left", "\\right", "\\bigl", "\\bigr", "\\big", "\\Big", "\\displaystyle", "\\limits"}) {
    text = replace_command(text, command, "");
  }
  text = replace_all(text, "\\\\ ", "\\\\");
  for (const std::string_view space : {"\\,", "\\;", "\\:", "\\ ", "\\quad", "\\qquad", "~", "\xC2\xA0"}) {
    text = replace_all(text, space, " ");
  }
  text = replace_command(text, "\\dfrac", "\\frac");
  text = replace_command(text, "\\tfrac", "\\frac");
  text = replace_command(text, "\\cfrac", "\\frac");
  for (const auto& [from, to] :
       {std::pair("\\leq", "\\le"), std::pair("\\geq", "\\ge"), std::pair("\\neq", "\\ne"),
        std::pair("\\lbrace", "\\{"), std::pair("\\rbrace", "\\}"), std::pair("\\infinity", "\\infty"),
        std::pair("\\lt", "<"), std::pair("\\gt", ">")}) {
    text = replace_command(text, from, to);
  }
  text = replace_all(text, "\xE2\x88\x92", "-");
  text = replace_all(text, "\xCF\x80", "\\pi");
  text = replace_all(text, "\xE2\x88\x9E", "\\infty");
  text = without_sign_words(without_text_commands(std::move(text)));
  text = replace_all(text, "\n", " ");
  text = replace_all(text, "\r", " ");
  text = replace_all(text, " ", "");
  while (text.size() > 1 && text.ends_with('.')) {
    text.pop_back();
  }
  if (const std::size_t equals = text.find('='); equals != std::string::npos && equals >= 1 && equals <= 2 &&
                                                 text.find('=', equals + 1) == std::string::npos &&
                                                 is_letter(text[0])) {
    text = text.substr(equals + 1);
  }
  if (text.starts_with("x\\in")) {
    text = text.substr(4);
  }
  text = with_braces(text, "\\frac", 2);
  text = with_braces(text, "\\sqrt", 1);
  text = slash_as_fraction(text);
  text = without_single_braces(text);
  if (text.starts_with('.') || text.starts_with("-.")) {
    text.insert(text[0] == '-' ? 1 : 0, "0");
  }
  return text;
}

MathList math_list(std::string_view normal) {
  MathList list;
  std::string_view inside = normal;
  const auto unwrap = [&](std::string_view open, std::string_view close) {
    if (inside.size() >= open.size() + close.size() && inside.starts_with(open) && inside.ends_with(close)) {
      // The first bracket must be closed by the last, not "(1)(2)".
      int depth = 0;
      for (std::size_t i = 0; i + close.size() < inside.size(); ++i) {
        if (inside[i] == '(' || inside[i] == '[' || inside[i] == '{') {
          ++depth;
        } else if ((inside[i] == ')' || inside[i] == ']' || inside[i] == '}') && --depth == 0) {
          return false;
        }
      }
      inside = inside.substr(open.size(), inside.size() - open.size() - close.size());
      list.open = open;
      list.close = close;
      return true;
    }
    return false;
  };
  if (!unwrap("\\{", "\\}")) {
    for (const std::string_view open : {"(", "["}) {
      for (const std::string_view close : {")", "]"}) {
        if (list.open.empty() && unwrap(open, close)) {
          break;
        }
      }
    }
  }
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= inside.size(); ++i) {
    if (i == inside.size() || (inside[i] == ',' && depth == 0)) {
      list.items.emplace_back(inside.substr(begin, i - begin));
      begin = i + 1;
    } else if (inside[i] == '(' || inside[i] == '[' || inside[i] == '{') {
      ++depth;
    } else if (inside[i] == ')' || inside[i] == ']' || inside[i] == '}') {
      --depth;
    }
  }
  return list;
}

}  // namespace reckon::suites
