#pragma once
// Equality of two values (numbers and expressions), step by step from exact normal forms to points.

#include "suites/math/judge.h"
#include "suites/math/tree.h"

namespace reckon::suites::math {

/// Both prepared (prepare.h).
Judgement compare_prepared(const Tree& gold, const Tree& answer);

/// Not yet prepared: percent and degree signs count as units that may be missing on one side, and also as the
/// values they stand for (10% is 10 and 0.1, 90 degrees are 90 and pi/2).
Judgement compare_values(const Tree& gold, const Tree& answer);

/// The values that a "plus or minus" stands for; a tree without it is its own one value.
std::vector<Tree> both_signs(const Tree& tree);

}  // namespace reckon::suites::math
