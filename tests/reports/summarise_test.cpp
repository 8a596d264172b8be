// Sums, scores and costs by hand examples.

#include <cmath>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/aggregation.h"
#include "reports/emitters/emitters.h"
#include "reports/limit_curve.h"
#include "reports/report.h"
#include "reports/scores.h"
#include "reports/statistics/quantiles.h"
#include "tests/reports/support/synthetic_run.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SampleRecord record(std::int64_t doc_id, bool correct, std::int64_t input, std::int64_t cached,
                    std::int64_t output) {
  SampleRecord sample;
  sample.doc_id = doc_id;
  sample.doc_hash = std::to_string(doc_id);
  sample.graded = true;
  sample.correct = correct;
  sample.extracted = "1";
  sample.finish_reason = "stop";
  sample.metrics = {{"exact_match", correct ? 1.0 : 0.0}};
  sample.usage = {input, cached, output, output / 2, output - output / 2};
  return sample;
}

// Two launches of 1,800 s on 2 devices: 2 device-hours. 600 s in prefill, 1,200 s in decode.
RunData example() {
  RunData run;
  run.directory = "example";
  run.display_name = "example";
  run.manifest_json = R"({"identity":{"model":{"name":"example"}}})";
  run.device_count = 2;
  run.device_usd_per_hour = 3.0;
  run.price_source = "a test";
  Launch launch;
  launch.device_name = "Card";
  launch.wall_seconds = 1800;
  launch.engine = EngineCounters{1500, 2000, 300, 1000, 600, 500, 10, 0};
  run.launches = {launch, launch};
  run.launches[1].number = 1;
  TaskData task;
  task.name = "math";
  task.n_effective = task.n_original = 4;
  task.metrics = {{"exact_match", "mean", true}};
  task.records = {record(0, true, 1000, 500, 400), record(1, true, 1000, 500, 400),
                  record(2, false, 1000, 0, 600), record(3, true, 1000, 0, 600)};
  run.tasks = {task};
  return run;
}

TEST(Summarise, ScoreAtSmallerTokenLimits) {
  TaskData task = example().tasks[0];
  task.records[2].truncated = true;
  const std::vector<LimitPoint> curve = limit_curve({&task, 1});
  // Replies of 400, 400, 600 (cut off, wrong) and 600 tokens between the powers of two.
  std::vector<std::vector<std::int64_t>> points;
  for (const LimitPoint& point : curve)
    points.push_back({point.limit, point.correct, point.truncated, point.graded});
  EXPECT_EQ(points, (std::vector<std::vector<std::int64_t>>{{16, 0, 4, 4},
                                                            {32, 0, 4, 4},
                                                            {64, 0, 4, 4},
                                                            {128, 0, 4, 4},
                                                            {256, 0, 4, 4},
                                                            {400, 2, 2, 4},
                                                            {512, 2, 2, 4},
                                                            {600, 3, 1, 4},
                                                            {1024, 3, 1, 4}}));
}

TEST(Summarise, ScoreAtTheLimitsOfManyLengths) {
  TaskData task;
  for (std::int64_t tokens = 1; tokens <= 1000; ++tokens)
    task.records.push_back(record(tokens, tokens % 2 == 0, 10, 0, tokens));
  const std::vector<LimitPoint> curve = limit_curve({&task, 1});
  EXPECT_LT(curve.size(), 140U);
  for (const LimitPoint& point : curve) {
    EXPECT_EQ(point.correct, std::min<std::int64_t>(point.limit, 1000) / 2) << point.limit;
    EXPECT_EQ(point.truncated, std::max<std::int64_t>(0, 1000 - point.limit)) << point.limit;
  }
  EXPECT_EQ(curve.back().limit, 1024);
  EXPECT_EQ(curve[curve.size() - 2].limit, 1000);
}

