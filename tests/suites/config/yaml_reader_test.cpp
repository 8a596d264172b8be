#include "suites/config/yaml_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::error_of;

std::string as_json(const std::string& yaml) { return json::dump(read_yaml(yaml, "x.yaml").value); }
std::string refused(const std::string& yaml) {
  return error_of([&] { read_yaml(yaml, "x.yaml"); });
}

TEST(YamlReader, GivesPlainScalarsTheTypesOfPyYaml) {
  EXPECT_EQ(as_json("[1, -2, 1_000, 0.5, 3.0, .5, 1e3, 1.0e-5, yes, No, null, ~, '1', \"yes\", 007, 1:2]"),
            R"([1,-2,1000,0.5,3.0,0.5,1000.0,0.00001,true,false,null,null,"1","yes","007","1:2"])");
}

TEST(YamlReader, KeepsOrderAndBlockScalars) {
  EXPECT_EQ(as_json("b: |\n  x\n  y\na: >-\n  u\n  v\n"), "{\"b\":\"x\\ny\\n\",\"a\":\"u v\"}");
}

TEST(YamlReader, QuotedScalarsKeepTheirLastLineBreaks) {
  EXPECT_EQ(as_json("a: 'x\n\n\n  '\nb: 1\n"), "{\"a\":\"x\\n\\n\",\"b\":1}");
  EXPECT_EQ(as_json("a: 'x\n\n  '\n"), "{\"a\":\"x\\n\"}");
  EXPECT_EQ(as_json("a: 'x\n  '\n"), "{\"a\":\"x \"}");
  EXPECT_EQ(as_json("a: 'it''s\n\n\n\n  '\n"), "{\"a\":\"it's\\n\\n\\n\"}");
  EXPECT_EQ(as_json("a: \"x\\n\\n\"\n"), "{\"a\":\"x\\n\\n\"}");
  EXPECT_EQ(as_json("\xC3\xA4: '\xC3\xA4\n\n\n  '\n"), "{\"\xC3\xA4\":\"\xC3\xA4\\n\\n\"}");
}

TEST(YamlReader, EscapesAreCodePoints) {
  EXPECT_EQ(as_json("[\"a\\_b\", \"\\N\", \"\\xE9\\u20AC\", \"\\U0001F600\"]"),
            "[\"a\xC2\xA0"
            "b\",\"\xC2\x85\",\"\xC3\xA9\xE2\x82\xAC\",\"\xF0\x9F\x98\x80\"]");
  EXPECT_NE(refused("a: \"\\ud83d\"\n").find("x.yaml: line 1"), std::string::npos);
}

TEST(YamlReader, KnowsTheLineOfEachValue) {
  const YamlDocument document = read_yaml("a: 1\nb:\n  - c: 2\n  - d: 3\n", "x.yaml");
  EXPECT_EQ(document.lines.at("a"), 1);
  EXPECT_EQ(document.lines.at("b[1].d"), 4);
}

TEST(YamlReader, NamesFileAndLineOfBadSyntax) {
  const std::string message = refused("a: 1\nb: [1, 2\nc: 3\n");
  EXPECT_NE(message.find("x.yaml: line "), std::string::npos) << message;
  EXPECT_NE(message.find("not valid YAML"), std::string::npos) << message;
}

TEST(YamlReader, FunctionsAreKeptByName) {
  EXPECT_EQ(as_json("process: !function utils.clean"), R"({"process":{"!function":"utils.clean"}})");
  EXPECT_NE(refused("a: 1\nb: !python/object:os.system x\n").find("x.yaml: line 2: the tag"),
            std::string::npos);
}

TEST(YamlReader, KnowsTheTagsOfPlainValues) {
  EXPECT_EQ(as_json("[!!str 1, !!null null, !!int 3]"), R"(["1",null,3])");
}

TEST(YamlReader, RefusesOtherTags) {
  EXPECT_NE(refused("a: !!python/object x\n").find("tag"), std::string::npos);
}

TEST(YamlReader, RefusesKeysGivenTwice) {
  EXPECT_NE(refused("a: 1\nb: 2\na: 3\n").find("line 3: the key 'a' is given twice"), std::string::npos);
}

TEST(YamlReader, RefusesMergeKeysAndSecondDocuments) {
  EXPECT_NE(refused("x: &x {a: 1}\ny:\n  <<: *x\n").find("line 3"), std::string::npos);
  EXPECT_NE(refused("a: 1\n---\nb: 2\n").find("one YAML document"), std::string::npos);
  EXPECT_NE(refused("").find("empty"), std::string::npos);
}

TEST(YamlReader, StopsAliasesThatWriteOutToTooMuch) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) {
      bomb += (j == 0 ? "" : ", ") + previous;
    }
    bomb += "]\n";
  }
  EXPECT_NE(refused(bomb).find("aliases"), std::string::npos);
  // Few values, but long ones.
  std::string text_bomb = "a: &a " + std::string(1'000'000, 'x') + "\nb: [";
  for (int i = 0; i < 100; ++i) {
    text_bomb += "*a, ";
  }
  EXPECT_NE(refused(text_bomb + "1]\n").find("aliases"), std::string::npos);
}

TEST(YamlReader, StopsDeepNesting) {
  EXPECT_NE(refused(std::string(100, '[') + std::string(100, ']')).find("x.yaml: line 1"), std::string::npos);
  EXPECT_NE(refused(std::string(100'000, '[')).find("x.yaml"), std::string::npos);
  EXPECT_NE(refused("a: &a [*a]\n"), "");
}

TEST(YamlReader, RefusesInvalidUtf8ByLine) {
  const std::string message = refused("a: 1\nb: \xFF\xFE\n");
  EXPECT_NE(message.find("x.yaml: line 2: not valid UTF-8"), std::string::npos) << message;
}

TEST(YamlReader, RefusesHugeFiles) {
  YamlLimits limits;
  limits.max_bytes = 10;
  EXPECT_NE(error_of([&] { read_yaml("aaaaaaaaaaaaaaa: 1", "x.yaml", limits); }).find("x.yaml"),
            std::string::npos);
}

}  // namespace
}  // namespace reckon::suites
