#pragma once
// Whether code that a model wrote may be run here, and what holds it.

#include <string>

#include "suites/sandbox/limits.h"

namespace reckon::suites::code {

enum class Execution {
  sandboxed,  ///< the default: refused where a required layer does not work
  unsafe,     ///< --sandbox none with --confirm_run_unsafe_code: limits of time and size only
};

/// For the whole process; before the first program runs.
void set_execution(Execution execution);
Execution execution();

/// Errors (exit code 2): sandboxed, and a required layer does not work here; names it, its remedy and the way
/// to go without.
void require_execution(const std::string& asked_by);

/// The layers left out, and what is left, as it stands in every record; begins with "none" when unsafe.
sandbox::Layers layers_left_out();
std::string isolation();

}  // namespace reckon::suites::code