TEST(Summarise, PerplexitiesAreOverWordsAndBytes) {
  // Two texts: e^-(sum of log-probabilities / sum of words).
  const Score score = score_of_log_probabilities("weighted_perplexity", {{-6, 3}, {-4, 2}});
  EXPECT_NEAR(score.value, std::exp(2.0), 1e-12);
  EXPECT_NEAR(*score.standard_error, 0, 1e-12);
  const Score bits = score_of_log_probabilities("bits_per_byte", {{-6, 4}, {-2, 4}});
  EXPECT_NEAR(bits.value, 1 / std::log(2.0), 1e-12);
  // r = -1; residuals -2 and 2: SE(r) = sqrt(8 * 2 / 1) / 8 = 0.5.
  EXPECT_NEAR(*bits.standard_error, 0.5 / std::log(2.0), 1e-12);
  EXPECT_FALSE(bits.higher_is_better);
  const Score perplexity = score_of_log_probabilities("perplexity", {{-1, 1}, {-3, 1}});
  EXPECT_NEAR(perplexity.value, std::exp(2.0), 1e-12);
}

TEST(Summarise, AddsUpByHand) {
  const Summary summary = summarise({example()});
  const RunSummary& run = summary.runs.at(0);
  EXPECT_DOUBLE_EQ(run.device_hours, 2.0);
  EXPECT_DOUBLE_EQ(run.wall_seconds, 3600);
  EXPECT_EQ(run.tokens.input, 4000);
  EXPECT_EQ(run.tokens.cached_input, 1000);
  EXPECT_EQ(run.tokens.output, 2000);
  EXPECT_EQ(run.counts.correct, 3);
  EXPECT_DOUBLE_EQ(run.accuracy.value, 0.75);
  EXPECT_EQ(run.accuracy.interval_method, "Wilson");
  EXPECT_NEAR(*run.accuracy.standard_error, std::sqrt(0.75 * 0.25 / 3), 1e-12);
  // 2 device-hours at 3 USD = 6 USD; a third of the measured time was prefill: 2 USD over 3,000 computed
  // tokens, 4 USD over 2,000 written ones.
  EXPECT_DOUBLE_EQ(*run.cost.total_usd, 6.0);
  EXPECT_NEAR(*run.cost.usd_per_million_input, 2.0 / 3000 * 1e6, 1e-9);
  EXPECT_NEAR(*run.cost.usd_per_million_output, 4.0 / 2000 * 1e6, 1e-9);
  EXPECT_DOUBLE_EQ(*run.cost.usd_per_sample, 1.5);
  EXPECT_NEAR(*run.cost.per_solved.usd, 2.0, 1e-12);
  EXPECT_LT(*run.cost.per_solved.low, 2.0);
  EXPECT_GT(run.cost.per_solved.high.value_or(1e9), 2.0);
  EXPECT_DOUBLE_EQ(*run.cost.solved_per_device_hour, 1.5);
  EXPECT_NEAR(*run.tasks[0].cost.total_usd, 6.0, 1e-12);
  ASSERT_EQ(run.devices.size(), 1u);
  EXPECT_EQ(run.devices[0].name, "Card");
  EXPECT_EQ(run.devices[0].launches, 2);
}

TEST(Summarise, CostsOfTasksAddUpToTheRun) {
  RunData run = example();
  TaskData other = run.tasks[0];
  other.name = "logic";
  other.records.pop_back();
  other.records[0].usage.output = 5000;
  run.tasks.push_back(other);
  const RunSummary summary = summarise({run}).runs[0];
  EXPECT_NEAR(*summary.tasks[0].cost.total_usd + *summary.tasks[1].cost.total_usd, *summary.cost.total_usd,
              1e-12);
  EXPECT_GT(*summary.tasks[1].cost.total_usd, *summary.tasks[0].cost.total_usd);
}

