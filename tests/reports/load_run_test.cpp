// Reading run directories: what counts, what is refused, and that each refusal names its place.

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "reports/report.h"
#include "tests/reports/support/synthetic_run.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string message_of(const std::string& directory) {
  try {
    load_run(directory);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    return error.what();
  }
  return "no error";
}

class LoadRun : public ::testing::Test {
 protected:
  void SetUp() override {
    test::SyntheticRun run;
    run.tasks = {{"math", 4, 1, 1.0}};
    directory_ = test::write_synthetic_run(folder_.file("run"), run);
  }
  std::string samples() const { return directory_ + "/samples/math.jsonl"; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ + "/" + name, std::ios::binary) << text;
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ + "/" + name, std::ios::binary | std::ios::app) << text;
  }
  void replace(const std::string& name, const std::string& from, const std::string& to) const {
    std::string text = read_file(directory_ + "/" + name);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write(name, text.replace(at, from.size(), to));
  }
  test::TemporaryFolder folder_;
  std::string directory_;
};

TEST_F(LoadRun, ReadsWhatWasWritten) {
  const RunData run = load_run(directory_);
  EXPECT_EQ(run.display_name, "synthetic-moe");
  EXPECT_EQ(run.model.active_parameters, 2'100'000);
  ASSERT_EQ(run.tasks.size(), 1u);
  const TaskData& task = run.tasks[0];
  EXPECT_EQ(task.version, "1");
  ASSERT_EQ(task.records.size(), 4u);
  EXPECT_EQ(task.records[2].doc_id, 2);
  EXPECT_EQ(task.records[2].line, 3u);
  EXPECT_TRUE(*task.records[2].correct);
  EXPECT_EQ(*task.records[2].extracted, task.records[2].target);
  EXPECT_TRUE(task.records[2].thinking.has_value());
  ASSERT_EQ(run.launches.size(), 1u);
  EXPECT_DOUBLE_EQ(run.launches[0].wall_seconds, 60);
  EXPECT_EQ(run.launches[0].status, "done");
  EXPECT_EQ(run.launches[0].engine->decode_tokens, 40000);
  EXPECT_TRUE(run.warnings.empty());
}

TEST_F(LoadRun, ATornLastLineIsSkippedAndCounted) {
  append("samples/math.jsonl", R"({"doc_id": 9, "repea)");
  append("launches.jsonl", R"({"launch":)");
  const RunData run = load_run(directory_);
  EXPECT_EQ(run.tasks[0].records.size(), 4u);
  EXPECT_EQ(run.tasks[0].torn_lines, 1u);
  ASSERT_EQ(run.warnings.size(), 2u);
  EXPECT_THAT(run.warnings[0], HasSubstr("launches.jsonl"));
  EXPECT_THAT(run.warnings[1], HasSubstr("samples/math.jsonl"));
}

TEST_F(LoadRun, AWholeLastLineWithoutItsNewlineDoesNotCountEither) {
  // The writer cuts such a line off and writes it again, so a report must not count it.
  append("samples/math.jsonl", R"({"doc_id": 9, "correct": true, "graded": true})");
  EXPECT_EQ(load_run(directory_).tasks[0].records.size(), 4u);
}

TEST_F(LoadRun, ALaterSuccessReplacesAnErrorAndALaterErrorReplacesNoSuccess) {
  const std::string good = R"({"doc_id":1,"correct":true,"graded":true,"finish_reason":"stop"})"
                           "\n";
  const std::string bad = R"({"doc_id":1,"graded":false,"finish_reason":"error","error":"lost"})"
                          "\n";
  write("samples/math.jsonl", bad + good);
  RunData run = load_run(directory_);
  ASSERT_EQ(run.tasks[0].records.size(), 1u);
  EXPECT_FALSE(run.tasks[0].records[0].failed());
  EXPECT_EQ(run.tasks[0].replaced_lines, 1u);
  EXPECT_TRUE(run.warnings.empty());

  write("samples/math.jsonl", good + bad);
  run = load_run(directory_);
  EXPECT_FALSE(run.tasks[0].records[0].failed());
  EXPECT_TRUE(*run.tasks[0].records[0].correct);

  write("samples/math.jsonl", bad + bad);
  run = load_run(directory_);
  EXPECT_TRUE(run.tasks[0].records[0].failed());
  EXPECT_EQ(run.tasks[0].records[0].line, 2u);
}

