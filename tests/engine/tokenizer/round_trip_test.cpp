// A million characters of mixed text come back from their ids, with a tokenizer of each kind that loses
// nothing.

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/utf8.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/engine/tokenizer/gguf_keys.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

constexpr std::size_t kCharacters = 1'000'000;
constexpr EncodeOptions kPlain{.add_special_tokens = false, .parse_special_tokens = false};

/// What SentencePiece writes for a space: in a text of its own it comes back as one.
constexpr std::uint32_t kSpaceOfSentencePiece = 0x2581;

class Random {
 public:
  std::uint32_t below(std::uint32_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_ = 1;
};

/// Prose, code, numbers, runs of spaces and line ends, text that looks like tokens, several scripts, joined
/// emoji, lone combining marks, control characters, and any code point at all.
std::string mixed_text() {
  const char* const pieces[] = {
      "The answer is \\boxed{42}, isn't it? ",
      "def solve(values):\n    return sum(v * 17 for v in values)\n\n",
      "größer, où est l'élève ? ",
      "Москва и Киев; ",
      "漢字と仮名、それから数字。",
      "مرحبا بالعالم ",
      "नमस्ते दुनिया ",
      "👩‍👩‍👧🇩🇪🏳️‍🌈 ",
      "a\u0301\u0323e\u0301 \u0301",
      "12345678901234567890 3.14159e-3 ",
      "          ",
      " \t \r\n\r\n\n\n  \u00a0\u3000\u200b",
      "<|end|></s><s><0x41>ĠĊ",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "\x01\x02\x1b[0m\x7f",
  };
  Random random;
  std::string text = "It begins with a letter. ";  // a space there is SentencePiece's own
  for (std::size_t characters = text.size(); characters < kCharacters;) {
    if (random.below(3) == 0) {
      for (std::uint32_t left = 1 + random.below(6); left > 0; --left, ++characters) {
        std::uint32_t code_point = random.below(0x110000 - 0x800);
        if (code_point >= 0xD800) code_point += 0x800;  // surrogates are no characters
        if (code_point != kSpaceOfSentencePiece) utf8::append(text, code_point);
      }
      continue;
    }
    const std::string piece = pieces[random.below(std::size(pieces))];
    for (const char c : piece) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    text += piece;
  }
  return text;
}

void expect_round_trip(const Tokenizer& tokenizer) {
  const std::string text = mixed_text();
  const std::vector<TokenId> ids = tokenizer.encode(text, kPlain);
  EXPECT_GT(ids.size(), kCharacters / 10);
  EXPECT_LT(ids.size(), text.size()) << "no two bytes were ever one token";
  // Not EXPECT_EQ: it would print both texts.
  EXPECT_TRUE(tokenizer.decode(ids, false) == text);
  StreamDecoder stream(tokenizer, false);
  std::string streamed;
  for (const TokenId id : ids) streamed += stream.push(id);
  EXPECT_TRUE(streamed + stream.finish() == text);
}

class RoundTrip : public testing::TestWithParam<const char*> {};

TEST_P(RoundTrip, a_million_characters_come_back) {
  expect_round_trip(*load_tokenizer_json(
      test::source_file("tests/engine/tokenizer/data/" + std::string(GetParam()) + ".json")));
}

INSTANTIATE_TEST_SUITE_P(Kinds, RoundTrip, testing::Values("gpt2", "llama3", "deepseek", "sentencepiece"));

/// The vocabulary of sentencepiece.json as a GGUF file holds it: scores in place of merges.
GgufVocabulary sentencepiece_by_scores() {
  const auto document = json::parse_file(test::source_file("tests/engine/tokenizer/data/sentencepiece.json"));
  GgufVocabulary vocabulary;
  vocabulary.source = "model.gguf";
  vocabulary.model = "llama";
  const json::Value& pieces = document["model"]["vocab"];
  vocabulary.tokens.resize(pieces.MemberCount());
  for (const auto& piece : pieces.GetObject()) {
    vocabulary.tokens.at(piece.value.GetUint()) = piece.name.GetString();
  }
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& piece = vocabulary.tokens[id];
    const bool is_byte = piece.size() == 6 && piece.starts_with("<0x");
    const GgufTokenType type = piece == "<unk>"                    ? GgufTokenType::unknown
                               : piece == "<s>" || piece == "</s>" ? GgufTokenType::control
                               : is_byte                           ? GgufTokenType::byte
                                                                   : GgufTokenType::normal;
    vocabulary.token_types.push_back(static_cast<std::int32_t>(type));
    vocabulary.scores.push_back(-static_cast<float>(id));
  }
  vocabulary.unknown_token = 0;
  return vocabulary;
}

TEST(RoundTripByScores, a_million_characters_come_back) {
  expect_round_trip(*make_tokenizer(sentencepiece_by_scores()));
}

class PublishedRoundTrip : public testing::TestWithParam<const char*> {};

TEST_P(PublishedRoundTrip, a_million_characters_come_back) {
  const auto path = test::shared_data(std::string("tokenizers/ggml_vocab/") + GetParam());
  if (!path) GTEST_SKIP() << "no tokenizers/ggml_vocab in the real data";
  expect_round_trip(*make_tokenizer(test::read_gguf_vocabulary(*path)));
}

INSTANTIATE_TEST_SUITE_P(Ggml, PublishedRoundTrip,
                         testing::Values("ggml-vocab-deepseek-llm.gguf", "ggml-vocab-gpt-2.gguf"));

}  // namespace
}  // namespace reckon::engine
