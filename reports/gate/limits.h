#pragma once
#include "reports/gate/gate.h"

namespace reckon::reports {

/// The figure of a run that a limit names; absent: not known.
std::optional<double> figure_of(const RunSummary& run, const std::string& figure);

/// A figure with an interval (cost per solved problem) fails only when the whole interval is beyond the bound
/// and passes only when all of it is within; other figures are compared as they are.
GateCheck check_limit(const LimitPolicy& limit, const RunSummary& baseline, const RunSummary& candidate);

}  // namespace reckon::reports
