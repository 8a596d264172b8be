#pragma once
// Sums, products and multiples of matrices, written out entry by entry.

#include "suites/math/tree.h"

namespace reckon::suites::math {

/// A tree in which matrices are added and multiplied; where shapes do not fit, or over 400 entries, it stays
/// as it is.
Tree with_matrices_computed(const Tree& tree);

}  // namespace reckon::suites::math
