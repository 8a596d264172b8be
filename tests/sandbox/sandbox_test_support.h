#pragma once
// What the tests of the sandbox share.

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "suites/sandbox/isolation.h"
#include "suites/sandbox/run_program.h"

/// Skips the test by the name of the layer that this machine lacks.
#define RECKON_NEEDS_SANDBOX()                                                                    \
  if (const std::string missing = reckon::suites::sandbox::sandbox_problem(); !missing.empty()) { \
    GTEST_SKIP() << "this machine lacks " << missing;                                             \
  }

namespace reckon::suites::sandbox::test {

/// Small limits, so that each is reached soon.
Limits tight_limits();
ProgramRun run_python(std::string_view source, std::string_view input = "",
                      const Limits& limits = tight_limits(), const Layers& without = {});
ProgramRun run_cpp(std::string_view source, std::string_view input = "",
                   const Limits& limits = tight_limits(), const Layers& without = {});

}  // namespace reckon::suites::sandbox::test
