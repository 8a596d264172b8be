// What is said where there is no device to run on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/backend.h"
#include "kernels/cuda/discovery.h"

namespace reckon::kernels::cuda {
namespace {

using testing::HasSubstr;

MachineFacts usable() {
  MachineFacts facts;
  facts.has_driver_library = true;
  facts.driver_version = 13000;
  facts.built_for = 13000;
  facts.device_count = 1;
  return facts;
}

TEST(CudaDiscovery, NothingIsMissingOnAUsableMachine) {
  EXPECT_EQ(missing_device(usable()), std::nullopt);
  MachineFacts hidden_but_one = usable();
  hidden_but_one.visible = "1";
  EXPECT_EQ(missing_device(hidden_but_one), std::nullopt);
}

TEST(CudaDiscovery, EachThingThatIsMissingHasItsRemedy) {
  MachineFacts facts = usable();
  facts.has_driver_library = false;
  EXPECT_THAT(missing_device(facts).value_or(""),
              testing::AllOf(HasSubstr("libcuda.so.1"), HasSubstr("install")));
  facts = usable();
  facts.driver_version = 0;
  EXPECT_THAT(missing_device(facts).value_or(""), HasSubstr("nvidia-smi"));
  facts = usable();
  facts.driver_version = 12040;
  EXPECT_THAT(
      missing_device(facts).value_or(""),
      testing::AllOf(HasSubstr("CUDA 12.4 at most"), HasSubstr("with 13.0"), HasSubstr("update the driver")));
  facts.built_for = 12080;  // a newer minor version of the same major one runs
  EXPECT_EQ(missing_device(facts), std::nullopt);
  facts = usable();
  facts.device_count = 0;
  facts.initialise_text = "no CUDA-capable device is detected";
  EXPECT_THAT(missing_device(facts).value_or(""), HasSubstr("no CUDA-capable device"));
  facts.visible = "";
  EXPECT_THAT(missing_device(facts).value_or(""), HasSubstr("CUDA_VISIBLE_DEVICES is empty"));
  facts.visible = "7";
  EXPECT_THAT(missing_device(facts).value_or(""), HasSubstr("CUDA_VISIBLE_DEVICES=7 names no device"));
}

TEST(CudaDiscovery, DevicesThatAreTooOldOrNotBuiltForAreNamed) {
  EXPECT_EQ(unusable_device("NVIDIA H100", 9, 0, true, "sm_90a"), std::nullopt);
  EXPECT_THAT(unusable_device("Tesla T4", 7, 5, true, "sm_90a").value_or(""),
              testing::AllOf(HasSubstr("Tesla T4 has compute capability 7.5"), HasSubstr("8.0")));
  EXPECT_THAT(
      unusable_device("NVIDIA A100", 8, 0, false, "sm_90a").value_or(""),
      testing::AllOf(HasSubstr("holds code for sm_90a"), HasSubstr("-DRECKON_CUDA_ARCHITECTURES=80")));
}

TEST(CudaDiscovery, RanksOnUnequalCardsAreRefusedWithBothNames) {
  EXPECT_EQ(unequal_devices({"NVIDIA H100", "NVIDIA H100", "NVIDIA H100"}), std::nullopt);
  EXPECT_EQ(unequal_devices({}), std::nullopt);
  EXPECT_THAT(unequal_devices({"NVIDIA H100", "NVIDIA H100", "NVIDIA A100"}).value_or(""),
              testing::AllOf(HasSubstr("device 0 is NVIDIA H100 while device 2 is NVIDIA A100"),
                             HasSubstr("CUDA_VISIBLE_DEVICES")));
}

TEST(CudaDiscovery, WithoutADeviceTheBackEndEndsWithExitCode3) {
  try {
    make_cuda_backend();
    GTEST_SKIP() << "there is a device here";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_THAT(error.what(), HasSubstr("--device cuda: "));
  }
}

TEST(CudaDiscovery, ErrorsOfTheDriverHaveRemedies) {
  EXPECT_NE(cuda::remedy_for("cudaErrorDevicesUnavailable").find("CUDA_VISIBLE_DEVICES"), std::string::npos);
  EXPECT_NE(cuda::remedy_for("cudaErrorMemoryAllocation").find("nvidia-smi"), std::string::npos);
  EXPECT_NE(cuda::remedy_for("cudaErrorUnknown").find("Xid"), std::string::npos);
  EXPECT_NE(cuda::remedy_for("cudaErrorLaunchFailure").find("Xid"), std::string::npos);
  EXPECT_EQ(cuda::remedy_for("cudaSuccess"), "");
  // What a lost or damaged card, a lost link and a driver in disorder are reported as.
  for (const char* name :
       {"cudaErrorECCUncorrectable", "cudaErrorNvlinkUncorrectable", "cudaErrorNoDevice",
        "cudaErrorContained", "cudaErrorHardwareStackError", "cudaErrorSystemDriverMismatch",
        "cudaErrorSystemNotReady", "cudaErrorNoKernelImageForDevice", "cudaErrorIllegalAddress"})
    EXPECT_NE(cuda::remedy_for(name), "") << name;
}

}  // namespace
}  // namespace reckon::kernels::cuda
