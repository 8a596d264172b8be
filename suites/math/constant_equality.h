#pragma once
// Equality of two constants: balls, separation bounds, and Calcium where the size rule allows.

#include "suites/math/judge.h"
#include "suites/math/tree.h"

namespace reckon::suites::math {

/// Both prepared and without variables.
Judgement compare_constants(const Node& gold, const Node& answer);

}  // namespace reckon::suites::math
