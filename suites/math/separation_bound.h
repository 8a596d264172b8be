#pragma once
// How small an algebraic number can be without being zero: what turns agreement of digits into a proof.

#include <optional>

#include "suites/math/tree.h"

namespace reckon::suites::math {

/// For a prepared constant tree of rationals, i, real roots, cos(r pi) and the four operations: B such that
/// its value is 0 or at least 2^-B in magnitude. nullopt where something in it is not algebraic. The bound of
/// Burnikel, Funke, Mehlhorn, Schirra and Schmitt (2001): the value is U / L with algebraic integers whose
/// conjugates are at most u and l in magnitude, and D bounds the degree: |value| >= 1 / (u^(D-1) l).
std::optional<double> separation_bits(const Node& tree);

}  // namespace reckon::suites::math
