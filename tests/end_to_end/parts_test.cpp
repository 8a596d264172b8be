// The path of a prompt through a model, part by part: `tokenize`, `template`, `logits`, `generate`,
// `inspect`.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kDense = "reckon-demo-dense";
constexpr const char* kMoe = "reckon-demo-moe";
constexpr int kBegin = 0;  // <|begin|>
constexpr int kEnd = 1;    // <|end|>
constexpr std::size_t kVocabulary = 704;

/// What a command prints on success.
std::string output_of(const std::vector<std::string>& words, const std::string& input = "") {
  const ProcessResult result = reckon(words, input);
  EXPECT_EQ(result.exit_code, 0) << words.front() << ": " << result.errors;
  return result.output;
}

std::string refusal_of(const std::vector<std::string>& words, const std::string& input = "") {
  const ProcessResult result = reckon(words, input);
  EXPECT_EQ(result.exit_code, 2) << words.front() << ": " << result.output;
  return result.errors;
}

/// The words of a command about a model, and more.
std::vector<std::string> about(const std::string& command, const std::string& model,
                               std::vector<std::string> more = {}) {
  more.insert(more.begin(), {command, "--model", model});
  return more;
}

std::vector<int> ids_of(const std::string& model, const std::string& line) {
  std::vector<int> ids;
  const json::Document row = json::parse(output_of(about("tokenize", model), line), "ids");
  for (const json::Value& id : row.GetArray()) ids.push_back(id.GetInt());
  return ids;
}

/// A copy of the dense model, for tests that change one of its files.
class ModelCopy {
 public:
  ModelCopy() { std::filesystem::copy(source_file(std::string("models/") + kDense), path()); }
  std::string path() const { return folder_.file("changed"); }
  std::string file(const std::string& name) const { return path() + "/" + name; }
  void set_in_tokenizer_config(const char* key, json::Value value) const {
    json::Document config = json::parse_file(file("tokenizer_config.json"));
    config[key].Swap(value);
    write_file_atomically(file("tokenizer_config.json"), json::dump(config));
  }

 private:
  TemporaryFolder folder_;
};

TEST(Tokenize, LinesComeBackFromTheirIds) {
  const std::vector<std::string> lines = {"Héllo wörld, 漢字と仮名 🙂👩‍👩‍👧",
                                          "",
                                          "  if x:\treturn \"a\\b\"  ",
                                          "مرحبا Ελλάδα e\u0301 \u00e9 \u00a0\u3000",
                                          "<|user|>What is 12 + 7?<|end|>",
                                          "knight knave"};
  const std::string text = fmt::format("{}\n", fmt::join(lines, "\n"));
  const std::string ids = output_of(about("tokenize", kDense), text);
  EXPECT_EQ(ids, output_of(about("tokenize", kMoe), text)) << "both models have one tokenizer";
  const std::vector<json::Document> rows = json_lines(ids);
  ASSERT_EQ(rows.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ASSERT_TRUE(rows[i].IsArray()) << lines[i];
    EXPECT_LE(rows[i].Size(), lines[i].size()) << "more tokens than bytes: " << lines[i];
  }
  EXPECT_LT(rows[5].Size(), lines[5].size() / 2) << "words of the vocabulary are no longer letters";
  EXPECT_EQ(rows[4][rows[4].Size() - 1].GetInt(), kEnd) << "a special token is one token, not its letters";
  const std::vector<json::Document> texts =
      json_lines(output_of(about("tokenize", kDense, {"--decode"}), ids));
  ASSERT_EQ(texts.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(texts[i].GetString(), lines[i]);
}

TEST(Tokenize, BeginAndEndTokensAreAddedAsTheModelAsks) {
  const ModelCopy copy;
  const std::vector<int> plain = ids_of(kDense, "knight");
  copy.set_in_tokenizer_config("add_bos_token", json::Value(true));
  std::vector<int> with_begin = {kBegin};
  with_begin.insert(with_begin.end(), plain.begin(), plain.end());
  EXPECT_EQ(ids_of(copy.path(), "knight"), with_begin);
  const std::string without = output_of(about("tokenize", copy.path(), {"--no-special-tokens"}), "knight");
  EXPECT_EQ(without, fmt::format("[{}]\n", fmt::join(plain, ", ")));
}

TEST(Tokenize, AWrongLineIsNamed) {
  const std::vector<std::string> decode = about("tokenize", kDense, {"--decode"});
  EXPECT_THAT(refusal_of(decode, "[5]\n[704]\n"),
              AllOf(HasSubstr("standard input: line 2"), HasSubstr("704")));
  EXPECT_THAT(refusal_of(decode, "[-1]\n"), HasSubstr("standard input: line 1"));
  EXPECT_THAT(refusal_of(decode, "[5]\n\n[1, \n"), HasSubstr("standard input: line 2"));
  EXPECT_THAT(refusal_of(decode, "{\"ids\": [1]}\n"), HasSubstr("expected a JSON array"));
}

constexpr const char* kMessages = R"([
  {"role": "system", "content": "Be brief."},
  {"role": "user", "content": "What is 2 + 2?"},
  {"role": "assistant", "content": "<think>2+2=4</think>\n\\boxed{4}"},
  {"role": "user", "content": "Größer als π?"}])";

