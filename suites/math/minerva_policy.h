#pragma once
// The rules of Lewkowycz et al. (2022, "Minerva"), appendix D, as lm-evaluation-harness 0.4.13 applies them.

#include <string>
#include <string_view>

#include "suites/math/judge.h"

namespace reckon::suites::math {

/// The final answer as their normal form: what stands behind the last "=", without unit words, with \text{}
/// opened, \fracab and \sqrta in braces.
std::string minerva_text(std::string_view answer);

/// Equal where the normal forms are the same text, or where both are values whose difference is zero. e, i
/// and pi are letters without a value there, 2\frac12 is a product; lists and tuples are compared as text.
Judgement judge_minerva(std::string_view gold, std::string_view answer);

}  // namespace reckon::suites::math
