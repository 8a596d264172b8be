// What a person gets for what they type: exit codes, and errors that name the remedy.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;

TEST(Cli, VersionSaysWhatItRunsOn) {
  const ProcessResult result = reckon({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("reckon 0."));
  EXPECT_THAT(result.output, HasSubstr("cpu"));
}

TEST(Cli, VersionAsJsonHasTheSameFields) {
  const ProcessResult result = reckon({"--version", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const json::Document version = json::parse(result.output, "--version --json");
  const std::string text = reckon({"--version"}).output;
  for (const char* field : {"version", "commit", "compiler", "cpu_name", "cpu_path"}) {
    ASSERT_TRUE(version.HasMember(field)) << field;
    EXPECT_STRNE(version[field].GetString(), "") << field;
    EXPECT_THAT(text, HasSubstr(version[field].GetString())) << field;
  }
  EXPECT_STREQ(version["backends"][0].GetString(), "cpu");
  ASSERT_TRUE(version["cpu_features"].IsArray());
  for (const json::Value& feature : version["cpu_features"].GetArray())
    EXPECT_THAT(text, HasSubstr(feature.GetString()));
  const ProcessResult alone = reckon({"--json"});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.errors, HasSubstr("--version"));
}

TEST(Cli, UnknownNamesAreAnsweredWithTheNearest) {
  const TemporaryFolder folder;
  const ProcessResult task = reckon(
      {"run", "--model", "reckon-demo-moe", "--tasks", "demo_logik", "--output_path", folder.file("run")});
  EXPECT_EQ(task.exit_code, 2);
  EXPECT_THAT(task.errors, HasSubstr("demo_logic"));
  const ProcessResult model = reckon(
      {"run", "--model", "reckon-demo-mo", "--tasks", "demo_logic", "--output_path", folder.file("run")});
  EXPECT_EQ(model.exit_code, 2);
  EXPECT_THAT(model.errors, HasSubstr("reckon-demo-moe"));
}

TEST(Cli, AnUnwritableFolderIsAnErrorBeforeTheModelIsLoaded) {
  const ProcessResult result =
      reckon({"run", "--model", "no-such-model", "--tasks", "demo_logic", "--output_path", "/proc/run"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("/proc/run"));
  EXPECT_THAT(result.errors, HasSubstr("--output_path"));
}

TEST(Cli, ADeviceThatIsNotThereIsNoBadInput) {
  const ProcessResult unknown =
      reckon({"logits", "--model", "reckon-demo-dense", "--ids", "1", "--device", "tpu"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("expected cpu or cuda"));
  const ProcessResult cuda =
      reckon({"logits", "--model", "reckon-demo-dense", "--ids", "1", "--device", "cuda"});
  if (cuda.exit_code == 0) GTEST_SKIP() << "there is a device here";
  EXPECT_EQ(cuda.exit_code, 3);
  EXPECT_THAT(cuda.errors, HasSubstr("--device cuda: "));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"bench", "--identify"},
        {"logits", "--model", "reckon-demo-dense", "--ids", "1", "--device", "cuda", "--model-args",
         "tensor_parallel_size=2"}}) {
    const ProcessResult result = reckon(words);
    EXPECT_EQ(result.exit_code, 3) << words.front();
    EXPECT_THAT(result.errors, HasSubstr("--device cuda: "));
  }
}

TEST(Cli, EveryCommandOfAModelTakesItsArguments) {
  const TemporaryFolder folder;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"tokenize"}, {"template"}, {"inspect"}, {"logits", "--ids", "1"}}) {
    std::vector<std::string> asked = words;
    asked.insert(asked.end(), {"--model", "reckon-demo-dense", "--model-args", "kv_cache_typ=f32"});
    const ProcessResult result = reckon(asked);
    EXPECT_EQ(result.exit_code, 2) << words.front();
    EXPECT_THAT(result.errors, HasSubstr("did you mean 'kv_cache_type'")) << words.front();
  }
  // A config with a key that is not known is opened when the user says that it changes nothing.
  std::string config = read_file(source_file("models/reckon-demo-moe/config.json"));
  config.insert(config.find('{') + 1, "\"new_trick\": 3,");
  std::filesystem::copy(source_file("models/reckon-demo-moe"), folder.file("model"));
  folder.write("model/config.json", config);
  const std::pair<std::vector<std::string>, std::string> commands[] = {
      {{"tokenize"}, "2 + 2"}, {{"template"}, R"([{"role": "user", "content": "Hi"}])"}, {{"inspect"}, ""}};
  for (const auto& [words, input] : commands) {
    std::vector<std::string> asked = words;
    asked.insert(asked.end(), {"--model", folder.file("model")});
    const ProcessResult refused = reckon(asked, input);
    EXPECT_EQ(refused.exit_code, 2) << words.front();
    EXPECT_THAT(refused.errors, HasSubstr("new_trick")) << words.front();
    asked.insert(asked.end(), {"--model-args", "ignore_config_keys=new_trick"});
    const ProcessResult result = reckon(asked, input);
    EXPECT_EQ(result.exit_code, 0) << words.front() << "\n" << result.errors;
    EXPECT_FALSE(result.output.empty()) << words.front();
  }
}

