#include "kernels/cuda/discovery.h"

#include <fmt/format.h>

namespace reckon::kernels::cuda {
namespace {

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

}  // namespace

std::optional<std::string> missing_device(const MachineFacts& facts) {
  if (!facts.has_driver_library)
    return "--device cuda: no NVIDIA driver is installed here (libcuda.so.1 is missing); install the driver, "
           "or in a "
           "container start it with the GPUs (--gpus all); --device cpu runs everywhere";
  if (facts.driver_version == 0)
    return "--device cuda: the NVIDIA driver does not answer; `nvidia-smi` says more (often the kernel "
           "module is "
           "not loaded or of another version than libcuda.so.1; a restart helps)";
  // Minor versions of one major version run on each other's drivers.
  if (facts.driver_version / 1000 < facts.built_for / 1000)
    return fmt::format(
        "--device cuda: the driver speaks CUDA {} at most and this program was built with {}; update the "
        "driver, or "
        "build with an older toolkit",
        version_text(facts.driver_version), version_text(facts.built_for));
  if (facts.device_count > 0) return std::nullopt;
  if (facts.visible && facts.visible->empty())
    return "--device cuda: CUDA_VISIBLE_DEVICES is empty, which hides every device; unset it or set it to 0";
  if (facts.visible)
    return fmt::format(
        "--device cuda: CUDA_VISIBLE_DEVICES={} names no device of this machine; `nvidia-smi -L` lists them",
        *facts.visible);
  return fmt::format(
      "--device cuda: the driver is there but sees no device ({}); `nvidia-smi` says more; --device cpu runs "
      "everywhere",
      facts.initialise_text.empty() ? "none found" : facts.initialise_text);
}

std::optional<std::string> unusable_device(const std::string& name, int compute_major, int compute_minor,
                                           bool has_code, const std::string& architectures) {
  if (compute_major < kLeastComputeMajor)
    return fmt::format("--device cuda: {} has compute capability {}.{}; {}.0 (Ampere) or later is needed",
                       name, compute_major, compute_minor, kLeastComputeMajor);
  if (!has_code)
    return fmt::format(
        "--device cuda: this program holds code for {} and none that {} (compute capability {}.{}) can run; "
        "build "
        "with -DRECKON_CUDA_ARCHITECTURES={}{}",
        architectures, name, compute_major, compute_minor, compute_major, compute_minor);
  return std::nullopt;
}

std::optional<std::string> unequal_devices(const std::vector<std::string>& names) {
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (names[i] == names.front()) continue;
    return fmt::format(
        "--device cuda: {} ranks need equal cards, and device 0 is {} while device {} is {}; choose equal "
        "ones with "
        "CUDA_VISIBLE_DEVICES (`nvidia-smi -L` lists them), or ask for fewer ranks",
        names.size(), names.front(), i, names[i]);
  }
  return std::nullopt;
}

std::string remedy_for(std::string_view error_name) {
  struct Known {
    std::string_view name;
    const char* remedy;
  };
  static constexpr Known kKnown[] = {
      {"cudaErrorMemoryAllocation",
       "another program may have filled the card (`nvidia-smi`); kv_cache_bytes, max_sequences or "
       "chunk_tokens need "
       "less"},
      {"cudaErrorDevicesUnavailable",
       "another program holds the card alone (`nvidia-smi -q -d COMPUTE`); wait for it, or choose another "
       "card with "
       "CUDA_VISIBLE_DEVICES"},
      {"cudaErrorECCUncorrectable",
       "the card's memory is damaged; `nvidia-smi -q -d ECC` says where, and a reset or another card is "
       "needed"},
      {"cudaErrorNvlinkUncorrectable", "a link between cards failed; `nvidia-smi nvlink -e` says which"},
      {"cudaErrorLaunchTimeout",
       "the card drives a display, whose watchdog stopped the kernel; use another card"},
      {"cudaErrorUnknown",
       "the driver may have lost the card; `nvidia-smi` and the kernel log (Xid) say more"},
      {"cudaErrorNoDevice", "the card is gone; `nvidia-smi` and the kernel log (Xid) say more"},
      {"cudaErrorLaunchFailure",
       "the card may be lost or a kernel of reckon at fault: `nvidia-smi` and the kernel log (Xid) say more, "
       "RECKON_CUDA_SYNC=1 names the operation"},
      {"cudaErrorContained",
       "the card has isolated a memory error; `nvidia-smi -q -d ECC` says where, and the run can go on in a "
       "new "
       "process"},
      {"cudaErrorHardwareStackError",
       "the card reports a hardware fault; `nvidia-smi` and the kernel log (Xid)"},
      {"cudaErrorSystemDriverMismatch",
       "the kernel module and libcuda.so.1 are of different versions; a restart helps"},
      {"cudaErrorSystemNotReady", "the fabric manager of this machine is not running yet"},
      {"cudaErrorNoKernelImageForDevice", "build with RECKON_CUDA_ARCHITECTURES for this card"},
      {"cudaErrorIllegalAddress",
       "this is a defect of reckon: please report it; RECKON_CUDA_SYNC=1 names the operation"},
  };
  for (const Known& known : kKnown) {
    if (known.name == error_name) return known.remedy;
  }
  return "";
}

}  // namespace reckon::kernels::cuda
