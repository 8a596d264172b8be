#pragma once
// Units behind numbers: one side may leave them out; two that say different things differ.

#include <optional>

#include "suites/math/judge.h"
#include "suites/math/readings.h"

namespace reckon::suites::math {

/// A verdict where the units decide it: am and pm, metres and kilograms, or two lengths in different units (5
/// m and 500 cm). nullopt where the numbers decide: no unit, one unit, the same unit, or words that are no
/// known units.
std::optional<Judgement> compare_units(const Answer::Interpretation& gold,
                                       const Answer::Interpretation& answer);

}  // namespace reckon::suites::math
