#include "engine/generation/encode_pair.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/engine/generation/piece_tokenizer.h"

namespace reckon::engine {
namespace {

using test::PieceTokenizer;

TEST(EncodePair, SpacesOfTheContextMoveToTheContinuation) {
  const PieceTokenizer tokenizer({" yes", ": "});
  EncodeOptions options;
  const EncodedPair pair = encode_pair(tokenizer, "a:  ", "yes", options);
  EXPECT_EQ(pair.context, (std::vector<TokenId>{'a', ':'}));
  // Both together are "a", ": ", " yes": behind as many tokens as the context has.
  EXPECT_EQ(pair.continuation, (std::vector<TokenId>{256}));
  const EncodedPair unicode = encode_pair(tokenizer, "a\xC2\xA0\n", "b", options);
  EXPECT_EQ(unicode.context, (std::vector<TokenId>{'a'}));
  EXPECT_EQ(unicode.continuation.size(), 4U);
}

TEST(EncodePair, EmptyContextIsTheBeginningToken) {
  const PieceTokenizer tokenizer({"*<s>", "yes"}, 256);
  for (const std::string context : {"", "  "}) {
    const EncodedPair pair = encode_pair(tokenizer, context, "yes", {});
    EXPECT_EQ(pair.context, (std::vector<TokenId>{256}));
    EXPECT_EQ(pair.continuation.back(), 257);
    EXPECT_EQ(pair.continuation.size(), 1 + context.size());
  }
  const PieceTokenizer without({"yes"});
  EXPECT_THROW(encode_pair(without, "", "yes", {}), Error);
}

TEST(EncodePair, RollingWindowsScoreEachTokenOnce) {
  const PieceTokenizer tokenizer({"*<s>"}, 256);
  const std::vector<EncodedPair> windows = encode_rolling(tokenizer, "abcdefg", {}, 3);
  ASSERT_EQ(windows.size(), 3U);
  EXPECT_EQ(windows[0].context, (std::vector<TokenId>{256}));
  EXPECT_EQ(windows[0].continuation, (std::vector<TokenId>{'a', 'b', 'c'}));
  EXPECT_EQ(windows[1].context, (std::vector<TokenId>{'c'}));
  EXPECT_EQ(windows[2].continuation, (std::vector<TokenId>{'g'}));
  EXPECT_THROW(encode_rolling(tokenizer, "", {}, 3), Error);
}

TEST(EncodePair, ContinuationWithoutTokensIsAnError) {
  const PieceTokenizer tokenizer({"*<s>"}, 256);
  EXPECT_THROW(encode_pair(tokenizer, "a", "", {}), Error);
}

}  // namespace
}  // namespace reckon::engine
