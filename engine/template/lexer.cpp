#include "engine/template/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "engine/template/text.h"

namespace reckon::engine::jinja {
namespace {

// All line ends become "\n"; one at the very end is dropped.
std::string normalized(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      text += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      text += source[i];
    }
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_name_start(char c) {
  return reckon::is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : owned_(normalized(source)), source_(owned_) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) lex_data();
    tokens_.push_back({TokenKind::end, line_, ""});
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return source_.substr(at_); }

  // Moves on by `count` bytes, counting lines; remembers whether they ended with a new line.
  void advance(std::size_t count) {
    if (count == 0) return;
    const auto passed = source_.substr(at_, count);
    line_ += static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
    at_line_start_ = passed.back() == '\n';
    at_ += count;
  }

  void skip_white_space() {
    std::size_t end = at_;
    while (end < source_.size()) {
      const auto decoded = utf8::decode(source_, end);
      if (decoded.length == 0 || !is_space(decoded.code_point)) break;
      end += static_cast<std::size_t>(decoded.length);
    }
    advance(end - at_);
  }

  // "-" or "+" behind a tag's opening; consumed.
  char take_sign() {
    if (at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+')) {
      const char sign = source_[at_];
      advance(1);
      return sign;
    }
    return '\0';
  }

  // Where the next "{{", "{%" or "{#" stands.
  std::size_t find_tag(std::size_t from) const {
    for (std::size_t i = source_.find('{', from); i != std::string_view::npos; i = source_.find('{', i + 1)) {
      if (i + 1 < source_.size() &&
          (source_[i + 1] == '{' || source_[i + 1] == '%' || source_[i + 1] == '#')) {
        return i;
      }
    }
    return source_.size();
  }

  // The text before a tag, as the tag's sign and lstrip_blocks leave it.
  std::string_view before_tag(std::string_view data, char sign, bool is_variable, bool line_start) const {
    if (sign == '-') return strip(data, std::nullopt, false, true);
    if (sign == '+' || is_variable) return data;
    const std::size_t newline = data.rfind('\n');
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    if (begin == 0 && !line_start) return data;
    const std::string_view tail = data.substr(begin);
    return strip(tail, std::nullopt, true, false).empty() ? data.substr(0, begin) : data;
  }

  void push_data(std::string_view data, int line) {
    if (!data.empty()) tokens_.push_back({TokenKind::data, line, std::string(data)});
  }

  void lex_data() {
    const std::size_t tag = find_tag(at_);
    const std::string_view data = source_.substr(at_, tag - at_);
    const int line = line_;
    const bool line_start = at_line_start_;
    advance(data.size());
    if (at_ >= source_.size()) {
      push_data(data, line);
      return;
    }
    const char kind = source_[at_ + 1];
    advance(2);
    const char sign = take_sign();
    push_data(before_tag(data, sign, kind == '{', line_start), line);
    if (kind == '#') {
      lex_comment();
    } else if (kind == '{') {
      lex_tag(TokenKind::variable_begin, TokenKind::variable_end, "}}");
    } else if (!lex_raw()) {
      lex_tag(TokenKind::block_begin, TokenKind::block_end, "%}");
    }
  }

  // Behind "#}" or "%}": `sign` stood before it.
  void finish_block(char sign) {
    if (sign == '-') {
      skip_white_space();
    } else if (sign != '+' && rest().starts_with('\n')) {
      advance(1);
    }
  }

  void lex_comment() {
    const int line = line_;
    const std::size_t end = source_.find("#}", at_);
    if (end == std::string_view::npos) throw SyntaxFailure(line, "a comment without '#}'");
    const char sign =
        end > at_ && (source_[end - 1] == '-' || source_[end - 1] == '+') ? source_[end - 1] : '\0';
    advance(end + 2 - at_);
    finish_block(sign);
  }

