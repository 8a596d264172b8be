// The price book and the hardware catalogue: what is in the repository is valid, what is wrong is named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "reports/cost/price_book.h"
#include "reports/cost/published_models.h"
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
  EXPECT_DOUBLE_EQ(price("DeepSeek-R1").price.usd_per_million_input, 0.55);
  EXPECT_DOUBLE_EQ(*price("DeepSeek-R1").price.usd_per_million_cached_input, 0.14);
  EXPECT_DOUBLE_EQ(price("DeepSeek-R1").price.usd_per_million_output, 2.19);
  EXPECT_DOUBLE_EQ(price("o1").price.usd_per_million_output, 60);
  EXPECT_FALSE(price("Claude 3.5 Sonnet").price.usd_per_million_cached_input.has_value());
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
  EXPECT_THAT(
      message("{\"device\":\"A\"," + price + R"("from":"2025-02-29","source":"s","confidence":"high"})"),
      HasSubstr("'from'"));
  EXPECT_EQ(
      message("{\"device\":\"A\"," + price + R"("from":"2024-02-29","source":"s","confidence":"high"})"),
      "no error");
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

TEST(PriceBook, PricesAnEndpointByItsTokens) {
  test::TemporaryFolder folder;
  ReportOptions options;
  options.prices_file = test::source_file("share/prices/list_prices.json");
  RunData run;
  run.display_name = run.model.name = "deepseek-r1";
  run.model.kind = "endpoint";
  run.created = "2025-01-25T12:00:00Z";
  run.manifest_json = R"({"identity":{}})";
  TaskData task;
  task.name = "math";
  task.n_effective = 2;
  for (int i = 0; i < 2; ++i) {
    SampleRecord record;
    record.doc_id = i;
    record.graded = true;
    record.correct = i == 0;
    record.usage = {1000, 200, 3000, 0, 3000};
    task.records.push_back(record);
  }
  run.tasks = {task};
  const RunSummary summary = summarise({run}, options).runs[0];
  // Of each sample: 800 tokens at 0.55, 200 at 0.14, 3,000 at 2.19 a million.
  const double sample = (800 * 0.55 + 200 * 0.14 + 3000 * 2.19) / 1e6;
  EXPECT_NEAR(*summary.cost.total_usd, 2 * sample, 1e-12);
  EXPECT_NEAR(*summary.cost.per_solved.usd, 2 * sample, 1e-12);  // the wrong answer is paid for
  EXPECT_DOUBLE_EQ(*summary.cost.usd_per_million_input, 0.55);
  EXPECT_NEAR(*summary.cost.usd_per_million_blended, 2 * sample / 7600 * 1e6, 1e-9);
  EXPECT_NEAR(*summary.cost.blended_input_per_output, 1600.0 / 6000, 1e-12);
  EXPECT_FALSE(summary.cost.solved_per_device_hour.has_value());
  run.created = "2026-01-25T12:00:00Z";  // outside the row's dates nothing is claimed
  EXPECT_FALSE(summarise({run}, options).runs[0].cost.total_usd.has_value());
}

class Published : public ::testing::Test {
 protected:
  std::string problem(const std::string& from, const std::string& to) {
    std::string text = read_file(test::source_file("share/prices/published_scores.json"));
    const std::size_t at = text.find(from);
    if (at == std::string::npos) return "test text not found";
    text.replace(at, from.size(), to);
    return message_of([&] { load_published_panel(folder_.write("published.json", text), book_); });
  }
  test::TemporaryFolder folder_;
  PriceBook book_ = load_price_book(test::source_file("share/prices/list_prices.json"));
};

TEST_F(Published, ScoresBesideListPrices) {
  const PublishedPanel panel =
      load_published_panel(test::source_file("share/prices/published_scores.json"), book_);
  ASSERT_EQ(panel.models.size(), 12u);
  const PublishedModel& r1 = panel.models[0];
  const PublishedModel& o1 = panel.models[1];
  EXPECT_DOUBLE_EQ(r1.scores.at("AIME24"), 79.8);
  EXPECT_DOUBLE_EQ(r1.price->usd_per_million_output, 2.19);
  EXPECT_DOUBLE_EQ(o1.price->usd_per_million_input, 15);
  EXPECT_FALSE(panel.models[2].price.has_value());  // o1-mini: not known
  // Nobody published the tokens of a question.
  EXPECT_FALSE(r1.usd_per_solved("AIME24", std::nullopt).has_value());
  // 100 tokens in at 0.55 and 10,000 out at 2.19 a million; 79.8 % solved.
  EXPECT_NEAR(*r1.usd_per_solved("AIME24", TokensPerQuestion{100, 10000}), (55e-6 + 0.0219) / 0.798, 1e-12);
  EXPECT_FALSE(r1.usd_per_solved("Codeforces", TokensPerQuestion{100, 10000}).has_value());  // a rating
  EXPECT_FALSE(panel.models[2].usd_per_solved("AIME24", TokensPerQuestion{100, 10000}).has_value());
}

