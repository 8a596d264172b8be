// Tokenizers from GGUF keys.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string data(const std::string& name) { return test::source_file("tests/engine/tokenizer/data/" + name); }

// The vocabulary of a small tokenizer.json, as a GGUF file would hold it.
GgufVocabulary from_json(const std::string& name, const std::string& pre) {
  const auto document = json::parse_file(data(name));
  GgufVocabulary vocabulary;
  vocabulary.source = "model.gguf";
  vocabulary.model = "gpt2";
  vocabulary.pre = pre;
  const auto place = [&](const std::string& piece, std::size_t id, GgufTokenType type) {
    if (id >= vocabulary.tokens.size()) {
      vocabulary.tokens.resize(id + 1);
      vocabulary.token_types.resize(id + 1, static_cast<std::int32_t>(GgufTokenType::unused));
    }
    vocabulary.tokens[id] = piece;
    vocabulary.token_types[id] = static_cast<std::int32_t>(type);
  };
  for (const auto& member : document["model"]["vocab"].GetObject()) {
    place(member.name.GetString(), member.value.GetUint(), GgufTokenType::normal);
  }
  for (const auto& token : document["added_tokens"].GetArray()) {
    place(token["content"].GetString(), token["id"].GetUint(),
          token["special"].GetBool() ? GgufTokenType::control : GgufTokenType::user_defined);
  }
  for (const auto& merge : document["model"]["merges"].GetArray()) {
    vocabulary.merges.push_back(std::string(merge[0].GetString()) + " " + merge[1].GetString());
  }
  vocabulary.bos_token = 1;
  vocabulary.eos_token = 2;
  return vocabulary;
}

TEST(GgufTokenizer, byte_level_agrees_with_the_same_tokenizer_json) {
  const std::vector<std::pair<const char*, const char*>> kinds = {{"gpt2.json", "gpt-2"},
                                                                  {"llama3.json", "llama-bpe"}};
  for (const auto& [file, pre] : kinds) {
    SCOPED_TRACE(file);
    const auto expected = load_tokenizer_json(data(file));
    const auto tokenizer = make_tokenizer(from_json(file, pre));
    for (const std::string text :
         {"It's a test,  isn't it?\n\n12345 größer 漢字 🦙", "<|end|>the end</s>", ""}) {
      EXPECT_THAT(tokenizer->encode(text), testing::ElementsAreArray(expected->encode(text)));
    }
  }
}

TEST(GgufTokenizer, control_tokens_are_marks_and_user_defined_ones_text) {
  const auto tokenizer = make_tokenizer(from_json("gpt2.json", "gpt-2"));
  EXPECT_TRUE(tokenizer->is_special(tokenizer->token_id("<|end|>").value()));
  const TokenId mask = tokenizer->token_id("<mask>").value();
  EXPECT_FALSE(tokenizer->is_special(mask));
  // User-defined tokens are found even where special ones are not.
  EXPECT_THAT(tokenizer->encode("<mask>", {.add_special_tokens = false, .parse_special_tokens = false}),
              ElementsAre(mask));
}

GgufVocabulary sentencepiece() {
  GgufVocabulary vocabulary;
  vocabulary.source = "model.gguf";
  vocabulary.model = "llama";
  const auto add = [&](const std::string& piece, float score, GgufTokenType type) {
    vocabulary.tokens.push_back(piece);
    vocabulary.scores.push_back(score);
    vocabulary.token_types.push_back(static_cast<std::int32_t>(type));
  };
  add("<unk>", 0, GgufTokenType::unknown);
  add("<s>", 0, GgufTokenType::control);
  add("</s>", 0, GgufTokenType::control);
  constexpr const char* kDigits = "0123456789ABCDEF";
  for (int byte = 0; byte < 256; ++byte) {
    add(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">", 0, GgufTokenType::byte);
  }
  float score = -1;
  for (const char* piece : {"ab", "bc", "\u2581a", "abc", "\u2581ab", "\u2581", "a", "b", "c", "é"}) {
    add(piece, score--, GgufTokenType::normal);
  }
  vocabulary.bos_token = 1;
  vocabulary.eos_token = 2;
  vocabulary.unknown_token = 0;
  return vocabulary;
}

std::vector<std::string> pieces(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<std::string> found;
  for (const TokenId id : tokenizer.encode(text)) found.push_back(tokenizer.token_piece(id));
  return found;
}

