#pragma once
#include <string>

#include "reports/summary.h"

namespace reckon::reports {

/// What was run and what came out, as a person would say it.
struct Headline {
  std::string title;    ///< one sentence with the main result
  std::string details;  ///< what was run, with the uncertainty and the cost
};
Headline headline_of(const Summary& summary);

}  // namespace reckon::reports
