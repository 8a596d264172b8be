// Two settings that give different results do not mix in one run directory: every flag of `reckon run` that
// changes a result is refused on a resume, by the name of what differs; the others are not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "base/files.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;

/// One flag given beside those of the run that is there, or in place of its own.
struct Flag {
  std::vector<std::string> words;
  std::string difference;  ///< that the refusal names; "" where the flag changes no result
};

class ResumeRefusal : public testing::Test {
 protected:
  void SetUp() override {
    write_rows("data/rows.jsonl", "question");
    write_rows("other_data/rows.jsonl", "another question");
    write_suite("suites/small.yaml", "small", "question");
    write_suite("other_suites/small.yaml", "small", "question again: {{question}}");
    write_suite("suites/second.yaml", "second", "question");
    for (const std::string folder : {"suites", "other_suites"}) {
      folder_.write(folder + "/drawn.yaml",
                    "task: drawn\n"
                    "output_type: generate_until\n"
                    "doc_to_text: question\n"
                    "doc_to_target: answer\n"
                    "reckon:\n"
                    "  generator: arithmetic_chain\n"
                    "  grader: numeric\n");
    }
    script_ = folder_.write("script.json", R"({"default_reply": "\\boxed{1}"})");
    other_script_ = folder_.write("other.json", R"({"default_reply": "\\boxed{2}"})");
    policy_ = folder_.write("gate.yaml", "margin: 0.05\n");
  }

  void write_rows(const std::string& name, const std::string& question) const {
    std::string rows;
    for (int i = 0; i < 6; ++i) {
      rows += "{\"question\": \"" + question + " " + std::to_string(i) + "\", \"answer\": \"" +
              std::to_string(i) + "\"}\n";
    }
    folder_.write(name, rows);
  }

  void write_suite(const std::string& file, const std::string& task, const std::string& question) const {
    folder_.write(file, "task: " + task +
                            "\n"
                            "dataset_path: json\n"
                            "dataset_kwargs: {data_files: rows.jsonl}\n"
                            "output_type: generate_until\n"
                            "doc_to_text: '" +
                            question +
                            "'\n"
                            "doc_to_target: answer\n"
                            "num_fewshot: 1\n"
                            "fewshot_config:\n"
                            "  samples:\n"
                            "    - {question: how many noses, answer: '1'}\n"
                            "    - {question: how many eyes, answer: '2'}\n"
                            "    - {question: how many hands, answer: '2'}\n"
                            "reckon:\n"
                            "  chat: true\n"
                            "  grader: numeric\n");
  }

  std::vector<std::string> command(const std::string& run, const std::vector<std::string>& flag = {}) const {
    std::vector<std::string> words{"run", "--output-path", folder_.file(run)};
    const std::vector<std::vector<std::string>> own = {{"--model", "scripted"},
                                                       {"--model-args", "script=" + script_},
                                                       {"--tasks", "small,drawn"},
                                                       {"--task-args", "n=4"},
                                                       {"--include-path", folder_.file("suites")},
                                                       {"--data-dir", folder_.file("data")}};
    for (const auto& part : own) {
      if (flag.empty() || part.front() != flag.front()) words.insert(words.end(), part.begin(), part.end());
    }
    words.insert(words.end(), flag.begin(), flag.end());
    return words;
  }