TEST_F(LoadRun, SamplesThatStandTwiceAreNoted) {
  const std::string right = R"({"doc_id":1,"correct":true,"graded":true})"
                            "\n";
  const std::string wrong = R"({"doc_id":1,"correct":false,"graded":true})"
                            "\n";
  write("samples/math.jsonl", right + wrong);
  const RunData run = load_run(directory_);
  EXPECT_FALSE(*run.tasks[0].records[0].correct);
  ASSERT_EQ(run.warnings.size(), 1u);
  EXPECT_THAT(run.warnings[0], HasSubstr("1 samples stand in the file more than once"));
}

TEST_F(LoadRun, ATruncatedAnswerIsNeverRight) {
  write("samples/math.jsonl",
        R"({"doc_id":1,"correct":true,"graded":true,"truncated":true,"metrics":{"exact_match":1}})"
        "\n");
  const RunData run = load_run(directory_);
  EXPECT_FALSE(*run.tasks[0].records[0].correct);
  EXPECT_EQ(run.tasks[0].records[0].metrics[0].second, 0);
  EXPECT_THAT(run.warnings.at(0), HasSubstr("truncated"));
}

TEST_F(LoadRun, WhatWasNotDecidedIsCountedApart) {
  write("samples/math.jsonl",
        R"({"doc_id":1,"correct":false,"graded":true,"extracted":"2^{10^{99}}","evidence":"not_decided"})"
        "\n"
        R"({"doc_id":2,"correct":false,"graded":true,"extracted":"2","evidence":"proven_different"})"
        "\n");
  const RunData run = load_run(directory_);
  EXPECT_TRUE(run.tasks[0].records[0].not_decided());
  const Summary summary = summarise({run});
  EXPECT_EQ(summary.runs[0].counts.not_decided, 1);
  EXPECT_EQ(summary.runs[0].counts.no_answer, 0);
  EXPECT_EQ(summary.runs[0].counts.graded, 2);
  EXPECT_THAT(results_json({run}, summary), HasSubstr("\"not_decided\": 1"));
}

TEST_F(LoadRun, AKilledLaunchCountsToItsLastHeartbeat) {
  test::SyntheticRun killed;
  killed.tasks = {{"math", 2, 1, 1.0}};
  killed.killed_first_launch = true;
  const RunData run = load_run(test::write_synthetic_run(folder_.file("killed"), killed));
  ASSERT_EQ(run.launches.size(), 2u);
  EXPECT_DOUBLE_EQ(run.launches[0].wall_seconds, 20);
  EXPECT_EQ(run.launches[0].status, "");
  EXPECT_FALSE(run.launches[0].engine.has_value());
}

TEST_F(LoadRun, ErrorsNameFileLineAndField) {
  append("samples/math.jsonl", "{\"doc_id\": \"x\"}\n");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("samples/math.jsonl: line 5"), HasSubstr("'doc_id'")));
}

TEST_F(LoadRun, ABrokenLineInTheMiddleIsAnError) {
  append("samples/math.jsonl", "{\"doc_id\": \n{\"doc_id\":7,\"correct\":true}\n");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("math.jsonl: line 5"), HasSubstr("not valid JSON")));
}

TEST_F(LoadRun, RefusesWhatCannotBe) {
  const struct {
    const char* line;
    const char* message;
  } cases[] = {
      {R"({"doc_id":-1})", "'doc_id'"},
      {R"({"doc_id":1,"repeat":1,"correct":true})", "'repeat'"},
      {R"({"doc_id":1,"graded":true})", "'correct'"},
      {R"({"doc_id":1,"correct":"yes"})", "'correct'"},
      {R"({"doc_id":1,"metrics":{"exact_match":"1"}})", "'exact_match'"},
      {R"({"doc_id":1,"usage":{"input_tokens":5,"cached_input_tokens":6}})", "'cached_input_tokens'"},
      {R"({"doc_id":1,"usage":{"output_tokens":-5}})", "'output_tokens'"},
      {R"({"doc_id":1,"resps":"text"})", "'resps'"},
      {R"([1])", "expected a JSON object"},
      {R"({"doc_id":NaN})", "not valid JSON"},
  };
  for (const auto& item : cases) {
    write("samples/math.jsonl", std::string(item.line) + "\n");
    EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("math.jsonl: line 1"), HasSubstr(item.message)))
        << item.line;
  }
}

