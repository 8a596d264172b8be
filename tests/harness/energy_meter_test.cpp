// Energy counters as the kernel shows them: packages summed, parts not counted twice, wrapped counters.

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/energy_meter.h"
#include "tests/support/shared_data.h"

namespace reckon::harness {
namespace {

class Counters : public ::testing::Test {
 protected:
  void set(const std::string& zone, const std::string& microjoules) {
    std::filesystem::create_directories(folder_.file(zone));
    folder_.write(zone + "/energy_uj", microjoules + "\n");
    folder_.write(zone + "/max_energy_range_uj", "1000000000\n");
  }
  test::TemporaryFolder folder_;
};

TEST_F(Counters, PackagesAreSummedAndPartsAreNot) {
  set("intel-rapl:0", "100");
  set("intel-rapl:1", "500");
  set("intel-rapl:0:0", "7");
  EnergyMeter meter(folder_.path());
  set("intel-rapl:0", "2000100");
  set("intel-rapl:1", "3000500");
  set("intel-rapl:0:0", "900000000");
  EXPECT_DOUBLE_EQ(meter.joules().value(), 5.0);
  EXPECT_DOUBLE_EQ(meter.joules().value(), 5.0);
}

TEST_F(Counters, AWrappedCounterGoesOn) {
  set("intel-rapl:0", "999000000");
  EnergyMeter meter(folder_.path());
  set("intel-rapl:0", "1000000");
  EXPECT_DOUBLE_EQ(meter.joules().value(), 2.0);
}

TEST_F(Counters, NoneIsNotKnown) {
  EnergyMeter meter(folder_.path());
  EXPECT_FALSE(meter.joules().has_value());
  EXPECT_FALSE(EnergyMeter(folder_.file("absent")).joules().has_value());
}

TEST_F(Counters, OneThatVanishesMakesTheSumNotKnown) {
  set("intel-rapl:0", "1");
  set("intel-rapl:1", "1");
  EnergyMeter meter(folder_.path());
  std::filesystem::remove(folder_.file("intel-rapl:1/energy_uj"));
  EXPECT_FALSE(meter.joules().has_value());
  EXPECT_FALSE(meter.joules().has_value());
}

}  // namespace
}  // namespace reckon::harness
