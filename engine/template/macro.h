#pragma once
// {% macro %} and the body of {% call %} as functions.

#include <functional>
#include <memory>
#include <string>

#include "engine/template/interpreter.h"
#include "engine/template/syntax.h"

namespace reckon::engine::jinja {

class Macro : public Object {
 public:
  /// `statement` (a macro or call block) belongs to the program. The scope is not kept alive: a macro that a
  /// namespace carries out of the block that defines it can no longer be called.
  Macro(const Statement& statement, const ScopePtr& scope) : statement_(statement), scope_(scope) {}
  std::string type_name() const override { return "Macro"; }
  std::string text() const override { return "<Macro '" + name() + "'>"; }
  std::optional<Value> attribute(std::string_view name) const override;
  bool callable() const override { return true; }
  Value call(Interpreter& interpreter, Arguments& arguments) override;

 private:
  std::string name() const { return statement_.kind == StatementKind::macro ? statement_.text : "caller"; }
  const Statement& statement_;
  std::weak_ptr<Scope> scope_;
};

/// Puts the arguments of a call into `scope` under the parameters' names; defaults are evaluated where
/// needed. Failures: too many arguments, an unknown name, a parameter given twice.
void bind_parameters(const Statement& macro, Arguments& arguments, Scope& scope,
                     const std::function<Value(const Expression&)>& evaluate);

}  // namespace reckon::engine::jinja
