// What tokenizer_config.json adds to a tokenizer.json.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/tokenizer/tokenizer.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

std::unique_ptr<Tokenizer> load(const std::string& name, const std::string& config) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("tokenizer_config.json", config);
  return load_tokenizer_json(test::source_file("tests/engine/tokenizer/data/" + name), path);
}

TEST(TokenizerConfig, names_the_beginning_and_the_end) {
  const auto tokenizer =
      load("gpt2.json", R"({"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}})");
  EXPECT_EQ(tokenizer->bos_token(), tokenizer->token_id("<s>"));
  EXPECT_EQ(tokenizer->eos_token(), tokenizer->token_id("</s>"));
  EXPECT_EQ(tokenizer->encode("a").size(), 1u);
}

TEST(TokenizerConfig, says_which_of_them_to_add) {
  const auto both =
      load("gpt2.json",
           R"({"bos_token": "<s>", "eos_token": "</s>", "add_bos_token": true, "add_eos_token": true})");
  EXPECT_EQ(both->encode("a").front(), both->token_id("<s>"));
  EXPECT_EQ(both->encode("a").back(), both->token_id("</s>"));
  EXPECT_EQ(both->encode("a", {.add_special_tokens = false}).size(), 1u);
  // It overrules the file's own post-processor.
  const auto none = load("llama3.json", R"({"bos_token": "<s>", "add_bos_token": false})");
  EXPECT_EQ(none->encode("a").size(), 1u);
  const auto silent = load("llama3.json", R"({"bos_token": "<s>"})");
  EXPECT_EQ(silent->encode("a").size(), 2u);
}

TEST(TokenizerConfig, a_token_that_does_not_exist_is_none) {
  const auto tokenizer = load("gpt2.json", R"({"bos_token": null, "eos_token": "<|nowhere|>"})");
  EXPECT_FALSE(tokenizer->bos_token().has_value());
  EXPECT_FALSE(tokenizer->eos_token().has_value());
}

}  // namespace
}  // namespace reckon::engine
