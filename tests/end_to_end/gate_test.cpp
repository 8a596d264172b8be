// From a baseline to a gate, as a CI job goes through it.

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;

class GateFromTheCommandLine : public testing::Test {
 protected:
  ProcessResult run(const std::string& name, const std::string& limit,
                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{
        "run",     "--model", "reckon-demo-dense", "--tasks",          "demo_arithmetic",
        "--limit", limit,     "--output_path",     folder_.file(name), "-q"};
    words.insert(words.end(), more.begin(), more.end());
    return reckon(words);
  }
  ProcessResult gate(const std::string& run, const std::string& policy,
                     const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"gate",       folder_.file(run),
                                   "--baseline", folder_.file("baseline"),
                                   "--policy",   folder_.write("gate.yaml", policy)};
    words.insert(words.end(), more.begin(), more.end());
    return reckon(words);
  }
  // The last `wrong` of the samples judged wrong: a change that made something worse.
  void spoil(const std::string& name, int wrong) {
    const std::string path = folder_.file(name) + "/samples/demo_arithmetic.jsonl";
    std::string text = read_file(path);
    for (int i = 0; i < wrong; ++i) {
      const std::size_t at = text.rfind("\"correct\":true");
      ASSERT_NE(at, std::string::npos);
      text.replace(at, 14, "\"correct\":false");
    }
    std::ofstream(path, std::ios::binary) << text;
  }
  TemporaryFolder folder_;
};

TEST_F(GateFromTheCommandLine, ExitCodesAndFiles) {
  ASSERT_EQ(run("baseline", "40").exit_code, 0);
  ASSERT_EQ(run("candidate", "40").exit_code, 0);
  const std::string narrow = "margin: 0.01\n";
  // The same model on 40 questions: no loss, and none of a point excluded.
  const ProcessResult unclear = gate("candidate", narrow);
  EXPECT_EQ(unclear.exit_code, 4) << unclear.errors;
  EXPECT_THAT(unclear.output, HasSubstr("questions would tell"));
  EXPECT_EQ(gate("candidate", narrow, {"--inconclusive", "pass"}).exit_code, 0);
  EXPECT_EQ(gate("candidate", narrow, {"--inconclusive", "fail"}).exit_code, 1);
  EXPECT_EQ(gate("candidate", "margin: 0.15\n").exit_code, 0);
  EXPECT_EQ(gate("candidate", "suites: {chess: null}\n").exit_code, 3);
  EXPECT_EQ(gate("candidate", "limits: {usd_per_solved: {max: 1}}\n").exit_code, 3);  // no price is known
  EXPECT_EQ(gate("candidate", "margins: 0.15\n").exit_code, 2);
  EXPECT_EQ(gate("candidate", "margin: [\n").exit_code, 2);
  EXPECT_EQ(gate("nowhere", narrow).exit_code, 2);
  EXPECT_EQ(gate("candidate", narrow, {"--output-path", folder_.file("candidate")}).exit_code, 2);

  spoil("candidate", 20);
  const ProcessResult worse = gate("candidate", narrow, {"--output-path", folder_.file("gate")});
  EXPECT_EQ(worse.exit_code, 1) << worse.output;
  for (const char* name : {"gate.json", "junit.xml", "summary.md", "benchmark-bigger.json",
                           "benchmark-smaller.json", "metrics.txt", "scores.csv"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_.file("gate") + "/" + name)) << name;
  }
  EXPECT_THAT(read_file(folder_.file("gate") + "/junit.xml"), HasSubstr("<failure"));
  const ProcessResult compared =
      reckon({"compare", folder_.file("baseline"), folder_.file("candidate"), "--flips", "1"});
  EXPECT_EQ(compared.exit_code, 1);
  EXPECT_THAT(compared.output, HasSubstr("20 questions changed their verdict: 20 lost, 0 won"));
  const ProcessResult priced =
      reckon({"compare", folder_.file("baseline"), folder_.file("candidate"), "--output-path",
              folder_.file("compared"), "--price-per-hour", "2.5", "--price-source", "a quote of ours"});
  EXPECT_EQ(priced.exit_code, 1);
  EXPECT_THAT(read_file(folder_.file("compared") + "/summary.md"), HasSubstr("a quote of ours"));
}

TEST_F(GateFromTheCommandLine, AGatedRunStopsWhenALossIsExcluded) {
  ASSERT_EQ(run("baseline", "120").exit_code, 0);
  const std::string policy = folder_.write("gate.yaml", "margin: 0.15\n");
  const std::vector<std::string> gated{"--gate", policy, "--baseline", folder_.file("baseline")};
  const ProcessResult stopped = run("candidate", "120", gated);
  EXPECT_EQ(stopped.exit_code, 0) << stopped.errors;
  EXPECT_THAT(stopped.output, HasSubstr("of 120"));
  const json::Document file = json::parse_file(folder_.file("candidate") + "/stopping.json");
  const json::Value& suite = file["suites"]["demo_arithmetic"];
  EXPECT_STREQ(suite["state"].GetString(), "no worse");
  EXPECT_LT(suite["asked"].GetInt(), 120);
  // Started again, it has nothing to ask and says the same.
  const std::string before = read_file(folder_.file("candidate") + "/samples/demo_arithmetic.jsonl");
  EXPECT_EQ(run("candidate", "120", gated).exit_code, 0);
  EXPECT_EQ(read_file(folder_.file("candidate") + "/samples/demo_arithmetic.jsonl"), before);
  // A suite that the policy asks for and the run does not is an error before the model is loaded.
  const std::string two = folder_.write("two.yaml", "suites: {demo_arithmetic: null, demo_code: null}\n");
  const ProcessResult missing = run("other", "120", {"--gate", two, "--baseline", folder_.file("baseline")});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.errors, HasSubstr("'demo_code', which --tasks does not name"));
  // Another policy is another run.
  const std::string other = folder_.write("other.yaml", "margin: 0.2\n");
  EXPECT_EQ(run("candidate", "120", {"--gate", other, "--baseline", folder_.file("baseline")}).exit_code, 2);
}

}  // namespace
}  // namespace reckon::test
