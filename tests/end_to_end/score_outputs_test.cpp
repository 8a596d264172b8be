// `reckon score --tasks T --outputs FILE`: answers that another program made.

#include <map>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// (doc_id, repeat) -> the answer found, and whether it is right.
using Verdicts = std::map<std::pair<int, int>, std::pair<std::string, bool>>;

class ScoreOutputs : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("rows.jsonl",
                  "{\"question\": \"2 + 2\", \"answer\": \"4\"}\n"
                  "{\"question\": \"2 * 3\", \"answer\": \"6\"}\n"
                  "{\"question\": \"8 / 2\", \"answer\": \"4\"}\n");
    folder_.write(
        "suites/sums.yaml",
        "task: sums\ndataset_path: json\ndataset_kwargs: {data_files: " + folder_.file("rows.jsonl") +
            "}\ndoc_to_text: question\ndoc_to_target: answer\n"
            "reckon:\n  extraction: [last_boxed, last_number]\n  grader: numeric\n");
  }

  ProcessResult score(const std::string& outputs, std::vector<std::string> more = {}) const {
    const std::string file = folder_.write("outputs.jsonl", outputs);
    more.insert(more.begin(),
                {"score", "--tasks", "sums", "--include-path", folder_.file("suites"), "--outputs", file});
    return reckon(more);
  }

  Verdicts verdicts(const std::string& outputs) const {
    const ProcessResult result = score(outputs, {"--json"});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    Verdicts found;
    for (const json::Document& line : json_lines(result.output)) {
      found[{line["doc_id"].GetInt(), line["repeat"].GetInt()}] = {line["extracted"].GetString(),
                                                                   line["correct"].GetBool()};
    }
    return found;
  }

  TemporaryFolder folder_;
};

// lm-eval's samples say what they were made from and what it thought of them; neither decides here.
constexpr const char* kLmEvalSamples =
    R"({"doc_id": 0, "doc": {"question": "2 + 2", "answer": "4"}, "target": "4", "arguments": {"gen_args_0": {"arg_0": "2 + 2", "arg_1": {"until": []}}}, "resps": [["2 + 2 is 4, not 5: \\boxed{4}"]], "filtered_resps": ["5"], "filter": "strict-match", "metrics": ["exact_match"], "exact_match": 0.0}
{"doc_id": 0, "doc": {"question": "2 + 2", "answer": "4"}, "target": "4", "resps": [["2 + 2 is 4, not 5: \\boxed{4}"]], "filtered_resps": ["4"], "filter": "flexible-extract", "metrics": ["exact_match"], "exact_match": 1.0}
{"doc_id": 2, "doc": {"question": "8 / 2", "answer": "4"}, "target": "4", "resps": [["<think>8 - 2 = 6</think>It is 6."]], "filtered_resps": ["6"], "filter": "strict-match", "exact_match": 1.0}
{"doc_id": 1, "doc": {"question": "2 * 3", "answer": "6"}, "target": "6", "resps": [["<think>2 * 3 = 6, so"]], "filtered_resps": ["6"], "filter": "strict-match", "exact_match": 1.0}
)";

constexpr const char* kPlain =
    R"({"doc_id": 0, "resps": ["2 + 2 is 4, not 5: \\boxed{4}"]}

{"doc_id": 1, "resps": ["<think>2 * 3 = 6, so"]}
{"doc_id": 2, "resps": ["<think>8 - 2 = 6</think>It is 6."]}
)";

TEST_F(ScoreOutputs, LmEvalsSamplesAndPlainLinesGetTheSameVerdicts) {
  const Verdicts expected = {{{0, 0}, {"4", true}}, {{1, 0}, {"", false}}, {{2, 0}, {"6", false}}};
  EXPECT_EQ(verdicts(kPlain), expected);
  EXPECT_EQ(verdicts(kLmEvalSamples), expected);
  EXPECT_THAT(score(kPlain).output, AllOf(HasSubstr("sums"), HasSubstr("33.3 %")));
}

TEST_F(ScoreOutputs, EachRepeatHasAVerdict) {
  const Verdicts expected = {{{1, 0}, {"6", true}}, {{1, 1}, {"5", false}}, {{1, 2}, {"6", true}}};
  EXPECT_EQ(verdicts("{\"doc_id\": 1, \"resps\": [\"6\", \"5\", \"so 6\"]}\n"), expected);
  EXPECT_EQ(verdicts("{\"doc_id\": 1, \"resps\": [[\"6\", \"5\", \"so 6\"]], \"filtered_resps\": [\"6\"]}\n"),
            expected);
}

TEST_F(ScoreOutputs, ARunDirectoryHoldsTheVerdictsAndWhereTheyAreFrom) {
  const ProcessResult result = score(kLmEvalSamples, {"--output-path", folder_.file("run")});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const json::Document results = json::parse_file(folder_.file("run/results.json"));
  EXPECT_EQ(results["results"]["sums"]["samples"]["graded"].GetInt(), 3);
  EXPECT_EQ(results["results"]["sums"]["samples"]["correct"].GetInt(), 1);
  EXPECT_THAT(read_file(folder_.file("run/run.json")), HasSubstr(sha256_file(folder_.file("outputs.jsonl"))));
  EXPECT_EQ(json_lines(read_file(folder_.file("run/samples/sums.jsonl"))).size(), 3U);
}

TEST_F(ScoreOutputs, OutputsOfSomeDocumentsAreSaidToBeSome) {
  const ProcessResult result = score("{\"doc_id\": 2, \"resps\": [\"4\"]}\n");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.errors, HasSubstr("1 of the 3 documents of sums"));
  EXPECT_THAT(result.output, HasSubstr("100.0 %"));
}

TEST_F(ScoreOutputs, AWrongLineIsNamedAndNothingIsScored) {
  const std::string good = "{\"doc_id\": 0, \"resps\": [\"4\"]}\n\n";
  for (const auto& [line, said] : std::vector<std::pair<std::string, std::string>>{
           {"no JSON", ""},
           {"{\"doc_id\": 1}", "`resps`"},
           {"{\"resps\": [\"6\"]}", "`doc_id`"},
           {"{\"doc_id\": 1, \"resps\": []}", "`resps`"},
           {"{\"doc_id\": 3, \"resps\": [\"6\"]}", "3 documents of sums"},
           {"{\"doc_id\": 0, \"resps\": [\"5\"]}", "line 1"},
           {"{\"doc_id\": 1, \"doc_hash\": \"0\", \"resps\": [\"6\"]}", "doc_hash differs"}}) {
    const ProcessResult result = score(good + line + "\n", {"--json"});
    EXPECT_EQ(result.exit_code, 2) << line;
    EXPECT_THAT(result.errors, AllOf(HasSubstr(folder_.file("outputs.jsonl") + ": line 3"), HasSubstr(said)))
        << line;
    EXPECT_EQ(result.output, "") << line;
  }
  EXPECT_EQ(score("\n").exit_code, 2) << "no outputs";
}

}  // namespace
}  // namespace reckon::test