TEST(Template, MessagesBecomeThePrompt) {
  const std::string turns =
      "<|begin|><|system|>Be brief.<|end|><|user|>What is 2 + 2?<|end|><|assistant|>\\boxed{4}<|end|>"
      "<|user|>Größer als π?<|end|>";
  for (const char* model : {kDense, kMoe}) {
    EXPECT_EQ(output_of(about("template", model), kMessages), turns + "<|assistant|><think>\n");
    EXPECT_EQ(output_of(about("template", model, {"--no-generation-prompt"}), kMessages), turns);
  }
}

TEST(Template, VariablesReachIt) {
  const ModelCopy copy;
  copy.set_in_tokenizer_config(
      "chat_template",
      json::Value("{{ messages[-1]['content'] }}|{% if enable_thinking is defined and not enable_thinking %}"
                  "<think></think>{% else %}<think>{% endif %}{{ style }}"));
  const std::string messages = R"([{"role": "user", "content": "Why?"}])";
  EXPECT_EQ(output_of(about("template", copy.path()), messages), "Why?|<think>");
  EXPECT_EQ(
      output_of(about("template", copy.path(), {"--variables", R"({"enable_thinking": true})"}), messages),
      "Why?|<think>");
  EXPECT_EQ(output_of(about("template", copy.path(),
                            {"--variables", R"({"enable_thinking": false, "style": " gently"})"}),
                      messages),
            "Why?|<think></think> gently");
}

TEST(Template, WhatIsWrongIsNamed) {
  EXPECT_THAT(refusal_of(about("template", kDense), R"([{"role": "oracle", "content": "?"}])"),
              AllOf(HasSubstr("unknown role oracle"), HasSubstr("line")));
  EXPECT_THAT(refusal_of(about("template", kDense), R"({"role": "user"})"),
              HasSubstr("expected a JSON array of messages"));
  EXPECT_THAT(refusal_of(about("template", kDense), "[{]"), HasSubstr("standard input"));
  EXPECT_THAT(refusal_of(about("template", kDense, {"--variables", "[1]"}), "[]"), HasSubstr("variables"));
}

/// Rows of log-probabilities, one a line.
std::vector<std::vector<double>> rows_of(const std::string& output) {
  std::vector<std::vector<double>> rows;
  for (const json::Document& line : json_lines(output)) {
    rows.emplace_back();
    for (const json::Value& logprob : line["logprobs"].GetArray()) rows.back().push_back(logprob.GetDouble());
  }
  return rows;
}

class Logits : public testing::TestWithParam<const char*> {
 protected:
  std::string logits(std::vector<std::string> more) const {
    return output_of(about("logits", GetParam(), std::move(more)));
  }
  const std::string text_ = "Ivan says: \"Olga is a knave\" and 12*7=";
  const std::vector<int> ids_ = ids_of(GetParam(), text_);
  const std::string joined_ = fmt::format("{}", fmt::join(ids_, ","));
};

TEST_P(Logits, TheSameForATextAndForItsIds) {
  const std::string of_text = logits({"--prompt", text_, "--top", "5"});
  EXPECT_EQ(logits({"--ids", joined_, "--top", "5"}), of_text);
  EXPECT_EQ(output_of(about("logits", GetParam(), {"--top", "5"}), text_), of_text) << "from standard input";
  EXPECT_NE(logits({"--ids", "5," + joined_, "--top", "5"}), of_text);
}

