#pragma once
// The CUDA back end under test: on a card, or on the execution model of tests/cuda_on_host.

#include <memory>
#include <string>

#include "kernels/backend.h"

namespace reckon::kernels::test {

/// Whole programs are linked twice; each link says which one it tests.
std::unique_ptr<Backend> make_tested_backend(const BackendOptions& options);

/// How much a test may ask for: the execution model is some thousand times slower than a card.
bool on_a_card();

/// Whether the tested device multiplies FP8 on tensor cores.
bool multiplies_fp8();
/// Whether it has products of warp groups (tensor_cores=wgmma).
bool has_warp_groups();
/// On the execution model: back ends made from now on have a device that does so, or one that does not.
void use_fp8_device(bool wanted);

/// Why there is nothing to test on; "" where there is.
const std::string& why_no_device();

}  // namespace reckon::kernels::test
