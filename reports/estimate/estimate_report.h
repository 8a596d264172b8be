#pragma once
// What `reckon estimate` prints: the same content as text for people and as JSON.

#include <optional>
#include <string>
#include <vector>

#include "reports/estimate/comparison.h"
#include "reports/estimate/training.h"
#include "reports/estimate/workload.h"

namespace reckon::reports {

struct DeviceReport {
  DeviceEstimate device;
  std::optional<DevicePriceRange> price;  ///< absent: not known
  std::optional<WorkloadEstimate> work;
};

struct EstimateReport {
  std::vector<DeviceReport> devices;
  std::optional<Workload> workload;
  bool explain = false;  ///< every part of a step
};

std::string estimate_markdown(const EstimateReport& report);
std::string estimate_json(const EstimateReport& report);

struct TrainingReport {
  std::string model;
  TrainingSetup setup;
  std::string rate_source;
  std::optional<TrainingEstimate> estimate;  ///< of setup.tokens, where they were given
  std::optional<double> days;                ///< where a time was given: what fits into it
  std::optional<DevicePriceRange> price;
  /// What other clusters could do in that time: devices and tokens.
  std::vector<std::pair<double, Range>> clusters;
};

std::string training_markdown(const TrainingReport& report);
std::string training_json(const TrainingReport& report);

/// "17,022 (11,637 to 24,899)"; figures rounded to `digits` significant ones.
std::string range_text(const Range& range, int digits = 4);

}  // namespace reckon::reports
