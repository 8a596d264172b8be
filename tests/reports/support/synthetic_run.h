#pragma once
// Run directories made up for tests: no model ever wrote these answers.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reckon::test {

struct SyntheticTask {
  std::string name;
  int questions = 20;
  int repeats = 1;
  double accuracy = 0.5;  ///< 0 and 1 are exact
  double truncated = 0;   ///< share of samples cut off by the token limit
  double failed = 0;      ///< share of samples lost to the infrastructure
  int cluster_size = 1;   ///< questions that share a source
  int text_bytes = 0;     ///< length of prompt and thinking together; 0: short ones
};

struct SyntheticRun {
  std::string model = "synthetic-moe";
  std::vector<SyntheticTask> tasks;
  std::optional<double> usd_per_hour;
  std::uint64_t seed = 1;
  bool killed_first_launch = false;
  bool kernels = false;
  std::string hostile_text;               ///< put into every completion
  std::string model_config;               ///< the text of its config.json; empty: not recorded
  std::optional<double> grading_seconds;  ///< of the last launch
  double skill_shift = 0;  ///< added to the accuracy that the questions' difficulty is drawn for
};

/// Writes the run below `folder` (made when absent) and returns `folder`.
std::string write_synthetic_run(const std::string& folder, const SyntheticRun& run);

}  // namespace reckon::test
