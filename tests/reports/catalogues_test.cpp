// The price book and the hardware catalogue: what is in the repository is valid, what is wrong is named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/cost/price_book.h"
#include "reports/hardware/catalogue.h"
#include "reports/report.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <typename Load>
std::string message_of(Load load) {
  try {
    load();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(PriceBook, TheOneInTheRepository) {
  const PriceBook book = load_price_book(test::source_file("share/prices/list_prices.json"));
  const auto price = [&](const std::string& model) {
    for (const ModelPrice& row : book.models) {
      if (row.model == model) return row;
    }
    return ModelPrice{};
  };
  EXPECT_DOUBLE_EQ(price("DeepSeek-R1").usd_per_million_input, 0.55);
  EXPECT_DOUBLE_EQ(*price("DeepSeek-R1").usd_per_million_cached_input, 0.14);
  EXPECT_DOUBLE_EQ(price("DeepSeek-R1").usd_per_million_output, 2.19);
  EXPECT_DOUBLE_EQ(price("o1").usd_per_million_output, 60);
  EXPECT_FALSE(price("Claude 3.5 Sonnet").usd_per_million_cached_input.has_value());
  const DevicePrice* h800 = find_device_price(book, "NVIDIA H800", "2026-01-31");
  ASSERT_NE(h800, nullptr);
  EXPECT_DOUBLE_EQ(h800->usd_per_device_hour_low, 2.0);
  EXPECT_EQ(find_device_price(book, "NVIDIA H800", "2024-01-01"), nullptr);
  EXPECT_EQ(find_device_price(book, "AMD EPYC", "2026-01-31"), nullptr);
}

TEST(PriceBook, RefusesRowsThatAreWrong) {
  test::TemporaryFolder folder;
  const std::string row = R"("from":"2025-01-01","to":"2025-02-01","source":"s","confidence":"high")";
  const auto message = [&](const std::string& devices) {
    const std::string path = folder.write("prices.json", R"({"schema":1,"devices":[)" + devices + "]}");
    return message_of([&] { load_price_book(path); });
  };
  const std::string price = R"("usd_per_device_hour_low":1,"usd_per_device_hour_high":2,)";
  EXPECT_EQ(message("{\"device\":\"A\"," + price + row + "}"), "no error");
  EXPECT_THAT(
      message(R"({"device":"A","usd_per_device_hour_low":0,"usd_per_device_hour_high":2,)" + row + "}"),
      AllOf(HasSubstr("devices[0]"), HasSubstr("usd_per_device_hour_low")));
  EXPECT_THAT(
      message(R"({"device":"A","usd_per_device_hour_low":3,"usd_per_device_hour_high":2,)" + row + "}"),
      HasSubstr("below the low price"));
  EXPECT_THAT(
      message("{\"device\":\"A\"," + price + R"("from":"2025-13-01","source":"s","confidence":"high"})"),
      HasSubstr("'from'"));
  EXPECT_THAT(message("{\"device\":\"A\"," + price +
                      R"("from":"2025-02-01","to":"2025-01-01","source":"s","confidence":"high"})"),
              HasSubstr("'to'"));
  EXPECT_THAT(
      message("{\"device\":\"A\"," + price + R"("from":"2025-01-01","source":"","confidence":"high"})"),
      HasSubstr("'source'"));
  EXPECT_THAT(
      message("{\"device\":\"A\"," + price + R"("from":"2025-01-01","source":"s","confidence":"sure"})"),
      HasSubstr("'confidence'"));
  EXPECT_THAT(message("{\"device\":\"A\"," + price + row + "},{\"device\":\"A\"," + price +
                      R"("from":"2025-01-15","source":"s","confidence":"low"})"),
              HasSubstr("at the same time"));
  EXPECT_EQ(message("{\"device\":\"A\"," + price + row + "},{\"device\":\"A\"," + price +
                    R"("from":"2025-02-02","source":"s","confidence":"low"})"),
            "no error");
}

TEST(PriceBook, PricesARunByItsDeviceAndDate) {
  test::TemporaryFolder folder;
  ReportOptions options;
  options.prices_file =
      folder.write("prices.json", R"({"schema":1,"devices":[{"device":"card","usd_per_device_hour_low":1,
    "usd_per_device_hour_high":3,"from":"2025-01-01","source":"offers","confidence":"low"}]})");
  RunData run;
  run.display_name = "a";
  run.created = "2026-01-31T12:00:00Z";
  run.manifest_json = R"({"identity":{}})";
  Launch launch;
  launch.device_name = "Big Card 9000";
  launch.wall_seconds = 3600;
  run.launches = {launch};
  Price price = summarise({run}, options).runs[0].price;
  ASSERT_TRUE(price.usd_per_device_hour.has_value());
  EXPECT_DOUBLE_EQ(*price.usd_per_device_hour, 2.0);
  EXPECT_THAT(price.source, AllOf(HasSubstr("middle of 1.00 to 3.00"), HasSubstr("offers")));
  run.launches[0].device_name = "AMD EPYC";
  EXPECT_FALSE(summarise({run}, options).runs[0].price.usd_per_device_hour.has_value());
}

