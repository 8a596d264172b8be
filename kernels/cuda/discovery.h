#pragma once
// Whether there is a device that the CUDA back end can use, and if not, what is missing and what to do.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckon::kernels::cuda {

/// What a machine says of itself; versions as CUDA counts them (13000 for 13.0).
struct MachineFacts {
  bool has_driver_library = false;  ///< libcuda.so.1 can be opened
  int driver_version = 0;           ///< the newest CUDA that the driver speaks; 0: it does not answer
  int built_for = 0;                ///< the CUDA that this program was built with
  int device_count = 0;
  int initialise_error = 0;            ///< of cudaGetDeviceCount
  std::string initialise_text;         ///< its name
  std::optional<std::string> visible;  ///< CUDA_VISIBLE_DEVICES, where it is set
};

/// Oldest compute capability that kernels are written for.
constexpr int kLeastComputeMajor = 8;

/// Why no device can be used, with the remedy; nothing when one can.
std::optional<std::string> missing_device(const MachineFacts& facts);

/// Why this device cannot be used: too old, or the program holds no code for it (`has_code`); nothing when it
/// can. `architectures`: what the program was built for, as "sm_90a".
std::optional<std::string> unusable_device(const std::string& name, int compute_major, int compute_minor,
                                           bool has_code, const std::string& architectures);

/// Why these devices (their names, in the order of the ranks) cannot share a model, with the remedy; nothing
/// when they can: results would depend on which of them a token's expert lies on.
std::optional<std::string> unequal_devices(const std::vector<std::string>& names);

/// What to do about an error of the CUDA runtime, by its name ("cudaErrorECCUncorrectable"); "" where nothing
/// is known to help.
std::string remedy_for(std::string_view error_name);

}  // namespace reckon::kernels::cuda
