#pragma once
#include <span>
#include <vector>

namespace reckon::reports {

/// Holm's step-down correction (1979): adjusted p-values in the order given. Reject those <= alpha (rule R5).
std::vector<double> holm_adjusted(std::span<const double> p_values);

}  // namespace reckon::reports
