// Energy of CUDA devices, with libraries made for the test in place of the driver's.

#include "harness/device_energy_meter.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace reckon::harness {
namespace {

class DeviceEnergy : public ::testing::Test {
 protected:
  ~DeviceEnergy() override {
    unsetenv("FAKE_MILLIJOULES");
    unsetenv("FAKE_NVML_FAILS");
  }
  // Counters in the order of the bus.
  static void counters(const char* millijoules) { setenv("FAKE_MILLIJOULES", millijoules, 1); }
  static DeviceEnergyMeter meter(int first, int count) {
    return DeviceEnergyMeter(first, count, RECKON_FAKE_NVIDIA, RECKON_FAKE_NVIDIA);
  }
};

TEST_F(DeviceEnergy, TheDeviceOfTheRunByItsBusAddressFromItsStartOn) {
  counters("1000 500000");
  DeviceEnergyMeter first = meter(0, 1);  // CUDA's device 0 is the second on the bus
  DeviceEnergyMeter second = meter(1, 1);
  EXPECT_DOUBLE_EQ(first.joules().value(), 0);
  counters("4500 500250");
  EXPECT_DOUBLE_EQ(first.joules().value(), 0.25);
  EXPECT_DOUBLE_EQ(second.joules().value(), 3.5);
}

TEST_F(DeviceEnergy, RanksThatShareADeviceCountItOnce) {
  counters("0 0");
  DeviceEnergyMeter both = meter(0, 2);
  DeviceEnergyMeter shared = meter(0, 4);
  counters("1000 2000");
  EXPECT_DOUBLE_EQ(both.joules().value(), 3);
  EXPECT_DOUBLE_EQ(shared.joules().value(), 3);
}

TEST_F(DeviceEnergy, ASumWithoutOneDeviceIsNotKnown) {
  counters("0 x");
  EXPECT_FALSE(meter(0, 2).joules().has_value());
  EXPECT_FALSE(meter(0, 1).joules().has_value());
  EXPECT_TRUE(meter(1, 1).joules().has_value());
}

TEST_F(DeviceEnergy, ACounterThatFailsOrBeginsAnewIsNotKnownFromThenOn) {
  counters("5000 5000");
  DeviceEnergyMeter one = meter(0, 1);
  DeviceEnergyMeter other = meter(1, 1);
  counters("x 100");
  EXPECT_FALSE(one.joules().has_value());
  EXPECT_FALSE(other.joules().has_value());
  counters("6000 6000");
  EXPECT_FALSE(one.joules().has_value());
  EXPECT_FALSE(other.joules().has_value());
}

TEST_F(DeviceEnergy, WithoutTheLibrariesNothingIsKnown) {
  counters("0 0");
  EXPECT_FALSE(DeviceEnergyMeter().joules().has_value());
  EXPECT_FALSE(DeviceEnergyMeter(0, 1, "libabsent.so.1", RECKON_FAKE_NVIDIA).joules().has_value());
  EXPECT_FALSE(DeviceEnergyMeter(0, 1, RECKON_FAKE_NVIDIA, "libabsent.so.1").joules().has_value());
  setenv("FAKE_NVML_FAILS", "1", 1);
  EXPECT_FALSE(meter(0, 1).joules().has_value());
}

}  // namespace
}  // namespace reckon::harness
