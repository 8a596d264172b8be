// What the machine can do: `--version`, `doctor`, `sandbox`, `bench`.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

json::Document json_of(const std::vector<std::string>& words, const std::string& input = "") {
  const ProcessResult result = reckon(words, input);
  EXPECT_EQ(result.exit_code, 0) << words.front() << ": " << result.errors;
  return json::parse(result.output, words.front());
}

TEST(Version, TheTextAndTheJsonSayTheSame) {
  const json::Document version = json_of({"--version", "--json"});
  const std::string text = reckon({"--version"}).output;
  EXPECT_THAT(text, HasSubstr(fmt::format("reckon {} (commit {}, {})", version["version"].GetString(),
                                          version["commit"].GetString(), version["compiler"].GetString())));
  EXPECT_THAT(version["compiler"].GetString(), testing::ContainsRegex("^(GNU|Clang) [0-9]+"));
  EXPECT_STREQ(version["backends"][0].GetString(), "cpu");
  EXPECT_EQ(version["backends"].Size() == 2, text.ends_with(", cuda\n"));
  EXPECT_THAT(text, HasSubstr(std::string("path ") + version["cpu_path"].GetString()));
  std::string features;
  for (const json::Value& feature : version["cpu_features"].GetArray()) {
    features += std::string(features.empty() ? "" : " ") + feature.GetString();
  }
  EXPECT_THAT(text, HasSubstr("features " + features + ")"));
}

TEST(Version, JsonAloneIsNoCommand) {
  const ProcessResult result = reckon({"--json"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("--json"));
  EXPECT_EQ(reckon({"--json", "ls"}).exit_code, 2) << "it would not be heard";
}

const json::Value& layer(const json::Document& doctor, const char* group, const std::string& name) {
  const auto layers = doctor[group].GetArray();
  const auto found = std::find_if(layers.begin(), layers.end(), [&](const json::Value& entry) {
    return entry["name"].GetString() == name;
  });
  EXPECT_NE(found, layers.end()) << name;
  return *found;
}

TEST(Doctor, SaysOfEachLayerWhetherItWorksAndElseTheRemedy) {
  const ProcessResult result = reckon({"doctor", "--json"});
  const json::Document doctor = json::parse(result.output, "doctor --json");
  bool missing = false;
  for (const char* group : {"engine", "files", "sandbox"}) {
    EXPECT_GT(doctor[group].Size(), 0U) << group;
    for (const json::Value& entry : doctor[group].GetArray()) {
      EXPECT_EQ(entry["works"].GetBool(), !entry.HasMember("remedy")) << entry["name"].GetString();
      missing = missing || (entry["required"].GetBool() && !entry["works"].GetBool());
    }
  }
  EXPECT_EQ(result.exit_code, missing ? 3 : 0);
  EXPECT_TRUE(std::filesystem::equivalent(layer(doctor, "files", "share folder")["detail"].GetString(),
                                          source_file("suites/tasks")));
  EXPECT_THAT(layer(doctor, "engine", "cpu")["detail"].GetString(),
              HasSubstr(std::string("path ") + json_of({"--version", "--json"})["cpu_path"].GetString()));
  const std::string text = reckon({"doctor"}).output;
  EXPECT_THAT(text, HasSubstr(doctor["sandbox_works"].GetBool() ? "Code suites run here"
                                                                : "Code suites are refused here"));
}

class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    const ProcessResult doctor = reckon({"doctor", "--json"});
    if (!json::parse(doctor.output, "doctor")["sandbox_works"].GetBool()) {
      GTEST_SKIP() << "there is no sandbox here, see `reckon doctor`";
    }
  }
  TemporaryFolder folder_;
};

TEST_F(Sandbox, AProgramGetsItsInputAndItsOutputComesBack) {
  const std::string program =
      folder_.write("program.py", "import sys\nprint(input()[::-1])\nprint('aside', file=sys.stderr)\n");
  const json::Document run = json_of({"sandbox", "--language", "python3", "--input",
                                      folder_.write("input", "Größe\n"), "--memory-mib", "256", program});
  EXPECT_STREQ(run["verdict"].GetString(), "passed");
  EXPECT_STREQ(run["stdout"].GetString(), "eßörG\n");
  EXPECT_STREQ(run["stderr"].GetString(), "aside\n");
  EXPECT_EQ(run["exit_code"].GetInt(), 0);
  EXPECT_EQ(run["limits"]["memory_bytes"].GetInt64(), 256 << 20);
  EXPECT_THAT(run["isolation"].GetString(), HasSubstr("bubblewrap"));
}

