#include "engine/template/expression_parser.h"

#include <algorithm>
#include <array>

namespace reckon::engine::jinja {
namespace {

constexpr int kMaxDepth = 250;   // of the tree: evaluating and destroying it recurse
constexpr int kMaxNesting = 60;  // of brackets and prefixes, each of which costs a dozen calls of the parser

}  // namespace

ExpressionParser::Nested::Nested(ExpressionParser& parser, int line) : parser_(parser) {
  if (++parser_.nesting_ > kMaxNesting) throw SyntaxFailure(line, "an expression nested too deeply");
}

ExpressionPtr ExpressionParser::make(ExpressionKind kind, int line) const {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->line = line;
  return node;
}

void ExpressionParser::add(Expression& parent, ExpressionPtr child) const {
  if (child) {
    parent.depth = std::max(parent.depth, child->depth + 1);
    if (parent.depth > kMaxDepth) throw SyntaxFailure(parent.line, "an expression of too many parts");
  }
  parent.items.push_back(std::move(child));
}

ExpressionPtr ExpressionParser::join(ExpressionKind kind, int line, std::string text, ExpressionPtr left,
                                     ExpressionPtr right) {
  auto node = make(kind, line);
  node->text = std::move(text);
  add(*node, std::move(left));
  add(*node, std::move(right));
  return node;
}

ExpressionPtr ExpressionParser::expression(bool with_conditional) {
  const Nested nested(*this, tokens_.current().line);
  if (!with_conditional) return logical_or();
  const int line = tokens_.current().line;
  auto node = logical_or();
  while (tokens_.skip_name("if")) {
    auto condition = logical_or();
    auto choice = join(ExpressionKind::conditional, line, "", std::move(node), std::move(condition));
    add(*choice, tokens_.skip_name("else") ? expression() : nullptr);
    node = std::move(choice);
  }
  return node;
}

ExpressionPtr ExpressionParser::logical_or() {
  auto node = logical_and();
  while (tokens_.is_name("or")) {
    const int line = tokens_.next().line;
    node = join(ExpressionKind::logic, line, "or", std::move(node), logical_and());
  }
  return node;
}

ExpressionPtr ExpressionParser::logical_and() {
  auto node = logical_not();
  while (tokens_.is_name("and")) {
    const int line = tokens_.next().line;
    node = join(ExpressionKind::logic, line, "and", std::move(node), logical_not());
  }
  return node;
}

ExpressionPtr ExpressionParser::logical_not() {
  if (!tokens_.is_name("not")) return comparison();
  const Nested nested(*this, tokens_.current().line);
  auto node = make(ExpressionKind::unary, tokens_.next().line);
  node->text = "not";
  add(*node, logical_not());
  return node;
}

ExpressionPtr ExpressionParser::comparison() {
  const int line = tokens_.current().line;
  auto first = sum();
  ExpressionPtr chain;
  for (;;) {
    std::string operation;
    static constexpr std::array<std::string_view, 6> kOperators = {"==", "!=", "<=", ">=", "<", ">"};
    for (const auto symbol : kOperators) {
      if (tokens_.is_symbol(symbol)) operation = symbol;
    }
    if (!operation.empty()) {
      tokens_.next();
    } else if (tokens_.skip_name("in")) {
      operation = "in";
    } else if (tokens_.is_name("not") && tokens_.ahead().kind == TokenKind::name &&
               tokens_.ahead().text == "in") {
      tokens_.next();
      tokens_.next();
      operation = "not in";
    } else {
      break;
    }
    if (!chain) {
      chain = make(ExpressionKind::compare, line);
      add(*chain, std::move(first));
    }
    chain->operators.push_back(operation);
    add(*chain, sum());
  }
  return chain ? std::move(chain) : std::move(first);
}

ExpressionPtr ExpressionParser::sum() {
  auto node = concatenation();
  while (tokens_.is_symbol("+") || tokens_.is_symbol("-")) {
    const Token operation = tokens_.next();
    node = join(ExpressionKind::binary, operation.line, operation.text, std::move(node), concatenation());
  }
  return node;
}

ExpressionPtr ExpressionParser::concatenation() {
  const int line = tokens_.current().line;
  auto first = product();
  if (!tokens_.is_symbol("~")) return first;
  auto node = make(ExpressionKind::concatenate, line);
  add(*node, std::move(first));
  while (tokens_.skip_symbol("~")) add(*node, product());
  return node;
}

ExpressionPtr ExpressionParser::product() {
  auto node = power();
  while (tokens_.is_symbol("*") || tokens_.is_symbol("/") || tokens_.is_symbol("//") ||
         tokens_.is_symbol("%")) {
    const Token operation = tokens_.next();
    node = join(ExpressionKind::binary, operation.line, operation.text, std::move(node), power());
  }
  return node;
}

ExpressionPtr ExpressionParser::power() {
  auto node = unary(true);
  while (tokens_.is_symbol("**")) {
    const int line = tokens_.next().line;
    node = join(ExpressionKind::binary, line, "**", std::move(node), unary(true));
  }
  return node;
}

ExpressionPtr ExpressionParser::unary(bool with_filters) {
  ExpressionPtr node;
  if (tokens_.is_symbol("-") || tokens_.is_symbol("+")) {
    const Nested nested(*this, tokens_.current().line);
    const Token operation = tokens_.next();
    node = make(ExpressionKind::unary, operation.line);
    node->text = operation.text;
    add(*node, unary(false));
  } else {
    node = primary();
  }
  node = postfix(std::move(node));
  return with_filters ? filters_and_tests(std::move(node)) : std::move(node);
}

}  // namespace reckon::engine::jinja