  // Behind "{%": takes "raw %}" to "{% endraw %}" as data; false: it is another block.
  bool lex_raw() {
    std::size_t i = at_;
    const auto skip = [&](std::size_t from) {
      while (from < source_.size() && is_space(static_cast<unsigned char>(source_[from]))) ++from;
      return from;
    };
    i = skip(i);
    if (!source_.substr(i).starts_with("raw")) return false;
    i = skip(i + 3);
    const bool strips = source_.substr(i).starts_with("-%}");
    if (!strips && !source_.substr(i).starts_with("%}")) return false;
    const int line = line_;
    advance(i + (strips ? 3 : 2) - at_);
    if (strips) skip_white_space();

    const std::size_t begin = at_;
    const bool line_start = at_line_start_;
    for (std::size_t tag = source_.find("{%", begin); tag != std::string_view::npos;
         tag = source_.find("{%", tag + 1)) {
      std::size_t j = tag + 2;
      char sign = '\0';
      if (j < source_.size() && (source_[j] == '-' || source_[j] == '+')) sign = source_[j++];
      j = skip(j);
      if (!source_.substr(j).starts_with("endraw")) continue;
      j = skip(j + 6);
      char end_sign = '\0';
      if (j < source_.size() && (source_[j] == '-' || source_[j] == '+')) end_sign = source_[j++];
      if (!source_.substr(j).starts_with("%}")) continue;
      const std::string_view data = source_.substr(begin, tag - begin);
      push_data(before_tag(data, sign, false, line_start), line_);
      advance(j + 2 - at_);
      finish_block(end_sign);
      return true;
    }
    throw SyntaxFailure(line, "'raw' without 'endraw'");
  }

  void lex_tag(TokenKind begin, TokenKind end, std::string_view closing) {
    tokens_.push_back({begin, line_, ""});
    const int line = line_;
    std::vector<char> open;  // brackets, inside which the closing mark is none
    for (;;) {
      skip_white_space();
      if (at_ >= source_.size()) throw SyntaxFailure(line, fmt::format("a tag without '{}'", closing));
      if (open.empty() && lex_tag_end(end, closing)) return;
      lex_token(open);
    }
  }

  bool lex_tag_end(TokenKind end, std::string_view closing) {
    char sign = '\0';
    std::string_view text = rest();
    if (text[0] == '-' || (text[0] == '+' && end == TokenKind::block_end)) {
      sign = text[0];
      text.remove_prefix(1);
    }
    if (!text.starts_with(closing)) return false;
    tokens_.push_back({end, line_, ""});
    advance(closing.size() + (sign != '\0' ? 1 : 0));
    if (end == TokenKind::block_end) {
      finish_block(sign);
    } else if (sign == '-') {
      skip_white_space();
    }
    return true;
  }

  void lex_token(std::vector<char>& open) {
    const char c = source_[at_];
    if (is_name_start(c)) return lex_name();
    if (reckon::is_digit(c)) return lex_number();
    if (c == '\'' || c == '"') return lex_text(c);
    static constexpr std::array<std::string_view, 26> kSymbols = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[",
        "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    for (const std::string_view symbol : kSymbols) {
      if (!rest().starts_with(symbol)) continue;
      if (symbol == "(" || symbol == "[" || symbol == "{") open.push_back(symbol[0]);
      if (symbol == ")" || symbol == "]" || symbol == "}") {
        const char wanted = symbol == ")" ? '(' : symbol == "]" ? '[' : '{';
        if (open.empty() || open.back() != wanted) {
          throw SyntaxFailure(line_, fmt::format("unexpected '{}'", symbol));
        }
        open.pop_back();
      }
      tokens_.push_back({TokenKind::symbol, line_, std::string(symbol)});
      advance(symbol.size());
      return;
    }
    const auto length = static_cast<std::size_t>(std::max(1, utf8::decode(source_, at_).length));
    throw SyntaxFailure(
        line_, fmt::format("unexpected character '{}'", utf8::replace_invalid(source_.substr(at_, length))));
  }

  void lex_name() {
    std::size_t end = at_;
    while (end < source_.size() && (is_name_start(source_[end]) || reckon::is_digit(source_[end]))) ++end;
    tokens_.push_back({TokenKind::name, line_, std::string(source_.substr(at_, end - at_))});
    advance(end - at_);
  }

