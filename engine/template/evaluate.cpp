// Expressions.

#include <algorithm>

#include <fmt/format.h>

#include "engine/template/access.h"
#include "engine/template/filters.h"
#include "engine/template/interpreter.h"
#include "engine/template/operators.h"
#include "engine/template/tests.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {

Value Interpreter::evaluate(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::constant:
      return expression.constant;
    case ExpressionKind::name:
      line_ = expression.line;
      return evaluate_name(expression);
    default:
      break;
  }
  const Frame frame(*this);
  spend(1);
  line_ = expression.line;
  return evaluate_at(expression);
}

Value Interpreter::evaluate_at(const Expression& expression) {
  const auto& items = expression.items;
  switch (expression.kind) {
    case ExpressionKind::attribute: {
      const Value owner = evaluate(*items[0]);
      line_ = expression.line;
      return attribute_of(owner, expression.text);
    }
    case ExpressionKind::subscript:
      return evaluate_subscript(expression);
    case ExpressionKind::call:
      return evaluate_call(expression);
    case ExpressionKind::filter:
      return evaluate_filter(expression, nullptr);
    case ExpressionKind::test: {
      const Value value = evaluate(*items[0]);
      Arguments arguments = evaluate_arguments(expression, 1);
      line_ = expression.line;
      return Value(test(expression.text, value, arguments));
    }
    case ExpressionKind::list:
      return make_list(evaluate_all(expression, 0));
    case ExpressionKind::tuple:
      return make_list(evaluate_all(expression, 0), List::Flavor::tuple);
    case ExpressionKind::dict:
      return evaluate_dict(expression);
    case ExpressionKind::unary:
      return evaluate_unary(expression);
    case ExpressionKind::binary: {
      const Value left = evaluate(*items[0]);
      const Value right = evaluate(*items[1]);
      line_ = expression.line;
      return arithmetic(expression.text, left, right);
    }
    case ExpressionKind::logic: {
      Value left = evaluate(*items[0]);
      return truth(left) == (expression.text == "or") ? left : evaluate(*items[1]);
    }
    case ExpressionKind::concatenate: {
      std::string text;
      for (const auto& item : items) {
        text += to_text(evaluate(*item));
        spend_bytes(text.size());
      }
      return Value(std::move(text));
    }
    case ExpressionKind::compare:
      return evaluate_compare(expression);
    case ExpressionKind::conditional:
      if (truth(evaluate(*items[1]))) return evaluate(*items[0]);
      if (items[2]) return evaluate(*items[2]);
      return Value::undefined("the inline if-expression evaluated to false and no else section was defined");
    case ExpressionKind::slice:
    case ExpressionKind::constant:
    case ExpressionKind::name:
      break;
  }
  throw Failure("a slice outside of brackets");
}

Value Interpreter::evaluate_name(const Expression& expression) {
  const Value* value = scope_->find(expression.text);
  return value != nullptr ? *value : Value::undefined(fmt::format("'{}' is undefined", expression.text));
}

Value Interpreter::evaluate_subscript(const Expression& expression) {
  const Value owner = evaluate(*expression.items[0]);
  const Expression& index = *expression.items[1];
  if (index.kind != ExpressionKind::slice) {
    const Value key = evaluate(index);
    line_ = expression.line;
    return item_of(owner, key);
  }
  Value bounds[3];
  for (std::size_t i = 0; i < 3; ++i) {
    if (index.items[i]) bounds[i] = evaluate(*index.items[i]);
  }
  line_ = expression.line;
  return slice_of(owner, bounds[0], bounds[1], bounds[2]);
}

Value Interpreter::evaluate_call(const Expression& expression) {
  const Expression& callee = *expression.items[0];
  if (callee.kind == ExpressionKind::attribute) {
    // A method is called without making a function of it first.
    const Value owner = evaluate(*callee.items[0]);
    if (const Method method = find_method(owner, callee.text)) {
      Arguments arguments = evaluate_arguments(expression, 1);
      line_ = expression.line;
      return method(*this, owner, arguments);
    }
    line_ = expression.line;
    const Value function = attribute_of(owner, callee.text);
    Arguments arguments = evaluate_arguments(expression, 1);
    line_ = expression.line;
    return call(function, arguments);
  }
  const Value function = evaluate(callee);
  Arguments arguments = evaluate_arguments(expression, 1);
  line_ = expression.line;
  return call(function, arguments);
}

std::vector<Value> Interpreter::evaluate_all(const Expression& expression, std::size_t from) {
  std::vector<Value> values;
  values.reserve(expression.items.size() - from);
  for (std::size_t i = from; i < expression.items.size(); ++i)
    values.push_back(evaluate(*expression.items[i]));
  return values;
}

Arguments Interpreter::evaluate_arguments(const Expression& expression, std::size_t from) {
  Arguments arguments;
  arguments.positional = evaluate_all(expression, from);
  for (const auto& [name, value] : expression.named) arguments.named.emplace_back(name, evaluate(*value));
  if (expression.star) {
    for (Value& item : iterate(evaluate(*expression.star))) arguments.positional.push_back(std::move(item));
  }
  if (expression.double_star) {
    const Value more = evaluate(*expression.double_star);
    if (!more.is_dict()) throw Failure("the argument after ** must be a dict");
    for (const auto& [key, value] : more.as_dict().members) {
      if (!key.is_text()) throw Failure("keywords must be strings");
      arguments.named.emplace_back(key.as_text(), value);
    }
  }
  return arguments;
}

Value Interpreter::evaluate_filter(const Expression& expression, const Value* input) {
  // In a filter block the innermost filter has no input expression: it takes the block's text.
  const Value value = expression.items[0] ? (input != nullptr ? evaluate_filter(*expression.items[0], input)
                                                              : evaluate(*expression.items[0]))
                                          : *input;
  Arguments arguments = evaluate_arguments(expression, 1);
  line_ = expression.line;
  return filter(expression.text, value, arguments);
}

Value Interpreter::filter(const std::string& name, const Value& input, Arguments& arguments) {
  spend(1);
  const Filter body = find_filter(name);
  if (body == nullptr) throw Failure(fmt::format("no filter named '{}'", name));
  return body(*this, input, arguments);
}

bool Interpreter::test(const std::string& name, const Value& value, Arguments& arguments) {
  spend(1);
  const Test body = find_test(name);
  if (body == nullptr) throw Failure(fmt::format("no test named '{}'", name));
  return body(*this, value, arguments);
}

Value Interpreter::evaluate_unary(const Expression& expression) {
  const Value value = evaluate(*expression.items[0]);
  line_ = expression.line;
  if (expression.text == "not") return Value(!truth(value));
  return expression.text == "-" ? negated(value) : arithmetic("+", Value(std::int64_t{0}), value);
}

Value Interpreter::evaluate_compare(const Expression& expression) {
  Value left = evaluate(*expression.items[0]);
  for (std::size_t i = 0; i < expression.operators.size(); ++i) {
    Value right = evaluate(*expression.items[i + 1]);
    line_ = expression.line;
    if (!compare(expression.operators[i], left, right)) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Interpreter::evaluate_dict(const Expression& expression) {
  auto dict = std::make_shared<Dict>();
  for (std::size_t i = 0; i + 1 < expression.items.size(); i += 2) {
    const Value key = evaluate(*expression.items[i]);
    Value value = evaluate(*expression.items[i + 1]);
    line_ = expression.line;
    dict->insert(key, std::move(value));
  }
  return Value(std::move(dict));
}

}  // namespace reckon::engine::jinja
