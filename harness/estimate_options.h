#pragma once
// The flags of `reckon estimate`.

#include "harness/command_line.h"

namespace CLI {
class App;
}

namespace reckon::harness {

void add_estimate_options(CLI::App& app, EstimateCommand& command);

}  // namespace reckon::harness
