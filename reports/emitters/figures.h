#pragma once
// The figures of a run that monitoring and benchmark tools follow over time.

#include <optional>
#include <string>
#include <vector>

#include "reports/summary.h"

namespace reckon::reports {

struct Figure {
  std::string name;  ///< in OpenMetrics' words, without the prefix: "usd_per_solved"
  std::string help;
  std::string unit;  ///< for people
  bool bigger_is_better = true;
  std::string run;
  std::string suite;  ///< empty: of the whole run
  double value = 0;
  std::optional<Interval> interval;
  std::string extra;  ///< n, method
};

/// Only figures that are known.
std::vector<Figure> figures_of(const Summary& summary);

}  // namespace reckon::reports
