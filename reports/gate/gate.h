#pragma once
// Did a change make something worse? Rule R6: a gate fails if any suite is worse after Holm's correction, it
// passes only if every required suite is shown to be no worse than its margin, and is inconclusive otherwise.

#include <optional>
#include <string>
#include <vector>

#include "reports/gate/policy.h"
#include "reports/report.h"
#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

enum class GateStatus { passed, failed, inconclusive, not_evaluated };
const char* name_of(GateStatus status);

/// One suite or one limit.
struct GateCheck {
  enum class Kind { suite, limit };
  Kind kind = Kind::suite;
  std::string name;
  GateStatus status = GateStatus::passed;
  std::string message;                       ///< one sentence with the figures
  std::optional<TaskComparison> comparison;  ///< of a suite
  std::optional<double> value;               ///< of a limit: the new run's figure
  std::optional<double> baseline;
};

struct GateResult {
  GateStatus status = GateStatus::passed;
  std::string title;  ///< one sentence
  std::string policy;
  std::string baseline_label;
  std::string label;
  double alpha = 0.05;
  std::vector<GateCheck> checks;
  std::vector<std::string> warnings;
};

/// Never throws for what the runs hold: what cannot be evaluated is a check that says so.
GateResult run_gate(const GatePolicy& policy, const RunData& baseline, const RunData& candidate,
                    const ReportOptions& prices = {});

/// 0 passed, 1 failed, 3 not evaluated, 4 inconclusive; `inconclusive_as` replaces the last one.
int exit_code_of(const GateResult& result, std::optional<GateStatus> inconclusive_as = {});

std::string gate_text(const GateResult& result);
std::string gate_json(const GateResult& result);

}  // namespace reckon::reports