TEST(GgufTokenizer, sentencepiece_merges_the_highest_score_first) {
  const auto tokenizer = make_tokenizer(sentencepiece());
  // "ab" beats "bc" and "▁a"; then "abc" (-4) beats "▁ab" (-5).
  EXPECT_THAT(pieces(*tokenizer, "abc"), ElementsAre("<s>", "\u2581", "abc"));
  EXPECT_THAT(pieces(*tokenizer, "ab a"), ElementsAre("<s>",
                                                      "\u2581"
                                                      "ab",
                                                      "\u2581"
                                                      "a"));
  EXPECT_THAT(pieces(*tokenizer, "bcé"), ElementsAre("<s>", "\u2581", "bc", "é"));
}

TEST(GgufTokenizer, sentencepiece_falls_back_to_bytes_and_comes_back) {
  const auto tokenizer = make_tokenizer(sentencepiece());
  EXPECT_THAT(pieces(*tokenizer, "ü"), ElementsAre("<s>", "\u2581", "<0xC3>", "<0xBC>"));
  for (const std::string text : {"abc ü 🦙  x", " a", "", "a\nb"}) {
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text), true), text);
  }
}

TEST(GgufTokenizer, sentencepiece_obeys_the_keys_for_spaces_and_marks) {
  GgufVocabulary vocabulary = sentencepiece();
  vocabulary.add_space_prefix = false;
  vocabulary.add_bos = false;
  vocabulary.add_eos = true;
  const auto tokenizer = make_tokenizer(vocabulary);
  EXPECT_THAT(pieces(*tokenizer, "abc"), ElementsAre("abc", "</s>"));
  EXPECT_EQ(tokenizer->leading_spaces_added(), 0u);
}

std::string error_of(GgufVocabulary vocabulary) {
  try {
    make_tokenizer(std::move(vocabulary));
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(GgufTokenizer, what_does_not_fit_together_is_refused) {
  const auto changed = [](auto change) {
    GgufVocabulary vocabulary = from_json("gpt2.json", "gpt-2");
    change(vocabulary);
    return error_of(std::move(vocabulary));
  };
  EXPECT_EQ(changed([](auto&) {}), "no error");
  EXPECT_THAT(changed([](auto& v) { v.model = "bert"; }), HasSubstr("model 'bert' is not supported"));
  EXPECT_THAT(changed([](auto& v) { v.pre = "qwen"; }), HasSubstr("did you mean 'qwen2'"));
  EXPECT_THAT(changed([](auto& v) { v.tokens.clear(); }), HasSubstr("tokens is missing"));
  EXPECT_THAT(changed([](auto& v) { v.merges.clear(); }), HasSubstr("merges is missing"));
  EXPECT_THAT(changed([](auto& v) { v.merges[3] = "nothing"; }), HasSubstr("merges[3] ('nothing')"));
  EXPECT_THAT(changed([](auto& v) { v.merges[3] = "zzz zzz"; }), HasSubstr("not in tokenizer.ggml.tokens"));
  EXPECT_THAT(changed([](auto& v) { v.merges[3] = ""; }), HasSubstr("merges[3]"));
  EXPECT_THAT(changed([](auto& v) { v.merges[3] = "a "; }), HasSubstr("merges[3]"));
  EXPECT_THAT(changed([](auto& v) { v.tokens[5] = "\xFF"; }), HasSubstr("tokens[5] is not valid UTF-8"));
  EXPECT_THAT(changed([](auto& v) { v.tokens[5] = std::string(5000, 'a'); }),
              HasSubstr("tokens[5] has 5000 bytes"));
  EXPECT_THAT(changed([](auto& v) { v.token_types.pop_back(); }), HasSubstr("token_type has"));
  EXPECT_THAT(changed([](auto& v) { v.bos_token = 100'000; }), HasSubstr("bos_token_id is 100000"));
  EXPECT_THAT(changed([](auto& v) { v.eos_token = -1; }), HasSubstr("eos_token_id is -1"));
  const auto changed_scores = [](auto change) {
    GgufVocabulary vocabulary = sentencepiece();
    change(vocabulary);
    return error_of(std::move(vocabulary));
  };
  EXPECT_EQ(changed_scores([](auto&) {}), "no error");
  EXPECT_THAT(changed_scores([](auto& v) { v.scores.clear(); }), HasSubstr("scores is missing"));
  EXPECT_THAT(changed_scores([](auto& v) { v.scores.pop_back(); }), HasSubstr("scores has"));
  EXPECT_THAT(changed_scores([](auto& v) { v.scores[2] = std::numeric_limits<float>::quiet_NaN(); }),
              HasSubstr("scores[2] is not a number"));
}

TEST(GgufTokenizer, unknown_token_types_are_plain_text) {
  GgufVocabulary vocabulary = from_json("gpt2.json", "gpt-2");
  vocabulary.token_types[300] = 77;
  const auto tokenizer = make_tokenizer(vocabulary);
  EXPECT_FALSE(tokenizer->is_special(300));
}

}  // namespace
}  // namespace reckon::engine
