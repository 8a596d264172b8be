#pragma once
// Sets of real numbers made of intervals and points.

#include "suites/math/judge.h"
#include "suites/math/tree.h"

namespace reckon::suites::math {

/// An interval, a named set, or a union, intersection or difference of such and of finite sets.
bool is_interval_set(const Node& tree);

/// Both in one normal form: disjoint pieces in increasing order, neighbours joined. Where the ends cannot be
/// put in order (they hold variables), unions are compared piece by piece in any order.
Judgement compare_interval_sets(const Tree& gold, const Tree& answer);

}  // namespace reckon::suites::math