TEST_F(LoadRun, RefusesBrokenLaunches) {
  const struct {
    const char* line;
    const char* message;
  } cases[] = {
      {R"({"launch":0,"event":"heartbeat","wall_seconds":1})", "no start line"},
      {R"({"launch":0,"event":"begin"})", "'event'"},
      {R"({"event":"start"})", "'launch'"},
  };
  for (const auto& item : cases) {
    write("launches.jsonl", std::string(item.line) + "\n");
    EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("launches.jsonl: line 1"), HasSubstr(item.message)));
  }
  write("launches.jsonl",
        "{\"launch\":0,\"event\":\"start\"}\n{\"launch\":0,\"event\":\"end\",\"wall_seconds\":-3}\n");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("line 2"), HasSubstr("'wall_seconds'")));
}

TEST_F(LoadRun, EnergyIsKnownOnlyWhereEveryLaunchHadAMeter) {
  const std::string first = R"({"launch":0,"event":"start"}
{"launch":0,"event":"heartbeat","wall_seconds":1,"energy_joules":40}
{"launch":0,"event":"end","wall_seconds":2,"energy_joules":90,"status":"done"}
{"launch":1,"event":"start"}
)";
  write("launches.jsonl",
        first + R"({"launch":1,"event":"heartbeat","wall_seconds":3,"energy_joules":60})" + "\n");
  EXPECT_DOUBLE_EQ(summarise({load_run(directory_)}).runs[0].energy_joules.value(), 150);
  write("launches.jsonl", first + R"({"launch":1,"event":"heartbeat","wall_seconds":3})" + "\n");
  EXPECT_FALSE(summarise({load_run(directory_)}).runs[0].energy_joules.has_value());
  write("launches.jsonl",
        first + R"({"launch":1,"event":"heartbeat","wall_seconds":3,"energy_joules":-1})" + "\n");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("line 5"), HasSubstr("'energy_joules'")));
}

TEST_F(LoadRun, EnergyOfDevicesStandsApartAndALostMeterLeavesItNotKnown) {
  const std::string first = R"({"launch":0,"event":"start"}
{"launch":0,"event":"heartbeat","wall_seconds":1,"energy_joules":40,"device_energy_joules":700}
)";
  const auto after = [&](const std::string& fields) {
    write("launches.jsonl",
          first + R"({"launch":0,"event":"end","wall_seconds":2,"status":"done")" + fields + "}\n");
    return summarise({load_run(directory_)}).runs[0];
  };
  const RunSummary both = after(R"(,"energy_joules":90,"device_energy_joules":1500)");
  EXPECT_DOUBLE_EQ(both.energy_joules.value(), 90);
  EXPECT_DOUBLE_EQ(both.device_energy_joules.value(), 1500);
  const RunSummary lost = after(R"(,"energy_joules":90)");
  EXPECT_DOUBLE_EQ(lost.energy_joules.value(), 90);
  EXPECT_FALSE(lost.device_energy_joules.has_value());
}

TEST_F(LoadRun, TheTimeOfLoadingIsDeviceTimeToo) {
  const std::string device = R"("device":{"name":"GPU","count":2})";
  const std::string killed = R"({"launch":0,"event":"start","load_seconds":1800,)" + device + "}\n";
  const std::string done = R"({"launch":1,"event":"start","load_seconds":900,)" + device + "}\n" +
                           R"({"launch":1,"event":"end","wall_seconds":1800,"status":"done",)" +
                           R"("engine":{"busy_seconds":600,"prefill_seconds":200,"decode_seconds":400}})" +
                           "\n";
  write("launches.jsonl", killed + done);
  const RunSummary run = summarise({load_run(directory_)}).runs[0];
  EXPECT_DOUBLE_EQ(run.wall_seconds, 3600);
  EXPECT_DOUBLE_EQ(run.device_hours, 2);
  EXPECT_DOUBLE_EQ(run.phases->load_seconds.value(), 2700);
  EXPECT_DOUBLE_EQ(run.phases->idle_seconds, 300);
}

