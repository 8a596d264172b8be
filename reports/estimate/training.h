#pragma once
// What a training run takes: device-hours, days, USD; and how published figures follow from one another.

#include <optional>
#include <string>
#include <vector>

#include "reports/estimate/model_shape.h"
#include "reports/estimate/workload.h"

namespace reckon::reports {

struct TrainingSetup {
  double flop_per_token = 0;
  double tokens = 0;
  Accelerator card;
  double devices = 1;
  Range flops_per_device;  ///< reached, operations a second
};

/// Peak BF16 times MFU. MFU counts against BF16, whatever the products run in, as publications do.
Range training_flops(const Accelerator& card, const Range& mfu);

struct TrainingEstimate {
  Range device_hours;
  Range days;
  std::optional<Range> usd;
};
TrainingEstimate estimate_training(const TrainingSetup& setup, const std::optional<DevicePriceRange>& price);

/// Tokens that the devices get through in that time.
Range tokens_in(const TrainingSetup& setup, double days);

/// One line of a derivation. `published` is what the source prints, where it prints it.
struct DerivationStep {
  std::string what;
  std::string arithmetic;  ///< "14.8 T x 180,000 h"
  double value = 0;
  std::string text;  ///< the value with its unit, rounded as the source does
  std::optional<double> published;
  std::string published_text;
};

struct Derivation {
  std::string title;
  std::string source;
  std::vector<DerivationStep> steps;
  const DerivationStep& step(const std::string& what) const;  ///< errors: no such step
};

/// Every published run and serving bill of the file, step by step. Errors name file and field.
std::vector<Derivation> derive_published(const std::string& path, const std::string& models_folder,
                                         const std::vector<Accelerator>& cards);

std::string derivations_markdown(const std::vector<Derivation>& derivations);

}  // namespace reckon::reports
