#pragma once
// The half of `reckon score` that grades a run directory again.

#include "harness/command_line.h"

namespace reckon::harness {

/// Prints each verdict that changed and a line a task; with --output-path a run directory with the new
/// verdicts. The old records stay as they are.
int score_run(const ScoreCommand& command);

}  // namespace reckon::harness