TEST_F(Sandbox, WhatBecameOfAProgramIsItsVerdict) {
  const auto verdict = [](const char* language, const std::string& program) {
    return std::string(json_of({"sandbox", "--language", language, "-"}, program)["verdict"].GetString());
  };
  EXPECT_EQ(verdict("python3", "print(1 / 0)"), "exception");
  EXPECT_EQ(verdict("python3", "print("), "syntax error");
  EXPECT_EQ(verdict("python3", "while True: print('x' * 100000)"), "output limit");
  // Nothing of this machine is there to be written.
  const std::string target = folder_.write("kept", "as it was");
  const json::Document run =
      json_of({"sandbox", "--language", "python3", "-"}, "open('" + target + "', 'w').write('changed')\n");
  EXPECT_STRNE(run["verdict"].GetString(), "passed");
  EXPECT_EQ(read_file(target), "as it was");
}

TEST(SandboxRefuses, WhatItDoesNotKnow) {
  const ProcessResult language = reckon({"sandbox", "--language", "cobol", "-"}, "");
  EXPECT_EQ(language.exit_code, 2);
  EXPECT_THAT(language.errors, AllOf(HasSubstr("cobol"), HasSubstr("python3")));
  const ProcessResult file = reckon({"sandbox", "--language", "python3", "/nowhere/program.py"});
  EXPECT_EQ(file.exit_code, 2);
  EXPECT_THAT(file.errors, HasSubstr("/nowhere/program.py"));
}

TEST(Bench, GivenShapesAreTimedBesideTheLimits) {
  const TemporaryFolder folder;
  const std::string file = folder.file("bench.json");
  const ProcessResult result = reckon({"bench", "--json", "--shapes", "f32:64x32,q8_0:128x64", "--tokens",
                                       "1,3", "--repetitions", "2", "--output", file});
  if (result.exit_code == 3 && result.errors.find("no kernel benchmarks") != std::string::npos) {
    GTEST_SKIP() << result.errors;
  }
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(read_file(file), result.output);
  const json::Document report = json::parse(result.output, "bench --json");
  EXPECT_GT(report["limits"]["read_gb_per_s"].GetDouble(), 0.0);
  EXPECT_GT(report["limits"]["int8_gop_per_s"].GetDouble(), 0.0);
  std::vector<std::string> cases;
  for (const json::Value& kernel : report["kernels"].GetArray()) {
    const std::string name = kernel["name"].GetString();
    cases.push_back(name + " " + kernel["shape"].GetString());
    EXPECT_TRUE(kernel["checked"].GetBool()) << name << ": its result was compared with a plain one";
    EXPECT_GE(kernel["repetition_seconds"].Size(), 2U);
    const double tokens = std::string(kernel["shape"].GetString()).ends_with("1 token") ? 1.0 : 3.0;
    const double products = name.find("f32") != std::string::npos ? 64.0 * 32.0 : 128.0 * 64.0;
    const double flops = kernel["gflop_per_s"].GetDouble() * 1e9 * kernel["seconds"].GetDouble();
    EXPECT_NEAR(flops, 2.0 * products * tokens, 1e-6 * flops) << cases.back();
  }
  EXPECT_THAT(cases, UnorderedElementsAre("linear f32 64x32, 1 token", "linear f32 64x32, 3 tokens",
                                          "linear q8_0 128x64, 1 token", "linear q8_0 128x64, 3 tokens"));
}

TEST(Bench, ShapesThatCannotBeAreRefused) {
  const auto errors = [](const std::string& shapes) {
    const ProcessResult result = reckon({"bench", "--shapes", shapes});
    EXPECT_EQ(result.exit_code, 2) << shapes;
    return result.errors;
  };
  EXPECT_THAT(errors("q9_0:64x64"), HasSubstr("q9_0"));
  EXPECT_THAT(errors("q4_0:33x64"), HasSubstr("33"));
  EXPECT_THAT(errors("f32:64"), HasSubstr("f32:64"));
  EXPECT_THAT(errors("f32:0x64"), HasSubstr("f32:0x64"));
}

}  // namespace
}  // namespace reckon::test
