#include "engine/template/interpreter.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/template/globals.h"
#include "engine/template/loop_state.h"
#include "engine/template/macro.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

Value from_json(const json::Value& value) {
  if (value.IsBool()) return Value(value.GetBool());
  if (value.IsInt64()) return Value(static_cast<std::int64_t>(value.GetInt64()));
  if (value.IsNumber()) return Value(value.GetDouble());
  if (value.IsString()) return Value(std::string(value.GetString(), value.GetStringLength()));
  if (value.IsArray()) {
    std::vector<Value> items;
    for (const auto& item : value.GetArray()) items.push_back(from_json(item));
    return make_list(std::move(items));
  }
  if (value.IsObject()) {
    auto dict = std::make_shared<Dict>();
    for (const auto& member : value.GetObject()) {
      dict->insert(Value(std::string(member.name.GetString(), member.name.GetStringLength())),
                   from_json(member.value));
    }
    return Value(std::move(dict));
  }
  return Value();
}

}  // namespace

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_.get()) {
    for (const auto& [known, value] : scope->variables_) {
      if (known == name) return &value;
    }
  }
  return nullptr;
}

void Scope::set(const std::string& name, Value value) {
  for (auto& [known, old] : variables_) {
    if (known == name) {
      old = std::move(value);
      return;
    }
  }
  variables_.emplace_back(name, std::move(value));
}

Interpreter::Interpreter(const Program& program, const RenderOptions& options)
    : program_(program), options_(options), budget_{options.max_steps, options.max_output_bytes * 16} {}

Interpreter::~Interpreter() {
  for (const auto& space : namespaces_) space->clear();
}

std::shared_ptr<Namespace> Interpreter::new_namespace() {
  spend_bytes(sizeof(Namespace));
  namespaces_.push_back(std::make_shared<Namespace>());
  return namespaces_.back();
}

std::string Interpreter::render(const json::Value& context) {
  const BudgetScope budget(budget_);
  auto globals = std::make_shared<Scope>();
  define_globals(*globals);
  scope_ = std::make_shared<Scope>(std::move(globals));
  if (!context.IsObject()) throw Failure("the context of a template should be a JSON object");
  for (const auto& member : context.GetObject()) {
    scope_->set(std::string(member.name.GetString(), member.name.GetStringLength()), from_json(member.value));
  }
  std::string output;
  output_ = &output;
  run(program_.body);
  return output;
}

void Interpreter::emit(std::string_view text) {
  spend_bytes(text.size());
  if (output_->size() + text.size() > options_.max_output_bytes) {
    throw Failure(fmt::format("the output grows beyond {} bytes", options_.max_output_bytes));
  }
  *output_ += text;
}

std::string Interpreter::capture(const Body& body, ScopePtr scope) {
  std::string text;
  std::string* const output = std::exchange(output_, &text);
  ScopePtr outer = std::exchange(scope_, std::move(scope));
  // A failure ends the rendering: what was replaced need not be put back then.
  run(body);
  scope_ = std::move(outer);
  output_ = output;
  return text;
}

Interpreter::Flow Interpreter::run(const Body& body) {
  for (const auto& statement : body) {
    const Flow flow = run(*statement);
    if (flow != Flow::normal) return flow;
  }
  return Flow::normal;
}

Interpreter::Flow Interpreter::run(const Statement& statement) {
  const Frame frame(*this);
  spend(1);
  line_ = statement.line;
  switch (statement.kind) {
    case StatementKind::text:
      emit(statement.text);
      break;
    case StatementKind::print: {
      const Value value = evaluate(*statement.expression);
      if (value.is_text()) {
        emit(value.as_text());
      } else {
        emit(to_text(value));
      }
      break;
    }
    case StatementKind::condition:
      return run_condition(statement);
    case StatementKind::loop:
      return run_loop(statement);
    case StatementKind::assign:
      assign(*statement.target, evaluate(*statement.expression));
      break;
    case StatementKind::assign_block:
      run_assign_block(statement);
      break;
    case StatementKind::macro:
      scope_->set(statement.text, Value(std::shared_ptr<Object>(std::make_shared<Macro>(statement, scope_))));
      break;
    case StatementKind::call_block:
      run_call_block(statement);
      break;
    case StatementKind::filter_block: {
      const Value body(capture(statement.body, std::make_shared<Scope>(scope_)));
      emit(to_text(evaluate_filter(*statement.expression, &body)));
      break;
    }
    case StatementKind::with:
      return run_with(statement);
    case StatementKind::scope:
      emit(capture(statement.body, std::make_shared<Scope>(scope_)));
      break;
    case StatementKind::leave_loop:
      return Flow::leave_loop;
    case StatementKind::next_round:
      return Flow::next_round;
  }
  return Flow::normal;
}

