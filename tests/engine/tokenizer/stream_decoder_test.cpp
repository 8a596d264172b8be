// Text while tokens arrive: never a part of a character.

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/utf8.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

std::unique_ptr<Tokenizer> load(const std::string& name) {
  return load_tokenizer_json(test::source_file("tests/engine/tokenizer/data/" + name));
}

TEST(StreamDecoder, holds_back_what_is_no_whole_character_yet) {
  const auto tokenizer = load("gpt2.json");
  const std::string text = "漢字 🦙 é!";
  StreamDecoder stream(*tokenizer, false);
  std::string streamed;
  bool held_back = false;
  for (const TokenId id : tokenizer->encode(text, {.add_special_tokens = false})) {
    const std::string part = stream.push(id);
    EXPECT_TRUE(utf8::is_valid(part));
    held_back = held_back || part.empty();
    streamed += part;
  }
  EXPECT_EQ(streamed, text);
  EXPECT_TRUE(held_back) << "the text is too easy: no token ended inside a character";
  EXPECT_EQ(stream.finish(), "");
}

TEST(StreamDecoder, an_unfinished_character_is_replaced_at_the_end_only) {
  const auto tokenizer = load("gpt2.json");
  const auto byte = [&](const char* piece) { return tokenizer->token_id(piece).value(); };
  StreamDecoder stream(*tokenizer, false);
  // The first two bytes of U+6F22: E6 BC.
  EXPECT_EQ(stream.push(byte("æ")), "");
  EXPECT_EQ(stream.push(byte("¼")), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  // As new: the next text starts afresh.
  EXPECT_EQ(stream.push(byte("a")), "a");
  // A byte that can begin no character is known to be wrong at once.
  EXPECT_EQ(stream.push(byte("¼")), "\uFFFD");
  // An unfinished one is known to be wrong when another letter follows.
  EXPECT_EQ(stream.push(byte("æ")), "");
  EXPECT_EQ(stream.push(byte("b")),
            "\uFFFD"
            "b");
}

TEST(StreamDecoder, sentencepiece_drops_the_first_space_only) {
  const auto tokenizer = load("sentencepiece.json");
  StreamDecoder stream(*tokenizer, true);
  std::string streamed;
  for (const TokenId id : tokenizer->encode("the the  🦙")) streamed += stream.push(id);
  EXPECT_EQ(streamed + stream.finish(), "the the  🦙");
}

TEST(StreamDecoder, refuses_ids_outside_the_vocabulary) {
  const auto tokenizer = load("gpt2.json");
  StreamDecoder stream(*tokenizer, true);
  EXPECT_THROW(stream.push(static_cast<TokenId>(tokenizer->vocab_size())), Error);
  EXPECT_THROW(stream.push(-1), Error);
  const std::vector<TokenId> wrong = {1'000'000};
  EXPECT_THROW(tokenizer->decode(wrong, false), Error);
}

}  // namespace
}  // namespace reckon::engine