  void lex_number() {
    std::string digits;
    std::size_t end = at_;
    const auto take_digits = [&] {
      while (end < source_.size() && (reckon::is_digit(source_[end]) || source_[end] == '_')) {
        if (source_[end] != '_') digits += source_[end];
        ++end;
      }
    };
    const auto digit_at = [&](std::size_t i) { return i < source_.size() && reckon::is_digit(source_[i]); };
    if (source_[at_] == '0' && at_ + 2 < source_.size() &&
        std::string_view("xXoObB").find(source_[at_ + 1]) != std::string_view::npos) {
      return lex_based_number();
    }
    take_digits();
    bool real = false;
    if (end < source_.size() && source_[end] == '.' && digit_at(end + 1)) {
      real = true;
      digits += '.';
      ++end;
      take_digits();
    }
    if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
      const bool sign = end + 1 < source_.size() && (source_[end + 1] == '+' || source_[end + 1] == '-');
      if (digit_at(end + (sign ? 2 : 1))) {
        real = true;
        digits += 'e';
        if (source_[end + 1] == '-') digits += '-';
        end += sign ? 2 : 1;
        take_digits();
      }
    }
    const char* first = digits.data();
    const char* last = first + digits.size();
    Value value;
    std::errc error{};
    if (real) {
      double number = 0;
      error = std::from_chars(first, last, number).ec;
      value = Value(number);
    } else {
      std::int64_t number = 0;
      error = std::from_chars(first, last, number).ec;
      value = Value(number);
    }
    if (error != std::errc{})
      throw SyntaxFailure(line_, fmt::format("the number {} is out of range", digits));
    tokens_.push_back({TokenKind::number, line_, digits, value});
    advance(end - at_);
  }

  void lex_based_number() {
    const char mark = source_[at_ + 1];
    const int base = mark == 'x' || mark == 'X' ? 16 : mark == 'o' || mark == 'O' ? 8 : 2;
    std::int64_t number = 0;
    const char* first = source_.data() + at_ + 2;
    const auto result = std::from_chars(first, source_.data() + source_.size(), number, base);
    if (result.ec != std::errc{}) throw SyntaxFailure(line_, "a number that is none or out of range");
    tokens_.push_back({TokenKind::number, line_, "", Value(number)});
    advance(static_cast<std::size_t>(result.ptr - first) + 2);
  }

  void lex_text(char quote) {
    const int line = line_;
    std::string value;
    std::size_t i = at_ + 1;
    for (;;) {
      if (i >= source_.size()) throw SyntaxFailure(line, "a text without its closing quote");
      const char c = source_[i];
      if (c == quote) break;
      if (c == '\\') {
        i = unescape(i + 1, value, line);
      } else {
        value += c;
        ++i;
      }
    }
    advance(i + 1 - at_);
    tokens_.push_back({TokenKind::text, line, "", Value(std::move(value))});
  }

  // `i` is behind the backslash; appends what is meant and returns where to go on.
  std::size_t unescape(std::size_t i, std::string& out, int line) const {
    if (i >= source_.size()) throw SyntaxFailure(line, "a text without its closing quote");
    const char c = source_[i];
    constexpr std::string_view kFrom = "ntrbfav\\'\"";
    constexpr std::string_view kTo = "\n\t\r\b\f\a\v\\'\"";
    if (const std::size_t known = kFrom.find(c); known != std::string_view::npos) {
      out += kTo[known];
      return i + 1;
    }
    if (c == '\n') return i + 1;
    if (c >= '0' && c <= '7') {
      std::uint32_t value = 0;
      std::size_t end = i;
      while (end < source_.size() && end < i + 3 && source_[end] >= '0' && source_[end] <= '7') {
        value = value * 8 + static_cast<std::uint32_t>(source_[end++] - '0');
      }
      utf8::append(out, value);
      return end;
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) {
      out += '\\';
      return i;  // not an escape: both characters stay
    }
    std::uint32_t value = 0;
    if (i + 1 + digits > source_.size()) throw SyntaxFailure(line, "an escape that ends too early");
    const char* first = source_.data() + i + 1;
    const auto result = std::from_chars(first, first + digits, value, 16);
    if (result.ec != std::errc{} || result.ptr != first + digits || value > 0x10FFFF ||
        (value >= 0xD800 && value <= 0xDFFF)) {
      throw SyntaxFailure(line, fmt::format("a wrong \\{} escape", c));
    }
    utf8::append(out, value);
    return i + 1 + digits;
  }

  std::string owned_;
  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool at_line_start_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace reckon::engine::jinja
