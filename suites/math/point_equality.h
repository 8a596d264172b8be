#pragma once
// Equality of expressions in variables by certified evaluation at seeded rational points.

#include "suites/math/judge.h"
#include "suites/math/tree.h"

namespace reckon::suites::math {

/// Both prepared, at least one with variables. At each point both values are balls: disjoint balls prove the
/// expressions different, and so does a point where only one of them is defined (over the reals, unless i is
/// in them). Agreement needs 8 to 20 points where both are defined; fewer are not decided.
Judgement compare_at_points(const Tree& gold, const Tree& answer);

}  // namespace reckon::suites::math
