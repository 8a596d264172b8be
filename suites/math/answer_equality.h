#pragma once
// Equality of whole answers: collections, statements and values.

#include "suites/math/judge.h"
#include "suites/math/tree.h"

namespace reckon::suites::math {

/// Under the strict policy. Lists and sets in any order, tuples and matrices entry by entry, intervals with
/// their ends and brackets; a statement that names a value ("x = 5", "x \in S", "1 < x < 2") is that value.
Judgement compare_answers(const Tree& gold, const Tree& answer);

}  // namespace reckon::suites::math