TEST_F(LoadRun, WhereTheTimeWentAddsUpToTheWallTime) {
  const std::string engine =
      R"("engine":{"busy_seconds":50,"prefill_seconds":10,"decode_seconds":38,"prefill_tokens":1,)"
      R"("decode_tokens":1,"cached_prompt_tokens":0,"steps":1,"preemptions":0})";
  const std::string start = R"({"launch":0,"event":"start"})"
                            "\n";
  write("launches.jsonl", start + R"({"launch":0,"event":"end","wall_seconds":60,"grading_seconds":4,)" +
                              R"("status":"done",)" + engine + "}\n");
  const PhaseTimes measured = summarise({load_run(directory_)}).runs[0].phases.value();
  EXPECT_DOUBLE_EQ(measured.prefill_seconds, 10);
  EXPECT_DOUBLE_EQ(measured.decode_seconds, 38);
  EXPECT_DOUBLE_EQ(measured.other_seconds, 2);
  EXPECT_DOUBLE_EQ(measured.grading_seconds.value(), 4);
  EXPECT_DOUBLE_EQ(measured.idle_seconds, 6);
  write("launches.jsonl",
        start + R"({"launch":0,"event":"end","wall_seconds":60,"status":"done",)" + engine + "}\n");
  const PhaseTimes older = summarise({load_run(directory_)}).runs[0].phases.value();
  EXPECT_FALSE(older.grading_seconds.has_value());  // not measured, and not 0
  EXPECT_FALSE(older.load_seconds.has_value());
  EXPECT_DOUBLE_EQ(older.idle_seconds, 10);
  write("launches.jsonl", start + R"({"launch":0,"event":"end","wall_seconds":60,"status":"done"})" + "\n");
  EXPECT_FALSE(summarise({load_run(directory_)}).runs[0].phases.has_value());
  write("launches.jsonl",
        start + R"({"launch":0,"event":"end","wall_seconds":60,"grading_seconds":-1})" + "\n");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("line 2"), HasSubstr("'grading_seconds'")));
}

TEST_F(LoadRun, AnswerClassesAreThoseOfAllRepeats) {
  std::filesystem::create_directories(directory_ + "/joint");
  write("joint/math.jsonl", R"({"doc_id":0,"answer_classes":[0],"metrics":{}})"
                            "\n");
  EXPECT_EQ(load_run(directory_).tasks[0].joint.at(0).answer_classes.size(), 1U);
  write("joint/math.jsonl", R"({"doc_id":0,"answer_classes":[0,0,1],"metrics":{}})"
                            "\n");
  EXPECT_THAT(message_of(directory_),
              AllOf(HasSubstr("joint/math.jsonl: line 1"), HasSubstr("'answer_classes' holds 3 answers")));
}

TEST_F(LoadRun, AModelConfigIsAnObject) {
  replace("run.json", "\"identity\"", "\"model_config\": \"x\", \"identity\"");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("run.json"), HasSubstr("model_config")));
}

TEST_F(LoadRun, RefusesForeignDirectoriesAndVersions) {
  EXPECT_THAT(message_of(folder_.file("nothing")), HasSubstr("no such run directory"));
  EXPECT_THAT(message_of(folder_.path()), HasSubstr("holds no run.json"));
  replace("run.json", "\"schema_version\": 1", "\"schema_version\": 2");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("run.json"), HasSubstr("'schema_version' is 2")));
}

TEST_F(LoadRun, ATaskNameCannotLeaveTheDirectory) {
  replace("run.json", "\"math\": {", "\"../math\": {");
  EXPECT_THAT(message_of(directory_), HasSubstr("cannot be the name of a task"));
}

TEST_F(LoadRun, APriceOfZeroIsNoPrice) {
  replace("run.json", "\"device_usd_per_hour\": null", "\"device_usd_per_hour\": 0");
  EXPECT_THAT(message_of(directory_), HasSubstr("null where it is not known"));
}

