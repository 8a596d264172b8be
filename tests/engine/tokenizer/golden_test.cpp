// Ids and texts that Hugging Face's library gives for small tokenizers of each kind (make_golden.py).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/json.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

using testing::ElementsAreArray;

std::string data(const std::string& name) { return test::source_file("tests/engine/tokenizer/data/" + name); }

std::vector<TokenId> ids_of(const json::Value& array) {
  std::vector<TokenId> ids;
  for (const auto& id : array.GetArray()) ids.push_back(id.GetInt());
  return ids;
}

class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, encodes_and_decodes_as_hugging_face_does) {
  const auto tokenizer = load_tokenizer_json(data(GetParam() + std::string(".json")));
  const auto golden = json::parse_file(data("golden.json"));
  std::size_t cases = 0;
  for (const auto& entry : golden.GetArray()) {
    const json::ObjectReader reader(entry, "golden.json");
    if (reader.get_string("tokenizer") != GetParam()) continue;
    ++cases;
    const std::string text = reader.get_string("text");
    SCOPED_TRACE("text: " + text);
    const auto ids = ids_of(reader.get_array("ids"));
    EXPECT_THAT(tokenizer->encode(text, {.add_special_tokens = false}), ElementsAreArray(ids));
    EXPECT_THAT(tokenizer->encode(text), ElementsAreArray(ids_of(reader.get_array("with_special"))));
    EXPECT_EQ(tokenizer->decode(ids, false), reader.get_string("decoded"));
    EXPECT_EQ(tokenizer->decode(ids, true), reader.get_string("decoded_skipping"));
    StreamDecoder stream(*tokenizer, false);
    std::string streamed;
    for (const TokenId id : ids) streamed += stream.push(id);
    EXPECT_EQ(streamed + stream.finish(), reader.get_string("decoded"));
  }
  EXPECT_GE(cases, 25u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Golden,
                         testing::Values("gpt2", "prefix_space", "llama3", "deepseek", "sentencepiece",
                                         "metaspace", "words"));

TEST(ByteLevelTokenizer, special_tokens_are_text_when_not_parsed) {
  const auto tokenizer = load_tokenizer_json(data("gpt2.json"));
  const TokenId end = tokenizer->token_id("<|end|>").value();
  EXPECT_TRUE(tokenizer->is_special(end));
  EXPECT_THAT(tokenizer->encode("a<|end|>", {.add_special_tokens = false}), testing::Contains(end));
  const auto plain =
      tokenizer->encode("a<|end|>", {.add_special_tokens = false, .parse_special_tokens = false});
  EXPECT_THAT(plain, testing::Not(testing::Contains(end)));
  EXPECT_EQ(tokenizer->decode(plain, true), "a<|end|>");
}

TEST(ByteLevelTokenizer, bytes_that_are_no_text_become_replacement_characters) {
  const auto tokenizer = load_tokenizer_json(data("gpt2.json"));
  const EncodeOptions plain{.add_special_tokens = false};
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("a\xFF"
                                                "b\xE6\xBC",
                                                plain),
                              false),
            "a\uFFFDb\uFFFD\uFFFD");
  EXPECT_EQ(tokenizer->token_bytes(tokenizer->token_id("Ġ").value()), " ");
}

}  // namespace
}  // namespace reckon::engine
