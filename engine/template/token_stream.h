#pragma once
// The tokens of a template while it is parsed.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/template/lexer.h"

namespace reckon::engine::jinja {

class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token next() {
    const Token token = tokens_[at_];
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }

  bool is(TokenKind kind) const { return current().kind == kind; }
  bool is_symbol(std::string_view text) const { return is(TokenKind::symbol) && current().text == text; }
  bool is_name(std::string_view text) const { return is(TokenKind::name) && current().text == text; }
  bool skip_symbol(std::string_view text) { return is_symbol(text) && (next(), true); }
  bool skip_name(std::string_view text) { return is_name(text) && (next(), true); }

  void expect_symbol(std::string_view text) {
    if (!skip_symbol(text)) unexpected("'" + std::string(text) + "'");
  }
  std::string expect_name() {
    if (!is(TokenKind::name)) unexpected("a name");
    return next().text;
  }
  void expect(TokenKind kind) {
    if (!is(kind)) unexpected(kind == TokenKind::block_end ? "'%}'" : "'}}'");
    next();
  }

  [[noreturn]] void unexpected(const std::string& wanted) const {
    throw SyntaxFailure(current().line, "expected " + wanted + ", found " + describe(current()));
  }

  static std::string describe(const Token& token) {
    switch (token.kind) {
      case TokenKind::data:
        return "text";
      case TokenKind::block_begin:
        return "'{%'";
      case TokenKind::block_end:
        return "'%}'";
      case TokenKind::variable_begin:
        return "'{{'";
      case TokenKind::variable_end:
        return "'}}'";
      case TokenKind::text:
        return "a text in quotes";
      case TokenKind::end:
        return "the end of the template";
      default:
        return "'" + token.text + "'";
    }
  }

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace reckon::engine::jinja
