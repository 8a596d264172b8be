#pragma once
// What a change may cost and must not break: the policy of a gate, as a person writes it in YAML
// (docs/gate.md).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "reports/run_data.h"

namespace reckon::reports {

struct SuitePolicy {
  std::string task;
  std::string metric;          ///< "name" or "name,filter"; empty: whether samples were judged correct
  double margin = 0;           ///< a loss inside it is allowed
  bool required = true;        ///< false: can fail the gate, but need not be shown to be no worse
  std::int64_t questions = 0;  ///< fewest questions in common; 0: any number
};

/// A bound on a figure of the new run, by itself or against the baseline.
struct LimitPolicy {
  std::string figure;
  std::optional<double> max;
  std::optional<double> min;
  std::optional<double> max_increase;  ///< share of the baseline's value: 0.1 allows 10 % more
  std::optional<double> max_decrease;
};

struct GatePolicy {
  std::string source;   ///< the file
  double alpha = 0.05;  ///< two-sided, over all suites (Holm)
  double margin = 0.02;
  std::vector<SuitePolicy> suites;  ///< empty: every suite of the baseline
  std::vector<LimitPolicy> limits;
};

/// `value` is the YAML as JSON. Errors: unknown keys (the nearest known one named), wrong types, numbers out
/// of range, a limit without a bound; each names `source` and the field.
GatePolicy read_gate_policy(const json::Value& value, const std::string& source);

/// The suites that a policy gates: those it names, else all of the baseline.
std::vector<SuitePolicy> gated_suites(const GatePolicy& policy, const RunData& baseline);

/// Figures that `limits` may name.
const std::vector<std::string>& limit_figures();

}  // namespace reckon::reports