TEST_F(Published, RowsThatAreWrongAreNamed) {
  EXPECT_EQ(problem("79.8", "79.9"), "no error");
  EXPECT_THAT(problem("79.8", "798"), AllOf(HasSubstr("models[0]"), HasSubstr("'AIME24' is 798")));
  EXPECT_THAT(problem("\"MATH-500\": 97.3", "\"MATH\": 97.3"), HasSubstr("'MATH'"));
  EXPECT_THAT(problem("\"price\": \"o1\"", "\"price\": \"o9\""), HasSubstr("no price of 'o9'"));
  EXPECT_THAT(problem("2025-01-25", "2023-01-25"), HasSubstr("2023-01-25"));
  EXPECT_THAT(problem("o1-1217", "DeepSeek-R1"), HasSubstr("twice"));
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

TEST(Hardware, APeakBelowAMeasuredRateIsFlagged) {
  test::TemporaryFolder folder;
  const auto load = [&](double measured) {
    return load_hardware(
        folder.write("hardware.json", R"({"schema":1,"accelerators":[{"name":"X","aliases":["x1"],
      "sm_count":100,"memory_gb":80,"memory_gb_per_s":3000,"bf16_dense_tflops":900,"fp64_tflops":30,
      "link_gb_per_s_both_ways":900,"pcie_generation":5,"power_watts":700,"sources":["s"],"confidence":"high",
      "measured":[{"figure":"memory_gb_per_s","value":)" +
                                          std::to_string(measured) + R"(,"source":"m"}]}]})"));
  };
  EXPECT_TRUE(load(2900)[0].flags.empty());
  const auto flagged = load(3100);
  ASSERT_EQ(flagged[0].flags.size(), 1u);
  EXPECT_THAT(flagged[0].flags[0], AllOf(HasSubstr("'memory_gb_per_s' is 3000"), HasSubstr("3100")));
}

TEST(Hardware, NamesPeopleTypeAndDriversReport) {
  const auto cards = load_hardware(test::source_file("share/hardware/accelerators.json"));
  EXPECT_EQ(find_accelerator(cards, "H800").name, "H800 SXM 80GB");
  EXPECT_EQ(find_accelerator(cards, "b200").name, "B200 SXM (HGX)");
  EXPECT_EQ(recognise_accelerator(cards, "NVIDIA H200")->name, "H200 SXM 141GB");
  EXPECT_EQ(recognise_accelerator(cards, "NVIDIA H20")->name, "H20 96GB");
  EXPECT_EQ(recognise_accelerator(cards, "NVIDIA H100 PCIe")->name, "H100 PCIe 80GB");
  EXPECT_EQ(recognise_accelerator(cards, "NVIDIA H100 80GB HBM3")->name, "H100 SXM5 80GB");
  EXPECT_EQ(recognise_accelerator(cards, "AMD EPYC"), nullptr);
  EXPECT_THAT(message_of([&] { find_accelerator(cards, "h8000"); }), HasSubstr("did you mean 'h800'"));
  for (const Accelerator& card : cards) EXPECT_TRUE(card.flags.empty()) << card.name;
  EXPECT_EQ(find_accelerator(cards, "h800").network->gb_per_s_one_way, 50);
  EXPECT_FALSE(find_accelerator(cards, "l40s").network.has_value());
}

TEST(Hardware, EntriesOfOnesOwnReplaceThoseOfTheSameName) {
  test::TemporaryFolder folder;
  const std::string mine = folder.write("mine.json", R"({"schema":1,"accelerators":[{"name":"H800 SXM 80GB",
      "aliases":["h800"],"sm_count":100,"memory_gb":80,"memory_gb_per_s":3000,"bf16_dense_tflops":900,"fp64_tflops":1,
      "link_gb_per_s_both_ways":400,"pcie_generation":5,"power_watts":700,"sources":["s"],"confidence":"low"}]})");
  const auto cards = load_all_hardware(test::source_file("share/hardware"), {mine});
  EXPECT_EQ(find_accelerator(cards, "h800").memory_gb_per_s, 3000);
  EXPECT_EQ(find_accelerator(cards, "h800").file, mine);
  EXPECT_EQ(find_accelerator(cards, "h100").memory_gb_per_s, 3350);
}

}  // namespace
}  // namespace reckon::reports
