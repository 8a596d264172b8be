#pragma once
// Recursive descent from tokens to a tree. Nesting and work are bounded: whatever is over a limit is a
// ParseFailure, and the answer is then compared as text.

#include <string>
#include <string_view>
#include <vector>

#include "suites/math/tokens.h"
#include "suites/math/tree.h"

namespace reckon::suites::math {

/// What one way of reading gives.
struct Parse {
  Tree tree;
  std::vector<std::string> units;  ///< words behind numbers that are no factors: "cm", "square feet"
  bool ambiguous_commas = false;   ///< a comma was taken as a thousands separator
  bool ambiguous_slash = false;    ///< a / b c
  std::string unevaluated;         ///< a construct that is kept but not evaluated, by name
};

/// Throws ParseFailure.
Parse parse_tokens(std::vector<Token> tokens, const ReadingOptions& options);

class Parser {
 public:
  Parser(std::vector<Token> tokens, const ReadingOptions& options)
      : tokens_(std::move(tokens)), options_(options) {}
  Parse run();

 private:
  // parse_statements.cpp
  Tree answer();
  Tree comma_list(bool top);
  Tree statement();
  Tree set_expression();
  Tree ratio();
  bool at_conjunction() const;
  bool take_conjunction();

  // parse_expression.cpp
  Tree sum();
  Tree product();
  Tree division_operand();
  Tree signed_factor();
  Tree factor();
  Tree power_of(Tree base);
  Tree postfix(Tree operand);
  Tree exponent();
  bool at_factor() const;
  bool take_unit(bool behind_number);

  // parse_atoms.cpp
  Tree atom();
  Tree number_atom();
  Tree variable_atom();
  Tree command_atom();
  Tree bracket(bool open_left);
  Tree brace_group();
  Tree braced_set();
  Tree absolute_value(bool marked);
  Tree matrix(bool determinant);
  Tree tex_argument();
  Tree fraction();
  Tree root();
  std::string subscript();
  std::string raw_text_until_brace();

  // parse_functions.cpp
  Tree named_function(const std::string& name);
  Tree function_argument();
  Tree logarithm(const std::string& name);
  std::vector<Tree> arguments();
  Tree calculus(const std::string& name);
  Tree derivative();
  bool at_derivative() const;

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& next() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
  bool take(char sign);
  bool take_command(std::string_view name);
  void expect(char sign);
  bool at_end() const { return peek().kind == TokenKind::end; }
  [[noreturn]] void fail(std::string_view what) const;

  /// Counts the depth of nesting; every recursive rule passes through one.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxDepth) throw ParseFailure{"nesting over 100 brackets (limit)"};
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };
  static constexpr int kMaxDepth = 600;  // a bracket takes about six

  std::vector<Token> tokens_;
  ReadingOptions options_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int open_bars_ = 0;  ///< |...| that are open: a bar then closes
  Parse parse_;
};

}  // namespace reckon::suites::math