  std::vector<Flag> flags() const {
    return {
        {{"--model-args", "script=" + other_script_}, "model.source: "},
        {{"--tasks", "small,drawn,second"}, "tasks.second: not in the run"},
        {{"--task-args", "n=4,difficulty=4"}, "tasks.drawn."},
        {{"--include-path", folder_.file("other_suites")}, "tasks.small.config.doc_to_text: "},
        {{"--data-dir", folder_.file("other_data")}, "tasks.small.data_files: "},
        {{"--num-fewshot", "0"}, "tasks.small.n_shot: 1 in the run, 0 now"},
        {{"--limit", "3"}, "tasks.small.n_effective: 6 in the run, 3 now"},
        {{"--gen-kwargs", "temperature=0.5"}, "tasks.small.generation.temperature: 0.0 in the run, 0.5 now"},
        {{"--apply-chat-template"}, "apply_chat_template: null in the run, true now"},
        {{"--no-chat-template"}, "tasks.small.apply_chat_template: true in the run, false now"},
        {{"--fewshot-as-one-message"}, "tasks.small.fewshot_as_multiturn: true in the run, false now"},
        {{"--system-instruction", "Be brief."}, R"(system_instruction: "" in the run, "Be brief." now)"},
        {{"--seed", "7"}, "seed: 1234 in the run, 7 now"},
        {{"--max-thinking-tokens", "64"}, "generation.max_thinking_tokens: not in the run"},
        {{"--repeats", "2"}, "tasks.small.repeats: 1 in the run, 2 now"},
        {{"--gate", policy_, "--baseline", folder_.file("baseline")}, "gate: not in the run"},
        {{"--predict-only"}, "predict_only: false in the run, true now"},
        {{"--fewshot-as-multiturn"}, ""},  // what the suite says anyway
        {{"--price-per-hour", "2", "--price-source", "a bill"}, ""},
        {{"--prices", source_file("share/prices/list_prices.json")}, ""},
        {{"--max-in-flight", "1"}, ""},
        {{"--log-samples"}, ""},
        {{"--device", "cpu"}, ""},
        {{"--sandbox", "bubblewrap"}, ""},  // no suite here runs code
        {{"--confirm-run-unsafe-code"}, ""},
        {{"--json"}, ""},
        {{"--quiet"}, ""},
    };
  }

  TemporaryFolder folder_;
  std::string script_, other_script_, policy_;
};

TEST_F(ResumeRefusal, EachFlagThatChangesAResultIsRefusedAlone) {
  const ProcessResult begun = reckon(command("run"));
  ASSERT_EQ(begun.exit_code, 0) << begun.errors;
  std::filesystem::copy(folder_.file("run"), folder_.file("baseline"),
                        std::filesystem::copy_options::recursive);
  const std::string before = read_file(folder_.file("run/run.json"));
  for (const Flag& flag : flags()) {
    const ProcessResult again = reckon(command("run", flag.words));
    EXPECT_EQ(again.exit_code, flag.difference.empty() ? 0 : 2) << flag.words.front() << "\n" << again.errors;
    if (!flag.difference.empty()) {
      EXPECT_THAT(again.errors, HasSubstr(flag.difference)) << flag.words.front();
    }
    EXPECT_EQ(read_file(folder_.file("run/run.json")), before) << flag.words.front();
  }
}

// Without examples, or without a conversation, there is nothing to be put as turns.
TEST_F(ResumeRefusal, AFlagThatHasNothingToChangeIsNot) {
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = command(more.front(), {});
    words.insert(words.end(), more.begin() + 1, more.end());
    return reckon(words);
  };
  ASSERT_EQ(with({"zero_shot", "--num-fewshot", "0"}).exit_code, 0);
  EXPECT_EQ(with({"zero_shot", "--num-fewshot", "0", "--fewshot-as-one-message"}).exit_code, 0);
  ASSERT_EQ(with({"text", "--no-chat-template"}).exit_code, 0);
  EXPECT_EQ(with({"text", "--no-chat-template", "--fewshot-as-one-message"}).exit_code, 0);
}

TEST_F(ResumeRefusal, NoFlagIsLeftOutAbove) {
  std::set<std::string> known = {"--help", "--model", "--output-path", "--time-kernels"};
  for (const Flag& flag : flags()) {
    std::copy_if(flag.words.begin(), flag.words.end(), std::inserter(known, known.end()),
                 [](const std::string& word) { return word.starts_with("--"); });
  }
  std::istringstream help(reckon({"run", "--help"}).output);
  int found = 0;
  for (std::string line; std::getline(help, line);) {
    const std::size_t at = line.find_first_not_of(' ');
    if (at == std::string::npos || line[at] != '-') continue;
    const std::size_t begin = line.find("--");
    if (begin == std::string::npos) continue;
    const std::string name = line.substr(begin, line.find_first_of(" ,", begin) - begin);
    EXPECT_TRUE(known.contains(name))
        << name << " of `reckon run` is neither said to change a result nor not";
    ++found;
  }
  EXPECT_GT(found, 25) << "the help is no longer read as this test expects";
}

}  // namespace
}  // namespace reckon::test
