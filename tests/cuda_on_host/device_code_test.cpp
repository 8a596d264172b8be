// A card that can do more than the code that this program has for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cuda_on_host/runtime.h"
#include "tests/gpu/both_backends.h"

namespace reckon::kernels::test {
namespace {

TEST(DeviceCode, OfALesserCardMultipliesNoFp8OnAGreaterOne) {
  const std::string fp8 = "fp8 tensor cores";
  reckon::cuda_on_host::set_compute_capability(9, 0);
  EXPECT_THAT(make_tested_backend({})->device().features, testing::Contains(fp8));
  for (const int version : {80, 86}) {
    reckon::cuda_on_host::set_code_version(version);
    EXPECT_THAT(make_tested_backend({})->device().features, testing::Not(testing::Contains(fp8))) << version;
  }
  reckon::cuda_on_host::set_compute_capability(8, 0);
}

}  // namespace
}  // namespace reckon::kernels::test
