#include "engine/model/rope_frequencies.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace reckon::engine {
namespace {

constexpr double kTwoPi = 2.0 * std::numbers::pi;

// Llama 3.1: long wavelengths are stretched by the factor, short ones left, those between blended.
double llama3_frequency(double frequency, const RopeScaling& scaling) {
  const double context = static_cast<double>(scaling.original_context);
  const double wavelength = kTwoPi / frequency;
  if (wavelength < context / scaling.high_freq_factor) return frequency;
  if (wavelength > context / scaling.low_freq_factor) return frequency / scaling.factor;
  const double smooth =
      (context / wavelength - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
  return (1.0 - smooth) * frequency / scaling.factor + smooth * frequency;
}

struct Range {
  double low, high;
};

// YaRN (arXiv 2309.00071): the dimensions that turn beta_fast and beta_slow times within the original
// context.
Range yarn_correction_range(const RopeConfig& config) {
  const RopeScaling& scaling = config.scaling;
  const auto dimension = [&](double rotations) {
    return config.rotary_dim *
           std::log(static_cast<double>(scaling.original_context) / (rotations * kTwoPi)) /
           (2.0 * std::log(config.theta));
  };
  Range range{dimension(scaling.beta_fast), dimension(scaling.beta_slow)};
  if (scaling.truncate) range = {std::floor(range.low), std::ceil(range.high)};
  range = {std::max(range.low, 0.0), std::min(range.high, config.rotary_dim - 1.0)};
  if (range.low == range.high) range.high += 0.001;
  return range;
}

}  // namespace

std::vector<float> rope_inverse_frequencies(const RopeConfig& config, const std::vector<float>& divisors) {
  const RopeScaling& scaling = config.scaling;
  const Range range =
      scaling.kind == RopeScaling::Kind::yarn ? yarn_correction_range(config) : Range{0.0, 1.0};
  std::vector<float> result;
  for (std::int32_t i = 0; i < config.rotary_dim / 2; ++i) {
    double frequency = std::pow(config.theta, -2.0 * i / config.rotary_dim);
    if (!divisors.empty()) frequency /= static_cast<double>(divisors[static_cast<std::size_t>(i)]);
    switch (scaling.kind) {
      case RopeScaling::Kind::none:
        break;
      case RopeScaling::Kind::linear:
        frequency /= scaling.factor;
        break;
      case RopeScaling::Kind::llama3:
        frequency = llama3_frequency(frequency, scaling);
        break;
      case RopeScaling::Kind::yarn: {
        const double stretched = std::clamp((i - range.low) / (range.high - range.low), 0.0, 1.0);
        frequency = frequency / scaling.factor * stretched + frequency * (1.0 - stretched);
        break;
      }
    }
    result.push_back(static_cast<float>(frequency));
  }
  return result;
}

}  // namespace reckon::engine