TEST(Hardware, TheOneInTheRepository) {
  const auto cards = load_hardware(test::source_file("share/hardware/accelerators.json"));
  const auto named = [&](const std::string& name) {
    for (const Accelerator& card : cards) {
      if (card.name == name) return card;
    }
    ADD_FAILURE() << name;
    return Accelerator{};
  };
  const Accelerator h100 = named("H100 SXM5 80GB");
  const Accelerator h800 = named("H800 SXM 80GB");
  // They differ in links and float64, not in memory.
  EXPECT_EQ(h100.memory_gb_per_s, h800.memory_gb_per_s);
  EXPECT_EQ(h100.bf16_dense_tflops, h800.bf16_dense_tflops);
  EXPECT_EQ(h100.link_gb_per_s_both_ways, 900);
  EXPECT_EQ(h800.link_gb_per_s_both_ways, 400);
  EXPECT_GT(h100.fp64_tflops, 10 * h800.fp64_tflops);
  EXPECT_NEAR(h100.ridge_bf16_flop_per_byte(), 295.3, 0.1);
  EXPECT_GE(cards.size(), 16u);
}

TEST(Hardware, RefusesEntriesThatBreakPhysics) {
  test::TemporaryFolder folder;
  const auto message = [&](const std::string& change_from, const std::string& change_to) {
    std::string text =
        R"({"schema":1,"accelerators":[{"name":"X","sm_count":100,"memory_gb":80,"memory_gb_per_s":3000,
      "bf16_dense_tflops":900,"fp8_dense_tflops":1800,"fp64_tflops":30,"link_gb_per_s_both_ways":900,"pcie_generation":5,
      "power_watts":700,"sources":["s"],"confidence":"high"}]})";
    if (!change_from.empty()) text.replace(text.find(change_from), change_from.size(), change_to);
    const std::string path = folder.write("hardware.json", text);
    return message_of([&] { load_hardware(path); });
  };
  EXPECT_EQ(message("", ""), "no error");
  EXPECT_THAT(message("\"fp64_tflops\":30", "\"fp64_tflops\":1000"),
              AllOf(HasSubstr("(X)"), HasSubstr("fp64_tflops")));
  EXPECT_THAT(message("1800", "800"), HasSubstr("fp8_dense_tflops"));
  EXPECT_THAT(message("\"memory_gb_per_s\":3000", "\"memory_gb_per_s\":30"), HasSubstr("operations a byte"));
  EXPECT_THAT(message("\"memory_gb_per_s\":3000", "\"memory_gb_per_s\":-1"), HasSubstr("memory_gb_per_s"));
  EXPECT_THAT(message("[\"s\"]", "[]"), HasSubstr("'sources' is empty"));
}

}  // namespace
}  // namespace reckon::reports