TEST(Summarise, AnUnknownPriceIsNotKnownAndNeverZero) {
  RunData run = example();
  run.device_usd_per_hour.reset();
  const Summary summary = summarise({run});
  const Cost& cost = summary.runs[0].cost;
  EXPECT_FALSE(cost.total_usd || cost.usd_per_million_input || cost.usd_per_million_output ||
               cost.usd_per_sample);
  EXPECT_FALSE(cost.per_solved.usd || cost.per_solved.low);
  EXPECT_DOUBLE_EQ(*cost.solved_per_device_hour, 1.5);
  const std::string markdown = summary_markdown(summary);
  EXPECT_THAT(markdown, HasSubstr("not known"));
  EXPECT_EQ(markdown.find("$0"), std::string::npos);
  EXPECT_THAT(results_json({run}, summary), HasSubstr("\"total_usd\": null"));
}

TEST(Summarise, TheOptionBeatsTheRunAndItsSourceIsSaid) {
  ReportOptions options;
  options.price_per_hour = 6.0;
  const Summary summary = summarise({example()}, options);
  EXPECT_DOUBLE_EQ(*summary.runs[0].cost.total_usd, 12.0);
  EXPECT_EQ(summary.runs[0].price.source, "--price-per-hour");
  options.price_per_hour = 0.0;
  EXPECT_THROW(summarise({example()}, options), Error);
}

TEST(Summarise, WithoutPhasesEverySampleHasTheSameShare) {
  RunData run = example();
  for (Launch& launch : run.launches) launch.engine.reset();
  const Cost cost = summarise({run}).runs[0].cost;
  EXPECT_FALSE(cost.usd_per_million_input || cost.usd_per_million_output);
  EXPECT_DOUBLE_EQ(*cost.total_usd, 6.0);
  EXPECT_NEAR(*cost.per_solved.usd, 2.0, 1e-12);
}

TEST(Summarise, WithoutLaunchesNoCostIsMadeUp) {
  RunData run = example();
  run.launches.clear();
  const Cost cost = summarise({run}).runs[0].cost;
  EXPECT_FALSE(cost.total_usd || cost.usd_per_sample || cost.per_solved.usd || cost.solved_per_device_hour);
}

TEST(Summarise, AnEmptyRunHasNoScore) {
  RunData run = example();
  run.tasks[0].records.clear();
  const Summary summary = summarise({run});
  EXPECT_EQ(summary.runs[0].accuracy.questions, 0);
  EXPECT_FALSE(summary.runs[0].accuracy.interval.has_value());
  EXPECT_EQ(summary.runs[0].counts.missing(), 4);
  EXPECT_THAT(results_json({run}, summary), HasSubstr("\"exact_match,none\": null"));
  EXPECT_FALSE(summary_markdown(summary).empty());
  EXPECT_FALSE(report_html({run}, summary).empty());
}

TEST(Summarise, AllWrongAndAllRightStillHaveAnInterval) {
  for (bool correct : {false, true}) {
    RunData run = example();
    for (SampleRecord& sample : run.tasks[0].records) sample.correct = correct;
    const Score score = summarise({run}).runs[0].accuracy;
    EXPECT_DOUBLE_EQ(score.value, correct ? 1.0 : 0.0);
    EXPECT_GT(score.interval->high - score.interval->low, 0.4);
    const CostPerSolved solved = summarise({run}).runs[0].cost.per_solved;
    EXPECT_EQ(solved.usd.has_value(), correct);
    EXPECT_TRUE(solved.low.has_value());
  }
}

TEST(Summarise, FailuresAreCountedAndNotGraded) {
  RunData run = example();
  run.tasks[0].records[0].finish_reason = "error";
  run.tasks[0].records[0].graded = false;
  run.tasks[0].records[0].correct.reset();
  run.tasks[0].records[2].truncated = true;
  const RunSummary summary = summarise({run}).runs[0];
  EXPECT_EQ(summary.counts.failed, 1);
  EXPECT_EQ(summary.counts.truncated, 1);
  EXPECT_EQ(summary.counts.graded, 3);
  EXPECT_EQ(summary.accuracy.questions, 3);
  EXPECT_NEAR(summary.accuracy.value, 2.0 / 3, 1e-12);
}

