#include "suites/prompts/python_random.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "tests/support/shared_data.h"

namespace reckon::suites {
namespace {

std::vector<std::uint32_t> numbers(const json::Value& array) {
  std::vector<std::uint32_t> result;
  for (const json::Value& item : array.GetArray()) {
    result.push_back(item.GetUint());
  }
  return result;
}

// The same calls in the same order as golden/make_python_random.py makes.
TEST(PythonRandom, DrawsAsCPython) {
  const json::Document golden =
      json::parse_file(reckon::test::source_file("tests/suites/golden/python_random.json"));
  ASSERT_GE(golden.Size(), 7U);
  for (const json::Value& row : golden.GetArray()) {
    const std::string seed = row["seed"].GetString();
    SCOPED_TRACE("seed " + seed);
    PythonRandom random(std::stoull(seed));
    for (const std::uint32_t expected : numbers(row["bits"])) {
      EXPECT_EQ(random.getrandbits(32), expected);
    }
    for (const json::Value& sample : row["samples"].GetArray()) {
      EXPECT_EQ(random.sample(sample["population"].GetUint(), sample["k"].GetUint()),
                numbers(sample["drawn"]))
          << sample["k"].GetUint() << " of " << sample["population"].GetUint();
    }
    const std::uint32_t limits[] = {1, 2, 3, 1000, 1U << 31, 0xFFFFFFFFU};
    std::size_t i = 0;
    for (const std::uint32_t expected : numbers(row["below"])) {
      EXPECT_EQ(random.randbelow(limits[i++]), expected);
    }
    const int bits[] = {1, 5, 17, 31};
    i = 0;
    for (const std::uint32_t expected : numbers(row["small"])) {
      EXPECT_EQ(random.getrandbits(bits[i++]), expected);
    }
    for (int draw = 0; draw < 2000; ++draw) {
      random.getrandbits(32);
    }
    EXPECT_EQ(random.getrandbits(32), row["after_2000"].GetUint());
  }
}

TEST(PythonRandom, RefusesToDrawMoreThanThereIs) {
  PythonRandom random(1);
  EXPECT_THROW(random.sample(3, 4), Error);
  EXPECT_EQ(random.sample(3, 3).size(), 3U);
}

}  // namespace
}  // namespace reckon::suites
