// Expression trees over small non-negative integers, and how they are worked out by hand.
#pragma once

#include <memory>
#include <string>

namespace reckon::suites {

struct Expression {
  char op = 0;    // '+', '-' or '*'; 0 for a number
  int value = 0;  // of the whole tree
  std::unique_ptr<Expression> left;
  std::unique_ptr<Expression> right;
};

using ExpressionPtr = std::unique_ptr<Expression>;

ExpressionPtr number(int value);
ExpressionPtr combine(char op, ExpressionPtr left, ExpressionPtr right);

// True if every value in the tree is within 0..999 and each product has a factor below 10 and one below 100.
bool is_workable(const Expression& tree);

// With as few parentheses as keep the tree: "(12+7)*3-8"; `spaced` puts blanks around operators.
std::string to_text(const Expression& tree, bool spaced);

// Independent of the order of the operands of + and *.
std::string to_canonical(const Expression& tree);

// Lines that work the tree out, innermost operation first: "47+38:7+8=15,4+3+1=8 so 85".
std::string work_out(ExpressionPtr tree);

}  // namespace reckon::suites