TEST(Summarise, RepeatsAndClustersUseAnEffectiveN) {
  RunData run = example();
  TaskData& task = run.tasks[0];
  task.repeats = 2;
  task.records.clear();
  for (int doc = 0; doc < 10; ++doc) {
    for (int repeat = 0; repeat < 2; ++repeat) {
      SampleRecord sample = record(doc, doc < 5 || (doc == 5 && repeat == 0), 100, 0, 10);
      sample.repeat = repeat;
      task.records.push_back(sample);
    }
  }
  Score score = summarise({run}).runs[0].tasks[0].accuracy;
  EXPECT_EQ(score.questions, 10);
  EXPECT_DOUBLE_EQ(score.value, 0.55);
  EXPECT_THAT(score.interval_method, HasSubstr("effective n"));
  // Only question 5 varies: s = 0.5, K = 2: SE^2 = 0.25 / 1 / 100.
  EXPECT_NEAR(*score.sampling_standard_error, 0.05, 1e-12);

  for (SampleRecord& sample : task.records) sample.cluster = sample.doc_id < 5 ? "a" : "b";
  score = summarise({run}).runs[0].tasks[0].accuracy;
  EXPECT_EQ(score.clusters, 2);
  EXPECT_THAT(score.interval_method, HasSubstr("few clusters"));
  EXPECT_GT(score.interval->high - score.interval->low, 0.9);  // two sources say next to nothing
}

TEST(Summarise, TheOverallScoreTakesEachQuestionOnce) {
  RunData run = example();
  TaskData other = run.tasks[0];
  other.name = "logic";
  other.records = {record(0, false, 1, 0, 1)};
  run.tasks.push_back(other);
  const Score score = summarise({run}).runs[0].accuracy;
  EXPECT_EQ(score.questions, 5);
  EXPECT_DOUBLE_EQ(score.value, 0.6);
}

TEST(Summarise, MetricsThatAreNoSharesGetATInterval) {
  RunData run = example();
  run.tasks[0].metrics = {{"bits", "mean", false}};
  for (std::size_t i = 0; i < 4; ++i)
    run.tasks[0].records[i].metrics = {{"bits", 2.0 + static_cast<double>(i)}};
  const Score score = summarise({run}).runs[0].tasks[0].metrics.at(0);
  EXPECT_DOUBLE_EQ(score.value, 3.5);
  EXPECT_EQ(score.interval_method, "t");
  EXPECT_FALSE(score.higher_is_better);
  EXPECT_NEAR(score.interval->high - 3.5, t_quantile(0.975, 3) * std::sqrt(5.0 / 3 / 4), 1e-9);
  EXPECT_THAT(console_table(summarise({run})), HasSubstr("↓"));
}

TEST(Summarise, EachFilterHasItsOwnScore) {
  RunData run = example();
  TaskData& task = run.tasks[0];
  task.filters = {"strict", "flexible"};
  for (std::size_t i = 0; i < 4; ++i) {
    task.records[i].metrics = {{"exact_match,strict", i == 0 ? 1.0 : 0.0},
                               {"exact_match,flexible", i < 3 ? 1.0 : 0.0}};
  }
  const std::vector<Score> scores = summarise({run}).runs[0].tasks[0].metrics;
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[0].filter, "strict");
  EXPECT_DOUBLE_EQ(scores[0].value, 0.25);
  EXPECT_EQ(scores[1].filter, "flexible");
  EXPECT_DOUBLE_EQ(scores[1].value, 0.75);
}

TEST(Summarise, TwoRunsOfOneModelGetTwoNames) {
  const Summary summary = summarise({example(), example()});
  EXPECT_EQ(summary.runs[0].label, "example #1");
  EXPECT_EQ(summary.runs[1].label, "example #2");
}

