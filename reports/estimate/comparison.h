#pragma once
// The same work on several devices, with the reason of each difference.

#include <optional>
#include <string>
#include <vector>

#include "reports/estimate/serving.h"

namespace reckon::reports {

/// One figure in which a device differs from the first, and what follows when only that figure is changed.
struct Difference {
  std::string figure;  ///< "memory bandwidth"
  std::string first;   ///< "3,350 GB/s"
  std::string other;
  double decode_ratio = 1;  ///< tokens/s with the other's figure over tokens/s without
  double prefill_ratio = 1;
  std::string consequence;  ///< one clause for people
};

struct DeviceEstimate {
  ServingSetup setup;
  std::optional<ServingEstimate> estimate;  ///< absent: `problem` says why
  std::string problem;
  std::vector<Difference> differences;  ///< from the first device; empty for that
};

/// Estimates `setup` on each card. A card without FP8 arithmetic works in BF16.
std::vector<DeviceEstimate> compare_devices(const ServingSetup& setup, const std::vector<Accelerator>& cards,
                                            const Constants& constants);

}  // namespace reckon::reports