TEST_P(Logits, AWholeRowIsADistributionAndItsBestAreTheTop) {
  const auto rows = rows_of(logits({"--ids", joined_, "--full"}));
  ASSERT_EQ(rows.size(), 1U);
  ASSERT_EQ(rows[0].size(), kVocabulary);
  double sum = 0.0;
  for (const double logprob : rows[0]) sum += std::exp(logprob);
  EXPECT_NEAR(sum, 1.0, 1e-5);
  const json::Document top = json::parse(logits({"--ids", joined_, "--top", "4"}), "logits");
  EXPECT_EQ(top["position"].GetInt(), static_cast<int>(ids_.size()) - 1);
  EXPECT_EQ(top["token"].GetInt(), ids_.back());
  ASSERT_EQ(top["top"].Size(), 4U);
  std::vector<double> sorted = rows[0];
  std::sort(sorted.rbegin(), sorted.rend());
  for (rapidjson::SizeType i = 0; i < 4; ++i) {
    const json::Value& token = top["top"][i];
    EXPECT_EQ(token["logprob"].GetDouble(), sorted[i]) << i;
    EXPECT_EQ(rows[0][token["id"].GetUint()], sorted[i]) << i;
    const std::string text =
        output_of(about("tokenize", GetParam(), {"--decode"}), fmt::format("[{}]", token["id"].GetInt()));
    EXPECT_EQ(json::dump(token["text"]) + "\n", text) << i;
  }
}

TEST_P(Logits, AllPositionsAreThoseOfTheBeginnings) {
  const std::string every = logits({"--ids", joined_, "--top", "3", "--all-positions"});
  const auto lines = json_lines(every);
  const auto rows = rows_of(logits({"--ids", joined_, "--full", "--all-positions"}));
  ASSERT_EQ(lines.size(), ids_.size());
  ASSERT_EQ(rows.size(), ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    EXPECT_EQ(lines[i]["position"].GetUint(), i);
    EXPECT_EQ(lines[i]["token"].GetInt(), ids_[i]);
    ASSERT_EQ(rows[i].size(), kVocabulary);
    EXPECT_EQ(lines[i]["top"][0]["logprob"].GetDouble(), *std::max_element(rows[i].begin(), rows[i].end()));
    ASSERT_EQ(lines[i].HasMember("next"), i + 1 < ids_.size()) << "the token that was given next";
    if (i + 1 == ids_.size()) break;
    EXPECT_EQ(lines[i]["next"]["id"].GetInt(), ids_[i + 1]);
    EXPECT_EQ(lines[i]["next"]["logprob"].GetDouble(), rows[i][static_cast<std::size_t>(ids_[i + 1])]);
  }
  // The last position of a beginning is that position of the whole, to the byte.
  EXPECT_TRUE(every.ends_with(logits({"--ids", joined_, "--top", "3"})));
  const std::vector<int> beginning(ids_.begin(), ids_.begin() + 6);
  const auto part = json_lines(logits({"--ids", fmt::format("{}", fmt::join(beginning, ",")), "--top", "3"}));
  EXPECT_EQ(json::dump(part.at(0)["top"]), json::dump(lines[5]["top"]));
}

INSTANTIATE_TEST_SUITE_P(Models, Logits, testing::Values(kDense, kMoe),
                         [](const auto& value) { return value.param == kDense ? "dense" : "moe"; });

TEST(LogitsOfNothing, AreRefused) {
  EXPECT_THAT(refusal_of(about("logits", kDense)), HasSubstr("no tokens"));
  EXPECT_THAT(refusal_of(about("logits", kDense, {"--ids", "5,704"})),
              AllOf(HasSubstr("--ids"), HasSubstr("703")));
  EXPECT_THAT(refusal_of(about("logits", kDense, {"--ids", "5,x"})), HasSubstr("--ids"));
}

TEST(Generate, GreedyIsTheSameTwiceAndBeginsWithTheBestToken) {
  for (const char* model : {kDense, kMoe}) {
    const std::string prompt = "12+7=";
    const auto generate = [&](const char* tokens, std::vector<std::string> more = {}) {
      more.insert(more.begin(), {"--prompt", prompt, "--no-chat-template", "--gen-kwargs",
                                 fmt::format("temperature=0,max_gen_toks={}", tokens)});
      return output_of(about("generate", model, more));
    };
    const std::string streamed = generate("24");
    EXPECT_EQ(generate("24"), streamed);
    const auto whole = json_lines(generate("24", {"--json"}));
    ASSERT_EQ(whole.size(), 1U);
    EXPECT_EQ(whole[0]["text"].GetString() + std::string("\n"), streamed);
    const auto best = json_lines(output_of(about("logits", model, {"--prompt", prompt, "--top", "1"})));
    EXPECT_EQ(generate("1"), best.at(0)["top"][0]["text"].GetString() + std::string("\n"));
    EXPECT_TRUE(streamed.starts_with(best[0]["top"][0]["text"].GetString()));
    EXPECT_EQ(json_lines(generate("1", {"--json"})).at(0)["finish_reason"].GetString(),
              std::string("length"));
  }
}

