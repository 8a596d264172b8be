#pragma once
// Template source to tokens, with Jinja's white-space rules (trim_blocks and lstrip_blocks on).

#include <string>
#include <string_view>
#include <vector>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

enum class TokenKind {
  data,
  block_begin,
  block_end,
  variable_begin,
  variable_end,
  name,
  text,    // a string literal; value holds it
  number,  // value holds it
  symbol,
  end,
};

struct Token {
  TokenKind kind;
  int line;
  std::string text;  ///< data, name or symbol
  Value value{};
};

/// Failure of the syntax; `line` is where.
class SyntaxFailure : public Failure {
 public:
  SyntaxFailure(int line, const std::string& message) : Failure(message), line_(line) {}
  int line() const { return line_; }

 private:
  int line_;
};

/// The last token is `end`.
std::vector<Token> tokenize(std::string_view source);

}  // namespace reckon::engine::jinja
