#pragma once
// Expressions, with Jinja's precedence: conditional, or, and, not, comparison, + -, ~, * / // %, **, unary,
// then postfix, filters and tests.

#include "engine/template/syntax.h"
#include "engine/template/token_stream.h"

namespace reckon::engine::jinja {

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& tokens) : tokens_(tokens) {}

  ExpressionPtr expression(bool with_conditional = true);
  /// One expression, or several with commas between: a tuple. Ends before the name `end`, if given.
  ExpressionPtr tuple(bool with_conditional = true, std::string_view end = {}, bool parenthesised = false);
  /// name, ns.name or a tuple of them; ends before the name `end`.
  ExpressionPtr target(std::string_view end, bool with_namespace);
  /// `name(...)|name ...` on `input` (null in filter blocks). `inside`: the first bar is not written.
  ExpressionPtr filters(ExpressionPtr input, bool inside);
  /// (a, b=1): names and defaults.
  std::vector<std::pair<std::string, ExpressionPtr>> signature();

 private:
  /// Counts brackets and prefixes while it lives; SyntaxFailure when there are too many.
  class Nested {
   public:
    Nested(ExpressionParser& parser, int line);
    ~Nested() { --parser_.nesting_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    ExpressionParser& parser_;
  };

  ExpressionPtr make(ExpressionKind kind, int line) const;
  /// Adds a child and keeps the depth bounded.
  void add(Expression& parent, ExpressionPtr child) const;
  ExpressionPtr join(ExpressionKind kind, int line, std::string text, ExpressionPtr left,
                     ExpressionPtr right);

  ExpressionPtr logical_or();
  ExpressionPtr logical_and();
  ExpressionPtr logical_not();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unary(bool with_filters);
  ExpressionPtr primary();
  ExpressionPtr postfix(ExpressionPtr node);
  ExpressionPtr filters_and_tests(ExpressionPtr node);
  ExpressionPtr subscript(ExpressionPtr node);
  ExpressionPtr subscript_part();
  ExpressionPtr test(ExpressionPtr node);
  ExpressionPtr call(ExpressionPtr node);
  void arguments(Expression& owner);
  ExpressionPtr list();
  ExpressionPtr dict();
  ExpressionPtr simple_target(bool with_namespace);

  TokenStream& tokens_;
  int nesting_ = 0;
};

}  // namespace reckon::engine::jinja
