// What NVML says of the card that is timed, with libraries made for the test in place of the driver's.
#include "kernels/cuda/benchmarks/device_state.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

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
  const std::string own = std::to_string(getpid());
  const std::string living = std::to_string(getppid());
  const std::string nobody = "999999999";  // more than a process's number can be
  for (const auto& [listed, others] :
       {std::pair{std::string(), 0U}, std::pair{own, 0U}, std::pair{living + " " + own + " " + living, 2U}}) {
    setenv("FAKE_PROCESSES", listed.c_str(), 1);
    EXPECT_EQ(reader(0).other_processes(), others) << listed;
  }
  setenv("FAKE_PROCESSES", living.c_str(), 1);
  EXPECT_EQ(reader(0).other_processes(), 1U) << "this one does not compute yet";
  setenv("FAKE_PROCESSES", (nobody + " " + nobody).c_str(), 1);
  EXPECT_EQ(reader(0).other_processes(), 1U) << "numbers from outside of a container, one of them this one's";
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
