#pragma once
// One committed case: a config and the log-probabilities that transformers computed (make_golden.py).

#include <string>
#include <vector>

namespace reckon::test {

struct GoldenCase {
  std::string folder;  ///< holds config.json
  std::vector<std::int32_t> tokens;
  std::vector<bool> excluded;                ///< router margin below 1e-4: another choice is as right
  std::vector<std::vector<float>> logprobs;  ///< [position][vocabulary]
};

const std::vector<std::string>& golden_names();
GoldenCase read_golden(const std::string& name);

struct Difference {
  float largest = 0.0F;
  std::size_t position = 0, token = 0;
};

/// The largest absolute difference of two sets of rows, without excluded positions.
Difference largest_difference(const std::vector<std::vector<float>>& left,
                              const std::vector<std::vector<float>>& right,
                              const std::vector<bool>& excluded);

}  // namespace reckon::test
