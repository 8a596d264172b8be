#pragma once
// Whether a case computes what it should, before it is timed.

#include <functional>
#include <optional>
#include <span>

#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {

/// What a case's results are held against: another back end's of the same data.
struct CheckRules {
  const char* reference_name = "";  ///< "the CPU", for errors
  std::function<BenchmarkDevice()> reference;
  /// A device like the one that is timed, for smaller problems.
  std::function<BenchmarkDevice()> timed;
  /// Largest difference that is accepted, as a share of the largest value; 0: bit for bit.
  double tolerance = 0;
  /// Most work that the reference repeats: of larger cases some tokens, or a smaller problem.
  double most_flops = 0;
  double most_bytes = 0;
};

/// `prepared` on `device` was called once, on its first copies. The largest difference; nothing where nothing
/// can be compared. Errors: evaluation error when it is more than the tolerance.
std::optional<double> check_case(const KernelCase& item, const PreparedCall& prepared,
                                 BenchmarkDevice& device, const CheckRules& rules);

/// The largest difference as a share of the largest wanted value; infinite where one is no number.
double share_apart(std::span<const float> found, std::span<const float> wanted);

}  // namespace reckon::kernels