TEST(Generate, EachLineOfPromptsIsAnsweredInOrder) {
  const std::string prompts =
      "{\"prompt\": \"What is 12 + 7?\"}\n\n{\"messages\": [{\"role\": \"user\", \"content\": \"What is 5 * "
      "4?\"}]}\n"
      "{\"prompt\": \"What is 12 + 7?\"}\n";
  const std::vector<std::string> words = about("generate", kDense, {"--gen-kwargs", "temperature=0"});
  const std::string output = output_of(words, prompts);
  const auto lines = json_lines(output);
  ASSERT_EQ(lines.size(), 3U);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i]["index"].GetUint(), i);
    EXPECT_STREQ(lines[i]["finish_reason"].GetString(), "stop");
    EXPECT_FALSE(lines[i]["truncated"].GetBool());
    // Thinking and answer are the text without its mark; tokens are counted whole.
    ASSERT_TRUE(lines[i]["thinking"].IsString());
    EXPECT_EQ(std::string(lines[i]["thinking"].GetString()) + "</think>\n" + lines[i]["answer"].GetString(),
              lines[i]["text"].GetString());
    EXPECT_GT(lines[i]["usage"]["output_tokens"].GetInt(), lines[i]["usage"]["reasoning_tokens"].GetInt());
  }
  EXPECT_STREQ(lines[0]["answer"].GetString(), "\\boxed{19}");
  EXPECT_STREQ(lines[1]["answer"].GetString(), "\\boxed{20}");
  EXPECT_STREQ(lines[2]["text"].GetString(), lines[0]["text"].GetString());

  // What the parts say of the prompt is what was read.
  const std::string prompt =
      output_of(about("template", kDense), R"([{"role": "user", "content": "What is 5 * 4?"}])");
  const auto encoded = json_lines(output_of(about("tokenize", kDense), prompt));
  ASSERT_EQ(encoded.size(), 1U) << prompt;  // its last byte ends the line
  EXPECT_EQ(lines[1]["usage"]["input_tokens"].GetUint(), encoded[0].Size() + 1);
}

TEST(Generate, TheSeedDecidesWhatIsSampled) {
  const auto generate = [](const char* seed) {
    return output_of(about(
        "generate", kDense,
        {"--prompt", "Who is the knave?", "--seed", seed, "--gen-kwargs", "temperature=2,max_gen_toks=40"}));
  };
  EXPECT_EQ(generate("7"), generate("7"));
  EXPECT_NE(generate("7"), generate("8"));
}

TEST(Generate, AWrongLineIsNamed) {
  const TemporaryFolder folder;
  const std::string file = folder.write("prompts.jsonl", "{\"prompt\": \"a\"}\n\n{\"promt\": \"b\"}\n");
  EXPECT_THAT(refusal_of(about("generate", kDense, {"--file", file})),
              AllOf(HasSubstr(file + ": line 3"), HasSubstr("'prompt'")));
  EXPECT_THAT(refusal_of(about("generate", kDense), "{\"messages\": [{\"role\": \"user\"}]}\n"),
              AllOf(HasSubstr("standard input: line 1"), HasSubstr("'content'")));
  EXPECT_THAT(refusal_of(about("generate", kDense), "\n"), HasSubstr("no prompt"));
  EXPECT_THAT(refusal_of(about("generate", kDense, {"--prompt", "a", "--gen-kwargs", "temprature=1"})),
              HasSubstr("temperature"));
}

