#pragma once
// A tree made ready for comparison: units resolved, based numerals as numbers, angles reduced.

#include "suites/math/tree.h"

namespace reckon::suites::math {

enum class PercentMeaning { hundredth, dropped };

/// - based numerals become numbers, `percent` a hundredth or its number, `degree` an angle in radians inside
///   trigonometric functions and else its number (or, with `degrees_as_radians`, an angle too);
/// - roots become powers with a reciprocal exponent; log to the base e keeps one argument's form (log x e);
/// - sin, cos, tan ... of rational multiples of pi are written with cos(r pi), 0 < r < 1/2, and with roots
/// where
///   r is 1/3, 1/4 or 1/6; abs of a rational, constant powers of numbers are computed.
Tree prepare(const Tree& tree, PercentMeaning percent, bool degrees_as_radians = false);

}  // namespace reckon::suites::math