TEST(Cli, InspectNamesTheTypeOfTheCacheThatItCounts) {
  const auto inspect = [](const std::string& type) {
    const ProcessResult result = reckon(
        {"inspect", "--model", "reckon-demo-dense", "--model-args", "kv_cache_type=" + type, "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return json::parse(result.output, "inspect --json");
  };
  const json::Document half = inspect("f16");
  const json::Document whole = inspect("f32");
  EXPECT_STREQ(whole["kv_cache_type"].GetString(), "f32");
  EXPECT_EQ(whole["kv_cache_bytes_per_token"].GetInt64(), 2 * half["kv_cache_bytes_per_token"].GetInt64());
  const ProcessResult text =
      reckon({"inspect", "--model", "reckon-demo-dense", "--model-args", "kv_cache_type=f32"});
  EXPECT_THAT(text.output, HasSubstr("bytes a token in f32;"));
}

TEST(Cli, LogitsOfTokenIdsNeedNoTokenizer) {
  const std::string config = source_file("tests/engine/golden/deepseek_plain");
  const auto logits = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"logits", "--model", config, "--model-args", "load_format=dummy"};
    words.insert(words.end(), more.begin(), more.end());
    return reckon(words);
  };
  const ProcessResult result = logits({"--ids", "1,2,3", "--top", "4"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const json::Document next = json::parse(result.output, "logits");
  EXPECT_EQ(next["position"].GetInt(), 2);
  ASSERT_EQ(next["top"].Size(), 4U);
  EXPECT_LT(next["top"][0]["logprob"].GetDouble(), 0);
  EXPECT_FALSE(next["top"][0].HasMember("text"));
  const ProcessResult outside = logits({"--ids", "1,999999999"});
  EXPECT_EQ(outside.exit_code, 2);
  EXPECT_THAT(outside.errors, HasSubstr("--ids"));
  const ProcessResult text = logits({"--prompt", "Hi"});
  EXPECT_EQ(text.exit_code, 2);
  EXPECT_THAT(text.errors, HasSubstr("give token ids"));
}

TEST(Cli, ListsAreTablesAndJson) {
  const ProcessResult table = reckon({"ls", "suites"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_THAT(table.output, HasSubstr("| gsm8k"));
  const ProcessResult text = reckon({"ls", "--json"});
  EXPECT_EQ(text.exit_code, 0);
  const json::Document lists = json::parse(text.output, "ls --json");
  EXPECT_GT(lists["suites"].Size(), 5U);
  EXPECT_EQ(lists["models"].Size(), 2U);
  EXPECT_GT(lists["hardware"].Size(), 5U);
}

TEST(Cli, EstimateIsATableAndJson) {
  const std::vector<std::string> words = {"estimate", "--model", "deepseek-v3", "--compare", "h800,h100",
                                          "--count",  "8",       "--tp",        "8"};
  const ProcessResult table = reckon(words);
  EXPECT_EQ(table.exit_code, 0) << table.errors;
  EXPECT_THAT(table.output, HasSubstr("Estimate, not a measurement"));
  EXPECT_THAT(table.output, HasSubstr("links (both ways): 900 GB/s instead of 400 GB/s"));
  std::vector<std::string> with_json = words;
  with_json.insert(with_json.end(), {"--json", "--input", "100", "--output", "1000", "--requests", "10"});
  const ProcessResult text = reckon(with_json);
  EXPECT_EQ(text.exit_code, 0) << text.errors;
  const json::Document estimate = json::parse(text.output, "estimate --json");
  EXPECT_EQ(estimate["devices"].Size(), 2U);
  EXPECT_GT(estimate["devices"][0]["estimate"]["usd"]["low"].GetDouble(), 0);
  EXPECT_EQ(estimate["workload"]["output_tokens"].GetDouble(), 10000);
}

TEST(Cli, EstimateOfAPriceThatIsNotKnownIsNull) {
  const ProcessResult text =
      reckon({"estimate", "--model", "llama-3.1-8b", "--device", "rtx4090", "--json", "--output", "1"});
  EXPECT_EQ(text.exit_code, 0) << text.errors;
  const json::Document estimate = json::parse(text.output, "estimate --json");
  EXPECT_TRUE(estimate["devices"][0]["usd_per_device_hour"].IsNull());
  EXPECT_TRUE(estimate["devices"][0]["estimate"]["usd"].IsNull());
}

TEST(Cli, EstimateNamesWhatIsWrong) {
  const auto errors = [](std::vector<std::string> words) {
    words.insert(words.begin(), "estimate");
    const ProcessResult result = reckon(words);
    EXPECT_EQ(result.exit_code, 2);
    return result.errors;
  };
  EXPECT_THAT(errors({"--model", "deepseek-v4", "--device", "h800"}), HasSubstr("deepseek-v3"));
  EXPECT_THAT(errors({"--model", "deepseek-v3", "--device", "h8000"}), HasSubstr("did you mean 'h800'"));
  EXPECT_THAT(errors({"--model", "deepseek-v3"}), HasSubstr("--device"));
  EXPECT_THAT(errors({"--model", "deepseek-v3", "--device", "h800", "--input", "-5"}), HasSubstr("--input"));
  EXPECT_THAT(errors({"--model", "deepseek-v3", "--device", "h800", "--batch", "1e300"}),
              HasSubstr("--batch"));
  EXPECT_THAT(errors({"--model", "deepseek-v3", "--device", "h800", "--count", "8", "--tp", "3"}),
              HasSubstr("--tp 3"));
  const TemporaryFolder folder;
  const std::string mine = folder.write("mine.json", R"({"schema":1,"accelerators":[{"name":"X","sm_count":1,
    "memory_gb":80,"memory_gb_per_s":-5}]})");
  EXPECT_THAT(errors({"--model", "deepseek-v3", "--device", "X", "--hardware", mine}),
              testing::AllOf(HasSubstr(mine), HasSubstr("memory_gb_per_s")));
}

}  // namespace
}  // namespace reckon::test
