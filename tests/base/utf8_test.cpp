#include "base/utf8.h"

#include <gtest/gtest.h>

namespace reckon::utf8 {
namespace {

TEST(Utf8, AcceptsWhatIsValidAndNothingElse) {
  EXPECT_TRUE(is_valid("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_valid("\xC0\xAF"));          // overlong
  EXPECT_FALSE(is_valid("\xE0\x80\xAF"));      // overlong
  EXPECT_FALSE(is_valid("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(is_valid("\xF4\x90\x80\x80"));  // over U+10FFFF
  EXPECT_FALSE(is_valid("\xE2\x82"));          // unfinished
  EXPECT_FALSE(is_valid("\x80"));
}

TEST(Utf8, EncodesWhatItDecodes) {
  for (const std::uint32_t code : {0x41U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFDU, 0x10000U, 0x10FFFFU}) {
    std::string text;
    append(text, code);
    const Decoded decoded = decode(text, 0);
    EXPECT_EQ(decoded.code_point, code);
    EXPECT_EQ(static_cast<std::size_t>(decoded.length), text.size());
  }
}

TEST(Utf8, ReplacesEachBadByte) {
  EXPECT_EQ(replace_invalid("a\xFF\xFE"
                            "b"),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
}

TEST(Utf8, CompletePrefixHoldsBackOnlyAnUnfinishedCharacter) {
  EXPECT_EQ(complete_prefix("ab"), 2U);
  EXPECT_EQ(complete_prefix("ab\xE2"), 2U);
  EXPECT_EQ(complete_prefix("ab\xE2\x82"), 2U);
  EXPECT_EQ(complete_prefix("ab\xE2\x82\xAC"), 5U);
  EXPECT_EQ(complete_prefix("\xF0\x9F\x98"), 0U);
  EXPECT_EQ(complete_prefix(""), 0U);
}

}  // namespace
}  // namespace reckon::utf8