TEST(Summarise, TheErrorOfSamplingHasABarOfItsOwn) {
  RunData run = example();
  run.tasks[0].repeats = 2;
  std::vector<SampleRecord> again = run.tasks[0].records;
  for (SampleRecord& sample : again) sample.repeat = 1;
  again[0].correct = false;
  run.tasks[0].records.insert(run.tasks[0].records.end(), again.begin(), again.end());
  const Score score = accuracy_of(run.tasks[0]);
  // One question of four is right half of the time: SE^2 = 0.25 / 16.
  EXPECT_NEAR(score.sampling_standard_error.value(), 0.125, 1e-12);
  EXPECT_NEAR(score.sampling_interval.value().low, 0.625 - 1.959964 * 0.125, 1e-6);
  EXPECT_NEAR(score.sampling_interval.value().high, 0.625 + 1.959964 * 0.125, 1e-6);
  EXPECT_FALSE(accuracy_of(example().tasks[0]).sampling_interval.has_value());  // one answer each
}

TEST(TerminalSummary, HasTheFiguresOfTheOtherFormats) {
  const Summary summary = summarise({example()});
  const std::string text = terminal_summary(summary);
  const std::string markdown = summary_markdown(summary);
  for (const char* figure : {"75.0 %", "$6.00", "$667", "$2000", "$1.50", "1.50:1", "4,000", "10 min 0 s"}) {
    EXPECT_THAT(text, HasSubstr(figure));
    EXPECT_THAT(markdown, HasSubstr(figure));
  }
  EXPECT_THAT(text, HasSubstr(console_table(summary)));
  RunData unpriced = example();
  unpriced.device_usd_per_hour.reset();
  EXPECT_THAT(terminal_summary(summarise({unpriced})), HasSubstr("give --price-per-hour"));
}

TEST(TerminalSummary, SaysWhatWasOddInTheRun) {
  EXPECT_THAT(terminal_summary(summarise({example()})), Not(HasSubstr("Warnings")));
  RunData odd = example();
  odd.warnings.emplace_back("samples/x.jsonl: run.json names no such task\x1b[31m; not counted");
  const std::string text = terminal_summary(summarise({odd}));
  EXPECT_THAT(text, HasSubstr("\nWarnings\n- "));
  EXPECT_THAT(text, HasSubstr("samples/x.jsonl: run.json names no such task"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ConsoleTable, IsLmEvalsTable) {
  const std::string table = console_table(summarise({example()}));
  EXPECT_THAT(table, HasSubstr("|Tasks|Version|Filter|n-shot|Metric"));
  EXPECT_THAT(table, HasSubstr("|exact_match|↑  |0.7500|±  |0.2500|"));
}

TEST(WriteReports, OnlyTheFormatsAskedFor) {
  test::TemporaryFolder folder;
  test::SyntheticRun run;
  run.tasks = {{"math", 30, 1, 0.5}};
  test::write_synthetic_run(folder.file("a"), run);
  ReportOptions options;
  options.formats = {ReportFormat::junit, ReportFormat::csv, ReportFormat::csv};
  EXPECT_EQ(report_files(options).size(), 2U);
  const Summary summary = write_reports({folder.file("a")}, folder.file("out"), options);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("out"))) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("junit.xml", "scores.csv"));
  std::ifstream csv(folder.file("out/scores.csv"), std::ios::binary);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(csv)), {}), scores_csv(summary));
}

TEST(WriteReports, ReplacesAllThreeFiles) {
  test::TemporaryFolder folder;
  test::SyntheticRun run;
  run.tasks = {{"math", 30, 1, 0.5}};
  test::write_synthetic_run(folder.file("a"), run);
  write_reports({folder.file("a")}, folder.file("out/deep"));
  for (const char* name : {"results.json", "summary.md", "report.html"}) {
    EXPECT_GT(std::filesystem::file_size(folder.file("out/deep/") + name), 100u) << name;
  }
  // The same run gives the same bytes, wherever the page is as far from it.
  write_reports({folder.file("a")}, folder.file("out/again"));
  for (const char* name : {"results.json", "summary.md", "report.html"}) {
    std::ifstream first(folder.file("out/deep/") + name), second(folder.file("out/again/") + name);
    const std::string a((std::istreambuf_iterator<char>(first)), {}),
        b((std::istreambuf_iterator<char>(second)), {});
    EXPECT_TRUE(a == b) << name;
  }
}

}  // namespace
}  // namespace reckon::reports
