#pragma once
// What accelerators can do at most, by their makers' figures, each entry with its sources.

#include <optional>
#include <string>
#include <vector>

namespace reckon::reports {

struct Accelerator {
  std::string name;
  std::string arch;
  std::string compute_capability;
  int sm_count = 0;
  double memory_gb = 0;  ///< the vendor's label
  std::string memory_type;
  double memory_gb_per_s = 0;
  double bf16_dense_tflops = 0;
  std::optional<double> fp8_dense_tflops;  ///< absent: no such arithmetic
  double fp64_tflops = 0;
  double link_gb_per_s_both_ways = 0;  ///< 0: none
  int pcie_generation = 0;
  double power_watts = 0;
  std::string notes;
  std::vector<std::string> sources;
  std::string confidence;

  /// Operations a byte read must serve before arithmetic, not memory, is the limit.
  double ridge_bf16_flop_per_byte() const { return bf16_dense_tflops * 1e12 / (memory_gb_per_s * 1e9); }
};

/// Reads one catalogue file (share/hardware/*.json, or a user's). Errors name file, entry and field: missing
/// sources, figures that are not positive or break physics (float64 above bfloat16, FP8 below it, a ridge no
/// memory system has), two entries of one name.
std::vector<Accelerator> load_hardware(const std::string& path);

}  // namespace reckon::reports
