// What NVML says of the card that is timed, with libraries made for the test in place of the driver's.
#include "kernels/cuda/benchmarks/device_state.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace reckon::kernels::cuda {
namespace {

class CardState : public testing::Test {
 protected:
  ~CardState() override {
    for (const char* name : {"FAKE_CLOCK_REASONS", "FAKE_PROCESSES", "FAKE_NVML_FAILS"}) unsetenv(name);
  }
  static DeviceStateReader reader(int device) {
    return DeviceStateReader(device, RECKON_FAKE_NVIDIA, RECKON_FAKE_NVIDIA);
  }
};

TEST_F(CardState, IsThatOfTheCardThatCudaCallsByThisNumber) {
  const auto first = reader(0).read();  // CUDA's device 0 is the second on the bus
  ASSERT_TRUE(first);
  EXPECT_EQ(first->sm_mhz, 1001U);
  EXPECT_EQ(first->memory_mhz, 2001U);
  EXPECT_EQ(first->celsius, 41U);
  EXPECT_EQ(first->milliwatts, 250'000U);
  EXPECT_FALSE(first->throttled) << "a card that idles";
  EXPECT_EQ(reader(1).read()->celsius, 40U);
}

TEST_F(CardState, ThrottlingIsHeatPowerOrHardwareAndNothingElse) {
  for (const char* reasons : {"4", "8", "20", "40", "80", "5"}) {
    setenv("FAKE_CLOCK_REASONS", reasons, 1);
    EXPECT_TRUE(reader(0).read()->throttled) << reasons;
  }
  for (const char* reasons : {"0", "1", "2", "10", "100"}) {
    setenv("FAKE_CLOCK_REASONS", reasons, 1);
    EXPECT_FALSE(reader(0).read()->throttled) << reasons;
  }
}

TEST_F(CardState, OtherProcessesAreAllButThisOne) {
  for (const auto& [all, others] : {std::pair{"0", 0U}, std::pair{"1", 0U}, std::pair{"3", 2U}}) {
    setenv("FAKE_PROCESSES", all, 1);
    EXPECT_EQ(reader(0).other_processes(), others);
  }
}

TEST_F(CardState, WithoutTheLibrariesNothingIsKnown) {
  EXPECT_FALSE(DeviceStateReader(0, "libabsent.so.1", RECKON_FAKE_NVIDIA).read());
  EXPECT_FALSE(DeviceStateReader(0, RECKON_FAKE_NVIDIA, "libabsent.so.1").read());
  setenv("FAKE_NVML_FAILS", "1", 1);
  EXPECT_FALSE(reader(0).read());
  EXPECT_FALSE(reader(0).other_processes());
}

}  // namespace
}  // namespace reckon::kernels::cuda
