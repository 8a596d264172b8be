#include "tests/gpu/tested_backend.h"

#include "base/error.h"

namespace reckon::kernels::test {

std::unique_ptr<Backend> make_tested_backend(const BackendOptions& options) {
  return make_cuda_backend(options);
}

bool on_a_card() { return true; }

void use_fp8_device(bool) {}

const std::string& why_no_device() {
  static const std::string reason = [] {
    try {
      make_cuda_backend();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  }();
  return reason;
}

}  // namespace reckon::kernels::test
