#pragma once
// Asks what is missing, grades what comes back, records it at once.

#include <cstdint>
#include <functional>

#include "harness/model.h"
#include "harness/progress.h"
#include "harness/run_directory.h"
#include "harness/run_settings.h"
#include "reports/gate/early_stopping.h"

namespace reckon::harness {

struct RunOutcome {
  std::int64_t total = 0;  ///< samples x repeats of all tasks
  std::int64_t done_before = 0;
  std::int64_t done_now = 0;
  std::int64_t failed = 0;           ///< ended as infrastructure errors
  std::int64_t failed_for_good = 0;  ///< of them those that end so each time: the prompt does not fit, ...
  bool interrupted = false;          ///< Ctrl-C: start the same command again to go on
  std::string first_error;           ///< of a failed sample
};

/// Runs until nothing is missing, `stop()` says so, or `stopping` (may be null) needs no more questions.
/// Retryable failures are tried up to kAttempts times. Errors of writing (full disk) end the run at once and
/// lose no record.
RunOutcome run_samples(Model& model, const RunSettings& settings, RunDirectory& directory, Progress& progress,
                       const std::function<bool()>& stop, reports::EarlyStopping* stopping = nullptr);

/// With early stopping few requests are in flight: all that are when a gate is decided are answered in vain.
constexpr int kGatedInFlight = 16;

constexpr int kAttempts = 3;
constexpr double kHeartbeatSeconds = 2.0;

}  // namespace reckon::harness
