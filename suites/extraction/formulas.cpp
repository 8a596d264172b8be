#include "suites/extraction/formulas.h"

#include <array>

#include "base/ascii.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

/// End of the "%", "\%" or "percent" that follows at `at` (after white space); `at` when none does.
std::size_t percent_end(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\n')) ++begin;
  const std::string_view rest = text.substr(begin);
  for (const std::string_view sign : {"\\%", "%", "percentage", "Percentage", "percent", "Percent", "pct"}) {
    if (rest.starts_with(sign)) return begin + sign.size();
  }
  return at;
}

struct Delimiter {
  std::string_view open;
  std::string_view close;
  bool one_line;
};

constexpr std::array<Delimiter, 4> kDelimiters = {
    {{"$$", "$$", false}, {"\\[", "\\]", false}, {"\\(", "\\)", true}, {"$", "$", true}}};

/// Where the formula that opens at `begin` closes: the place of its closing delimiter, npos when it does not.
std::size_t closing(std::string_view text, std::size_t begin, const Delimiter& delimiter) {
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text.substr(i, delimiter.close.size()) == delimiter.close) return i;
    if (text[i] == '\\') {
      ++i;
    } else if (delimiter.one_line && text[i] == '\n') {
      break;
    }
  }
  return std::string_view::npos;
}

/// End of the {...} at `begin`, npos when there is none.
std::size_t group_end(std::string_view text, std::size_t begin) {
  constexpr std::size_t kLongest = 1000;  // of a bare fraction's part; keeps the search linear
  if (begin >= text.size() || text[begin] != '{') return std::string_view::npos;
  int depth = 0;
  for (std::size_t i = begin; i < text.size() && i < begin + kLongest; ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

/// End of the \frac{...}{...} at `i`, npos when there is none.
std::size_t fraction_end(std::string_view text, std::size_t i) {
  for (const std::string_view name : {"\\frac", "\\dfrac", "\\tfrac"}) {
    if (text.substr(i, name.size()) == name) {
      const std::size_t middle = group_end(text, i + name.size());
      return middle == std::string_view::npos ? middle : group_end(text, middle);
    }
  }
  return std::string_view::npos;
}

MathSpan span_of(std::string_view text, std::size_t begin, std::size_t end, std::string_view content) {
  MathSpan span{begin, end, std::string(trim(content))};
  const std::size_t percent = percent_end(text, end);
  if (percent != end) {
    span.end = percent;
    span.answer += "\\%";
  }
  return span;
}

bool is_operator(char c) { return c == '+' || c == '-' || c == '*' || c == '/' || c == '^'; }

/// Extends a number or an arithmetic expression that begins at `begin`; returns where it ends.
std::size_t expression_end(std::string_view text, std::size_t begin) {
  std::size_t end = begin;  // behind the last digit or bracket
  int depth = 0;
  std::size_t digits = 0;  // of the group of digits that is being read
  bool operand_next = true;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      if (!operand_next && digits == 0) break;
      ++digits;
      operand_next = false;
      end = i + 1;
    } else if ((c == '.' || c == ',') && i + 1 < text.size() && is_digit(text[i + 1])) {
      digits = 1;
    } else if (c == '(' && operand_next) {
      ++depth;
      digits = 0;
    } else if (c == ')' && depth > 0) {
      --depth;
      digits = 0;
      end = i + 1;
    } else if (is_operator(c) && (!operand_next || c == '-')) {
      operand_next = true;
      digits = 0;
    } else if (c == ' ') {
      // A group of three digits after a space belongs to the number before it.
      const std::string_view next = text.substr(i + 1, 4);
      const bool group = digits > 0 && digits <= 3 && next.size() >= 3 && is_digit(next[0]) &&
                         is_digit(next[1]) && is_digit(next[2]) && (next.size() == 3 || !is_digit(next[3]));
      if (group) continue;
      const std::size_t after = text.find_first_not_of(' ', i);
      const bool goes_on = after != std::string_view::npos && (operand_next || is_operator(text[after]));
      if (!goes_on) break;
      digits = 0;
      i = after - 1;
    } else {
      break;
    }
  }
  return end;
}

}  // namespace

std::vector<MathSpan> find_formulas(std::string_view text) {
  std::vector<MathSpan> spans;
  std::array<std::size_t, kDelimiters.size()> hopeless{};  // nothing that opens before this place closes
  std::size_t i = 0;
  while (i < text.size()) {
    const bool bare_dollar = text[i] == '$' && i > 0 && is_digit(text[i - 1]);  // "1,000.99$ in all"
    std::size_t next = text[i] == '\\' ? i + 2 : i + 1;
    for (std::size_t d = 0; d < kDelimiters.size(); ++d) {
      const Delimiter& delimiter = kDelimiters[d];
      if (text.substr(i, delimiter.open.size()) != delimiter.open || i < hopeless[d]) continue;
      if (bare_dollar && delimiter.open == "$") break;
      const std::size_t begin = i + delimiter.open.size();
      const std::size_t close = closing(text, begin, delimiter);
      if (close == std::string_view::npos) {
        hopeless[d] = delimiter.one_line ? std::min(text.find('\n', begin), text.size()) : text.size();
        continue;
      }
      const std::string_view content = text.substr(begin, close - begin);
      if (!trim(content).empty()) {
        spans.push_back(span_of(text, i, close + delimiter.close.size(), content));
        next = spans.back().end;
      }
      break;
    }
    if (next <= i + 2) {
      if (const std::size_t end = fraction_end(text, i); end != std::string_view::npos) {
        const std::size_t begin = i > 0 && text[i - 1] == '-' ? i - 1 : i;
        spans.push_back(span_of(text, begin, end, text.substr(begin, end - begin)));
        next = spans.back().end;
      }
    }
    i = next;
  }
  return spans;
}

std::vector<MathSpan> find_plain_numbers(std::string_view text) {
  std::vector<MathSpan> spans;
  std::size_t i = 0;
  while (i < text.size()) {
    const char before = i > 0 ? text[i - 1] : ' ';
    const bool inside = is_letter(before) || is_digit(before) || before == '_' || before == '\\' ||
                        before == '^' || before == '.' || before == '{';
    std::size_t first = i;
    while (first < text.size() && first < i + 3 && (text[first] == '-' || text[first] == '(')) ++first;
    const bool number =
        first < text.size() && (is_digit(text[first]) ||
                                (text[first] == '.' && first + 1 < text.size() && is_digit(text[first + 1])));
    if (inside || !number) {
      ++i;
      continue;
    }
    std::size_t begin = i;
    std::size_t end = expression_end(text, begin);
    if (end <= first) {  // an opening bracket that is no part of it
      begin = first;
      end = expression_end(text, begin);
    }
    spans.push_back(span_of(text, begin, end, text.substr(begin, end - begin)));
    i = std::max(spans.back().end, i + 1);
  }
  return spans;
}

}  // namespace reckon::suites
