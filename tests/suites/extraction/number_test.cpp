#include "suites/extraction/number_token.h"

#include <gtest/gtest.h>

namespace reckon::suites {
namespace {

std::string value(const std::string& text) { return canonical_number(text).value_or("(none)"); }

TEST(CanonicalNumber, WholeNumbersAndSeparators) {
  EXPECT_EQ(value("18"), "18/1");
  EXPECT_EQ(value("-0"), "0/1");
  EXPECT_EQ(value("007"), "7/1");
  for (const char* text :
       {"1,234", "1{,}234", "1\\,234", "1,\\!234", "1 234", "1234.", "$1,234", "\\$1234.00", "+1234"}) {
    EXPECT_EQ(value(text), "1234/1") << text;
  }
  EXPECT_EQ(value("1,23"), "(none)");
  EXPECT_EQ(value("1234,567"), "(none)");
  EXPECT_EQ(value("70, 110"), "(none)");
  EXPECT_EQ(value("1,,234"), "(none)");
}

TEST(CanonicalNumber, DecimalsAndFractionsAreExact) {
  EXPECT_EQ(value("0.1"), "1/10");
  EXPECT_EQ(value(".5"), "1/2");
  EXPECT_EQ(value("0.3333"), "3333/10000");
  EXPECT_EQ(value("2/4"), "1/2");
  EXPECT_EQ(value("-\\frac{2}{4}"), "-1/2");
  EXPECT_EQ(value("\\frac{-2}{4}"), "-1/2");
  EXPECT_EQ(value("\\dfrac{12}{5,\\!525}"), "12/5525");
  EXPECT_EQ(value("\\frac12"), "1/2");
  EXPECT_EQ(value("1\\frac{4}{5}"), "9/5");
  EXPECT_EQ(value("-1\\frac{4}{5}"), "-9/5");
  EXPECT_EQ(value("1 4/5"), "9/5");
  EXPECT_EQ(value("1/0"), "(none)");
  EXPECT_EQ(value("\\frac{1}{0}"), "(none)");
}

TEST(CanonicalNumber, PowersOfTen) {
  EXPECT_EQ(value("1.5e3"), "1500/1");
  EXPECT_EQ(value("1.5 \\times 10^{3}"), "1500/1");
  EXPECT_EQ(value("2 \\cdot 10^{-2}"), "1/50");
  EXPECT_EQ(value("1e99999"), "(none)");
}

TEST(CanonicalNumber, SignsAroundNumbers) {
  EXPECT_EQ(value("20\\%"), "20/1");
  EXPECT_EQ(value("45^\\circ"), "45/1");
  EXPECT_EQ(value("\xE2\x88\x92"
                  "5"),
            "-5/1");
  EXPECT_EQ(value("\\(3\\)"), "3/1");
  EXPECT_EQ(value("(7)"), "7/1");
}

TEST(CanonicalNumber, WhatIsNoNumber) {
  for (const char* text :
       {"", "-", "x", "5x", "1.2.3", "12 + 3", "2^3", "1/2/3", ".", "e5", "--5", "\\frac{1}{2", "\\frac"}) {
    EXPECT_EQ(value(text), "(none)") << text;
  }
}

TEST(CanonicalNumber, AThousandDigitsAndMore) {
  const std::string digits = "1" + std::string(1000, '0');
  EXPECT_EQ(value(digits), digits + "/1");
  EXPECT_EQ(value(digits + "/" + digits), "1/1");
  EXPECT_EQ(value(std::string(1000, '3') + "." + std::string(1000, '3')),
            std::string(2000, '3') + "/1" + std::string(1000, '0'));
  EXPECT_EQ(value(std::string(kMaxNumberBytes, '9')), std::string(kMaxNumberBytes, '9') + "/1");
  EXPECT_EQ(value(std::string(kMaxNumberBytes + 1, '9')), "(none)");
}

}  // namespace
}  // namespace reckon::suites
