#pragma once
// The exact rational value of a constant tree, where it has one and its size allows to write it down.

#include <map>
#include <optional>
#include <string>

#include "suites/math/tree.h"

namespace reckon::suites::math {

/// Values of variables, by name.
using Assignment = std::map<std::string, Rational, std::less<>>;

/// nullopt where the tree holds anything irrational, an unknown variable, a division by zero, or a number
/// over kMaxExactBits, or where all numbers on the way have over 20 times that; powers and factorials are
/// sized before they are computed.
std::optional<Rational> exact_value(const Node& tree, const Assignment& variables = {});

/// The exact k-th root of a rational, real where k is odd; nullopt where it is irrational or not real.
std::optional<Rational> exact_root(const Rational& value, long k);

inline constexpr long kMaxExactBits = 50'000;

}  // namespace reckon::suites::math