Interpreter::Flow Interpreter::run_condition(const Statement& statement) {
  for (const Branch& branch : statement.branches) {
    if (!branch.condition || truth(evaluate(*branch.condition))) return run(branch.body);
  }
  return Flow::normal;
}

std::vector<Value> Interpreter::loop_items(const Statement& statement) {
  std::vector<Value> items = iterate(evaluate(*statement.expression));
  if (!statement.filter) return items;
  std::vector<Value> kept;
  const ScopePtr outer = scope_;
  for (Value& item : items) {
    scope_ = std::make_shared<Scope>(outer);
    assign(*statement.target, item);
    if (truth(evaluate(*statement.filter))) kept.push_back(std::move(item));
  }
  scope_ = outer;
  return kept;
}

Interpreter::Flow Interpreter::run_loop(const Statement& statement) {
  const auto loop = std::make_shared<LoopState>(loop_items(statement));
  if (loop->depth() > kMaxValueDepth) throw Failure("values nested too deeply");
  if (loop->size() == 0) return run(statement.otherwise);
  const ScopePtr outer = scope_;
  for (std::size_t i = 0; i < loop->size(); ++i) {
    spend(1);
    scope_ = std::make_shared<Scope>(outer);
    loop->move_to(i);
    scope_->set("loop", Value(std::shared_ptr<Object>(loop)));
    line_ = statement.line;
    assign(*statement.target, loop->item());
    if (run(statement.body) == Flow::leave_loop) break;
  }
  scope_ = outer;
  return Flow::normal;
}

Interpreter::Flow Interpreter::run_with(const Statement& statement) {
  auto inner = std::make_shared<Scope>(scope_);
  for (const auto& [name, value] : statement.parameters) inner->set(name, evaluate(*value));
  const ScopePtr outer = std::exchange(scope_, std::move(inner));
  const Flow flow = run(statement.body);
  scope_ = outer;
  return flow;
}

void Interpreter::run_assign_block(const Statement& statement) {
  Value body(capture(statement.body, std::make_shared<Scope>(scope_)));
  if (statement.expression) body = evaluate_filter(*statement.expression, &body);
  assign(*statement.target, std::move(body));
}

void Interpreter::run_call_block(const Statement& statement) {
  const Expression& expression = *statement.expression;
  const Value callee = evaluate(*expression.items[0]);
  Arguments arguments = evaluate_arguments(expression, 1);
  arguments.named.emplace_back("caller",
                               Value(std::shared_ptr<Object>(std::make_shared<Macro>(statement, scope_))));
  line_ = statement.line;
  emit(to_text(call(callee, arguments)));
}

void Interpreter::assign(const Expression& target, Value value) {
  if (target.kind == ExpressionKind::name) {
    scope_->set(target.text, std::move(value));
    return;
  }
  if (target.kind == ExpressionKind::attribute) {
    const Value owner = evaluate(*target.items[0]);
    const auto space = owner.is_object() ? std::dynamic_pointer_cast<Namespace>(owner.as_object()) : nullptr;
    if (!space) throw Failure("cannot assign attribute on non-namespace object");
    spend_bytes(sizeof(Value));
    space->set(target.text, std::move(value));
    return;
  }
  value.require_defined();
  std::vector<Value> items = iterate(value);
  if (items.size() != target.items.size()) {
    throw Failure(fmt::format("{} values for {} names", items.size(), target.items.size()));
  }
  for (std::size_t i = 0; i < items.size(); ++i) assign(*target.items[i], std::move(items[i]));
}

Value Interpreter::call(const Value& callee, Arguments& arguments) {
  const Frame frame(*this);
  spend(1);
  callee.require_defined();
  if (!callee.is_object()) throw Failure(fmt::format("'{}' object is not callable", callee.type_name()));
  const auto function = callee.as_object();
  return function->call(*this, arguments);
}

Value Interpreter::run_macro(const Statement& macro, const ScopePtr& scope, Arguments& arguments,
                             const Value& caller) {
  if (++macros_ > options_.max_depth)
    throw Failure(fmt::format("more than {} nested macro calls", options_.max_depth));
  auto inner = std::make_shared<Scope>(scope);
  const ScopePtr outer = std::exchange(scope_, inner);
  if (!caller.is_none()) inner->set("caller", caller);
  bind_parameters(macro, arguments, *inner, [&](const Expression& fallback) { return evaluate(fallback); });
  scope_ = outer;
  const int line = line_;
  Value result(capture(macro.body, std::move(inner)));
  line_ = line;
  --macros_;
  return result;
}

}  // namespace reckon::engine::jinja
