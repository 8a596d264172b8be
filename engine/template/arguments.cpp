#include "engine/template/arguments.h"

#include <algorithm>

#include <fmt/format.h>

namespace reckon::engine::jinja {

Bound::Bound(std::string_view function, const Arguments& arguments, std::initializer_list<const char*> names)
    : function_(function), names_(names), values_(names.size(), nullptr) {
  if (arguments.positional.size() > values_.size()) {
    throw Failure(fmt::format("{}() takes at most {} arguments ({} given)", function_, values_.size(),
                              arguments.positional.size()));
  }
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) values_[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    const auto known =
        std::find_if(names_.begin(), names_.end(), [&wanted = name](const char* n) { return wanted == n; });
    if (known == names_.end()) {
      throw Failure(fmt::format("{}() got an unexpected keyword argument '{}'", function_, name));
    }
    const auto index = static_cast<std::size_t>(known - names_.begin());
    if (values_[index] != nullptr) {
      throw Failure(fmt::format("{}() got multiple values for argument '{}'", function_, name));
    }
    values_[index] = &value;
  }
}

const Value& Bound::at(std::size_t index) const {
  if (values_[index] == nullptr) {
    throw Failure(fmt::format("{}() misses its argument '{}'", function_, names_[index]));
  }
  return *values_[index];
}

const std::string& Bound::text(std::size_t index) const {
  const Value& value = at(index);
  value.require_defined();
  if (!value.is_text()) {
    throw Failure(
        fmt::format("{}() wants a str as '{}', not {}", function_, names_[index], value.type_name()));
  }
  return value.as_text();
}

std::int64_t Bound::integer(std::size_t index, std::int64_t fallback) const {
  if (!has(index)) return fallback;
  const Value& value = at(index);
  value.require_defined();
  if (!value.is_int() && !value.is_bool()) {
    throw Failure(
        fmt::format("{}() wants an int as '{}', not {}", function_, names_[index], value.type_name()));
  }
  return value.as_int();
}

}  // namespace reckon::engine::jinja