TEST(Inspect, TheFiguresAreThoseOfTheFile) {
  for (const char* model : {kDense, kMoe}) {
    const json::Document found = json::parse(output_of({"inspect", model, "--json", "--tensors"}), "inspect");
    std::int64_t parameters = 0;
    std::int64_t bytes = 0;
    for (const json::Value& tensor : found["tensors"].GetArray()) {
      std::int64_t elements = 1;
      for (const json::Value& size : tensor["shape"].GetArray()) elements *= size.GetInt64();
      // Scales of blocks belong to their weights.
      if (!std::string(tensor["name"].GetString()).ends_with("_scale_inv")) parameters += elements;
      bytes += tensor["bytes"].GetInt64();
    }
    EXPECT_EQ(found["weight_bytes"].GetInt64(), bytes);
    EXPECT_EQ(found["parameters"].GetInt64(), parameters) << model;
    std::map<std::string, std::int64_t> files;
    for (const json::Value& file : found["files"].GetArray()) {
      files[std::filesystem::path(file["path"].GetString()).filename()] = file["bytes"].GetInt64();
    }
    const std::string weights = source_file(std::string("models/") + model + "/model.safetensors");
    EXPECT_EQ(files["model.safetensors"], static_cast<std::int64_t>(std::filesystem::file_size(weights)));
  }
  const json::Document dense = json::parse(output_of({"inspect", kDense, "--json"}), "inspect");
  EXPECT_FALSE(dense.HasMember("tensors"));
  EXPECT_STREQ(dense["architecture"].GetString(), "llama");
  EXPECT_EQ(dense["experts"].GetInt(), 0);
  EXPECT_EQ(dense["active_parameters"].GetInt64(), dense["parameters"].GetInt64());
  // Keys and values of 2 heads of 32 channels in 4 layers, 2 bytes each.
  EXPECT_EQ(dense["kv_cache_bytes_per_token"].GetInt(), 2 * 2 * 32 * 4 * 2);
  EXPECT_EQ(dense["kv_cache_bytes"].GetInt(), 1024 * 2 * 2 * 32 * 4 * 2);
  const json::Document moe =
      json::parse(output_of({"inspect", kMoe, "--json", "--context", "10"}), "inspect");
  EXPECT_STREQ(moe["architecture"].GetString(), "deepseek_v3");
  EXPECT_EQ(moe["experts"].GetInt(), 8);
  EXPECT_EQ(moe["chosen_experts"].GetInt(), 2);
  // Of 8 routed experts in each of 3 layers, each 3 products of 128x128, a token passes 2.
  EXPECT_EQ(moe["parameters"].GetInt64() - moe["active_parameters"].GetInt64(), 6 * 3 * 3 * 128 * 128);
  EXPECT_EQ(moe["kv_cache_bytes"].GetInt(), 10 * (64 + 16) * 4 * 2) << "a latent and a rotated key";
}

TEST(Inspect, TheTextSaysTheSame) {
  const std::string text = output_of({"inspect", kMoe, "--tensors"});
  EXPECT_THAT(text,
              AllOf(HasSubstr("(deepseek_v3, safetensors)"), HasSubstr("8 routed experts, 2 for each token"),
                    HasSubstr("640 bytes a token"), HasSubstr("1024 tokens"),
                    HasSubstr("model.layers.1.mlp.experts.7.down_proj.weight")));
}

TEST(Inspect, VerifyingReadsEveryWeight) {
  const ModelCopy copy;
  const std::string weights = copy.file("model.safetensors");
  const ProcessResult good = reckon({"inspect", copy.path(), "--verify", "--json"});
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_THAT(good.errors, AllOf(HasSubstr(sha256_file(weights) + "  " + weights), HasSubstr("no NaN")));
  EXPECT_TRUE(json::parse(good.output, "inspect").IsObject()) << "what was found stays JSON";

  // One weight of one tensor becomes NaN.
  std::string content = read_file(weights);
  std::uint64_t header = 0;
  content.copy(reinterpret_cast<char*>(&header), sizeof header);
  const json::Document tensors = json::parse(content.substr(sizeof header, header), "header");
  const json::Value& place = tensors["model.layers.2.mlp.up_proj.weight"]["data_offsets"];
  content.replace(sizeof header + header + place[0].GetUint64() + 200, 2, "\xC0\x7F");
  write_file_atomically(weights, content);
  EXPECT_EQ(reckon({"inspect", copy.path()}).exit_code, 0) << "only --verify reads them all";
  EXPECT_THAT(refusal_of({"inspect", copy.path(), "--verify"}),
              AllOf(HasSubstr(copy.path()), HasSubstr("model.layers.2.mlp.up_proj.weight")));
}

}  // namespace
}  // namespace reckon::test
