#include "engine/template/macro.h"

#include <algorithm>

#include <fmt/format.h>

namespace reckon::engine::jinja {
namespace {

bool mentions(const Expression* expression, std::string_view name) {
  if (expression == nullptr) return false;
  if (expression->kind == ExpressionKind::name && expression->text == name) return true;
  const auto in = [&](const auto& child) { return mentions(child.get(), name); };
  return std::any_of(expression->items.begin(), expression->items.end(), in) ||
         std::any_of(expression->named.begin(), expression->named.end(),
                     [&](const auto& pair) { return mentions(pair.second.get(), name); }) ||
         mentions(expression->star.get(), name) || mentions(expression->double_star.get(), name);
}

bool mentions(const Body& body, std::string_view name) {
  return std::any_of(body.begin(), body.end(), [&](const auto& statement) {
    if (mentions(statement->expression.get(), name) || mentions(statement->filter.get(), name)) return true;
    for (const auto& [unused, value] : statement->parameters) {
      if (mentions(value.get(), name)) return true;
    }
    for (const Branch& branch : statement->branches) {
      if (mentions(branch.condition.get(), name) || mentions(branch.body, name)) return true;
    }
    return mentions(statement->body, name) || mentions(statement->otherwise, name);
  });
}

}  // namespace

std::optional<Value> Macro::attribute(std::string_view key) const {
  if (key == "name") return Value(name());
  if (key == "arguments") {
    std::vector<Value> names;
    for (const auto& parameter : statement_.parameters) names.emplace_back(parameter.first);
    return make_list(std::move(names), List::Flavor::tuple);
  }
  return std::nullopt;
}

Value Macro::call(Interpreter& interpreter, Arguments& arguments) {
  const ScopePtr scope = scope_.lock();
  if (!scope) throw Failure(fmt::format("the macro '{}' is called after its block has ended", name()));
  Value caller;
  auto& named = arguments.named;
  const auto given =
      std::find_if(named.begin(), named.end(), [](const auto& pair) { return pair.first == "caller"; });
  const bool is_parameter = std::any_of(statement_.parameters.begin(), statement_.parameters.end(),
                                        [](const auto& parameter) { return parameter.first == "caller"; });
  if (given != named.end() && !is_parameter) {
    if (!mentions(statement_.body, "caller")) {
      throw Failure(fmt::format("macro '{}' takes no keyword argument 'caller'", name()));
    }
    caller = given->second;
    named.erase(given);
  }
  return interpreter.run_macro(statement_, scope, arguments, caller);
}

void bind_parameters(const Statement& macro, Arguments& arguments, Scope& scope,
                     const std::function<Value(const Expression&)>& evaluate) {
  const auto& parameters = macro.parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, fallback] = parameters[i];
    const auto named = std::find_if(arguments.named.begin(), arguments.named.end(),
                                    [&, &wanted = name](const auto& pair) { return pair.first == wanted; });
    if (i < arguments.positional.size()) {
      if (named != arguments.named.end()) {
        throw Failure(fmt::format("macro '{}' got several values for '{}'", macro.text, name));
      }
      scope.set(name, arguments.positional[i]);
    } else if (named != arguments.named.end()) {
      scope.set(name, named->second);
      arguments.named.erase(named);
    } else if (fallback) {
      scope.set(name, evaluate(*fallback));
    } else {
      scope.set(name, Value::undefined(fmt::format("parameter '{}' was not provided", name)));
    }
  }
  const bool has_varargs = mentions(macro.body, "varargs");
  const bool has_kwargs = mentions(macro.body, "kwargs");
  if (arguments.positional.size() > parameters.size() && !has_varargs) {
    throw Failure(fmt::format("macro '{}' takes not more than {} arguments", macro.text, parameters.size()));
  }
  if (!arguments.named.empty() && !has_kwargs) {
    throw Failure(
        fmt::format("macro '{}' takes no keyword argument '{}'", macro.text, arguments.named[0].first));
  }
  if (has_varargs) {
    const auto begin = std::min(parameters.size(), arguments.positional.size());
    scope.set("varargs", make_list({arguments.positional.begin() + static_cast<std::ptrdiff_t>(begin),
                                    arguments.positional.end()},
                                   List::Flavor::tuple));
  }
  if (has_kwargs) {
    auto rest = std::make_shared<Dict>();
    for (auto& [name, value] : arguments.named) rest->insert(Value(name), value);
    scope.set("kwargs", Value(std::move(rest)));
  }
}

}  // namespace reckon::engine::jinja