TEST_F(LoadRun, SamplesOfAnUnknownTaskAreNotDroppedSilently) {
  write("samples/other.jsonl", "{}\n");
  const RunData run = load_run(directory_);
  ASSERT_EQ(run.warnings.size(), 1u);
  EXPECT_THAT(run.warnings[0], HasSubstr("samples/other.jsonl"));
}

TEST_F(LoadRun, MessagesBecomeThePromptWhereNoneIsRendered) {
  write("samples/math.jsonl",
        R"({"doc_id":1,"arguments":{"messages":[{"role":"user","content":"What is 2 + 2?"}]},"target":4,)"
        R"("resps":["4"],"filtered_resps":["4"],"correct":true})"
        "\n");
  const RunData run = load_run(directory_);
  const SampleRecord& record = run.tasks[0].records[0];
  EXPECT_EQ(record.prompt.shown(), "user: What is 2 + 2?");
  EXPECT_EQ(record.target, "4");
  EXPECT_EQ(record.answer.shown(), "4");
  EXPECT_EQ(record.extracted, "4");
}

TEST_F(LoadRun, AnEmptyExtractedAnswerIsNone) {
  write("samples/math.jsonl", R"({"doc_id":1,"extracted":"","filtered_resps":[""],"correct":false})"
                              "\n");
  EXPECT_FALSE(load_run(directory_).tasks[0].records[0].extracted.has_value());
}

TEST_F(LoadRun, RecordsMustAgreeWithTheManifest) {
  const std::string line = R"({"doc_id":1,"doc_hash":"a","correct":true,"graded":true})";
  write("samples/math.jsonl", R"({"doc_id":4,"correct":true,"graded":true})"
                              "\n");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("math.jsonl: line 1"), HasSubstr("doc_id")));
  write("samples/math.jsonl", R"({"doc_id":1,"repeat":1,"correct":true,"graded":true})"
                              "\n");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("line 1"), HasSubstr("repeat")));
  replace("run.json", "\"repeats\": 1", "\"repeats\": 2");
  write("samples/math.jsonl",
        line + "\n" + R"({"doc_id":1,"repeat":1,"doc_hash":"b","correct":true,"graded":true})" + "\n");
  EXPECT_THAT(message_of(directory_),
              AllOf(HasSubstr("line 2"), HasSubstr("doc_hash"), HasSubstr("document 1")));
}

TEST_F(LoadRun, MoreSamplesThanPlannedAndUnknownLaunchesAreNoted) {
  replace("run.json", "\"n_effective\": 4", "\"n_effective\": 3");
  RunData run = load_run(directory_);
  ASSERT_EQ(run.warnings.size(), 1u);
  EXPECT_THAT(run.warnings[0], HasSubstr("holds 4 samples where run.json plans 3"));
  replace("samples/math.jsonl", "\"launch\":0", "\"launch\":7");
  run = load_run(directory_);
  ASSERT_EQ(run.warnings.size(), 2u);
  EXPECT_THAT(run.warnings[1], HasSubstr("1 samples name a launch"));
}

TEST_F(LoadRun, NumbersThatAreNoneAreRefused) {
  for (const char* value : {"NaN", "Infinity", "1e999", "-nan", "\"0.5\"", "[1]"}) {
    write("samples/math.jsonl",
          std::string(R"({"doc_id":1,"correct":true,"graded":true,"metrics":{"m":)") + value + "}}\n");
    EXPECT_THAT(message_of(directory_), HasSubstr("math.jsonl: line 1")) << value;
  }
}

TEST_F(LoadRun, AStoppedRunIsNotMissingWhatItDidNotAsk) {
  replace("run.json", "\"n_effective\": 4", "\"n_effective\": 100");
  write("stopping.json", R"({"schema_version":1,"suites":{"math":{"state":"worse","of":100}}})");
  EXPECT_EQ(load_run(directory_).tasks[0].stopped_of, 100);
  write("stopping.json", R"({"schema_version":9,"suites":{}})");
  EXPECT_THAT(message_of(directory_), AllOf(HasSubstr("stopping.json"), HasSubstr("schema_version")));
}

}  // namespace
}  // namespace reckon::reports
