#pragma once
// The files of share/ that estimates are made from.

#include "reports/estimate/constants.h"
#include "reports/estimate/serving.h"
#include "reports/hardware/catalogue.h"
#include "tests/support/shared_data.h"

namespace reckon::test {

inline std::vector<reports::Accelerator> shipped_hardware() {
  return reports::load_hardware(source_file("share/hardware/accelerators.json"));
}

inline reports::Constants shipped_constants() {
  return reports::load_constants(source_file("share/estimate/constants.json"));
}

inline std::string models_folder() { return source_file("share/estimate/models"); }

inline reports::ModelShape shipped_shape(const std::string& name) {
  return reports::load_model_shape(models_folder() + "/" + name + ".json");
}

/// DeepSeek-V3 in FP8, experts spread over all devices, 128 requests each.
inline reports::ServingSetup wide_setup(const std::string& device, int devices) {
  const auto cards = shipped_hardware();
  reports::ServingSetup setup;
  setup.shape = shipped_shape("deepseek-v3");
  setup.machine.card = reports::find_accelerator(cards, device);
  setup.precision = reports::Precision::fp8;
  setup.layout = {devices, 1, devices, 0, setup.machine.card.devices_per_link_domain};
  setup.requests = 128.0 * devices;
  return setup;
}

}  // namespace reckon::test
