#pragma once
// Functions that every template sees: range, namespace, dict, raise_exception, strftime_now, joiner, cycler.

#include "engine/template/interpreter.h"

namespace reckon::engine::jinja {

void define_globals(Scope& scope);

}  // namespace reckon::engine::jinja
