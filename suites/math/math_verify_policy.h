#pragma once
// Math-Verify 0.9's rules of equality on our trees.

#include <string_view>

#include "suites/math/judge.h"

namespace reckon::suites::math {

/// Rounds where a decimal is involved, follows the form of the gold answer in equations, takes {1,3} for
/// (1,3), and is not symmetric.
Judgement judge_math_verify(std::string_view gold, std::string_view answer, const Policy& policy);

}  // namespace reckon::suites::math
