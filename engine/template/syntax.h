#pragma once
// The parsed template: a tree of statements and expressions, each with its line.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

enum class ExpressionKind {
  constant,     // constant
  name,         // text
  attribute,    // items[0].text
  subscript,    // items[0][items[1]]
  slice,        // items[0..2]: start, stop, step; null where left out
  call,         // items[0](items[1] ...), named, star, double_star
  filter,       // items[0] | text(items[1] ...); items[0] is null in a filter block
  test,         // items[0] is text(items[1] ...)
  list,         // items
  tuple,        // items
  dict,         // items: key, value, key, value ...
  unary,        // text (- + not), items[0]
  binary,       // items[0] text items[1]; text: + - * / // % **
  logic,        // text (and or), items[0], items[1]
  concatenate,  // items joined as text
  compare,      // items[0] operators[0] items[1] operators[1] items[2] ...
  conditional,  // items[0] if items[1] else items[2] (may be null)
};

struct Expression {
  ExpressionKind kind;
  int line = 0;
  int depth = 1;  ///< of the tree below, bounded by the parser
  Value constant{};
  std::string text{};
  std::vector<ExpressionPtr> items{};
  std::vector<std::pair<std::string, ExpressionPtr>> named{};
  ExpressionPtr star{};
  ExpressionPtr double_star{};
  std::vector<std::string> operators{};
};

struct Statement;
using Body = std::vector<std::unique_ptr<Statement>>;

enum class StatementKind {
  text,          // text
  print,         // expression
  condition,     // branches (expression null: else)
  loop,          // for target in expression if filter: body, otherwise
  assign,        // target = expression
  assign_block,  // target = body, through the filter `expression` if there is one
  macro,         // text(parameters): body
  call_block,    // expression called with body as caller(parameters)
  filter_block,  // body through the filter `expression`
  with,          // parameters (name, value): body
  scope,         // body in a scope of its own (generation, block, autoescape)
  leave_loop,    // break
  next_round,    // continue
};

struct Branch {
  ExpressionPtr condition;
  Body body;
};

struct Statement {
  StatementKind kind;
  int line = 0;
  std::string text{};
  ExpressionPtr target{};
  ExpressionPtr expression{};
  ExpressionPtr filter{};
  std::vector<std::pair<std::string, ExpressionPtr>> parameters{};
  std::vector<Branch> branches{};
  Body body{};
  Body otherwise{};
};

struct Program {
  std::string name;
  Body body;
};

}  // namespace reckon::engine::jinja
