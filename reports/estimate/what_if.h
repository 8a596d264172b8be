#pragma once
// What a run's own tokens would take on an H800 and on an H100: by its model, and by published models in the
// layouts that the two cards differ in most and least.

#include <optional>
#include <string>
#include <vector>

#include "reports/estimate/estimate_report.h"

namespace reckon::reports {

struct WhatIfCase {
  std::string model;
  std::string layout;                 ///< "8 devices, tensor parallel in one node"
  bool own = false;                   ///< the model of the run
  double requests = 0;                ///< decoded at once, over all devices
  std::vector<DeviceReport> devices;  ///< in the order of the cards
};

struct WhatIf {
  Workload work;
  double prompt_tokens = 0;  ///< of a request, on average
  double output_tokens = 0;
  std::vector<WhatIfCase> cases;
};

/// What estimates are made from.
struct EstimateSources {
  std::vector<Accelerator> cards;  ///< compared with the first of them
  Constants constants;
  std::optional<PriceBook> prices;
  std::string models_folder;  ///< share/estimate/models
};

/// Reads share/. Errors: as the files' readers.
EstimateSources load_estimate_sources(const std::string& hardware_folder, const std::string& estimate_folder,
                                      const std::string& prices_folder,
                                      const std::vector<std::string>& cards);

/// Requests have the mean lengths of the run's. The run's model takes the smallest layout that fits the first
/// card, at most 32 requests a device; it is left out where the run does not hold its config.json or
/// estimates do not know the family. Absent for a run without tokens.
std::optional<WhatIf> what_if(const RunData& run, const EstimateSources& sources);

}  // namespace reckon::reports
