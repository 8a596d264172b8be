#include "suites/prompts/doc_template.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "suites/prompts/python_values.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::error_of;

const char* const kRow = R"({"q":"2+2","n":3,"f":0.5,"t":true,"l":["a","b"],"none":null,"o":{"k":1}})";

DocValue apply(const std::string& source, bool lists = false) {
  const json::Document row = json::parse(kRow, "row");
  json::Document value;
  value.SetString(source.c_str(), static_cast<rapidjson::SizeType>(source.size()));
  return DocTemplate(value, "suite").apply(row, "row", lists);
}

TEST(DocTemplate, FieldNamesGiveTheField) {
  EXPECT_EQ(apply("q").text, "2+2");
  EXPECT_EQ(apply("n").index, 3);
  EXPECT_EQ(apply("l").list, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(apply("l").is_list);
}

TEST(DocTemplate, AWordWhereAFieldBelongsIsNoText) {
  const json::Document row = json::parse(kRow, "row");
  const auto field_of = [&](const char* source) {
    json::Document value;
    value.SetString(source, static_cast<rapidjson::SizeType>(std::string_view(source).size()));
    DocTemplate made(value, "suite: 'doc_to_target'");
    made.take_words_as_fields();
    return made.apply(row, "rows.jsonl: line 1").text;
  };
  EXPECT_EQ(field_of("q"), "2+2");
  EXPECT_EQ(field_of("none"), "None");
  const std::string error = error_of([&] { field_of("nome"); });
  EXPECT_NE(error.find("rows.jsonl: line 1: the row has no field 'nome', which suite: 'doc_to_target' asks"),
            std::string::npos)
      << error;
  EXPECT_NE(error.find("did you mean 'none'"), std::string::npos) << error;
  EXPECT_EQ(field_of("B"), "B") << "a letter is a choice";
  EXPECT_EQ(field_of("two words"), "two words");
  EXPECT_EQ(field_of("{{ 'nome' }}"), "nome");
}

TEST(DocTemplate, SimpleTemplatesKeepEveryCharacter) {
  EXPECT_EQ(apply("Q: {{q}}\nA:").text, "Q: 2+2\nA:");
  EXPECT_EQ(apply("{{ q }}{{n}}\n").text, "2+23\n");
  EXPECT_EQ(apply("a { b } {{q}} \\boxed{}.").text, "a { b } 2+2 \\boxed{}.");
}

TEST(DocTemplate, ValuesPrintAsInPython) {
  EXPECT_EQ(apply("{{n}} {{f}} {{t}} {{none}} {{l}} {{o}}").text, "3 0.5 True None ['a', 'b'] {'k': 1}");
}

TEST(DocTemplate, OtherTemplatesGoThroughTheInterpreter) {
  EXPECT_EQ(apply("{{q.split('+')[-1]}}").text, "2");
  EXPECT_EQ(apply("{% if t %}yes{% endif %}\n").text, "yes\n");
  // Environment(keep_trailing_newline=True): neither trim_blocks nor lstrip_blocks.
  EXPECT_EQ(apply("a\n  {% if t %}\nb{% endif %}\n{# c #}\nd\n").text, "a\n  \nb\n\nd\n");
  EXPECT_EQ(apply("a\n  {%- if t -%}\nb{% endif %}").text, "ab");
  EXPECT_EQ(apply("{{ missing.x if missing is defined else q }}").text, "2+2");
}

TEST(DocTemplate, DigitsAreAnIndex) {
  EXPECT_EQ(apply("{{n}}").index, 3);
  EXPECT_FALSE(apply("{{q}}").index.has_value());
}

TEST(DocTemplate, ListsInPythonNotation) {
  EXPECT_EQ(apply("['x', \"y's\", 3]", true).list, (std::vector<std::string>{"x", "y's", "3"}));
  EXPECT_FALSE(apply("[2,5)", true).is_list);
  EXPECT_FALSE(apply("['x', 'y']", false).is_list);
}

TEST(DocTemplate, MissingFieldsNameTheRowAndTheNearestField) {
  const std::string message = error_of([] { apply("{{question}}"); });
  EXPECT_NE(message.find("row"), std::string::npos);
  EXPECT_NE(message.find("'question'"), std::string::npos) << message;
  EXPECT_NE(error_of([] { apply("{{ qq | upper }}"); }).find("did you mean 'q'"), std::string::npos);
}

TEST(PythonText, FloatsPrintAsRepr) {
  const auto text = [](double value) { return python_text(json::Value(value)); };
  EXPECT_EQ(text(1.0), "1.0");
  EXPECT_EQ(text(0.1), "0.1");
  EXPECT_EQ(text(1e-5), "1e-05");
  EXPECT_EQ(text(1e16), "1e+16");
  EXPECT_EQ(text(123456789012.5), "123456789012.5");
}

TEST(PythonList, ReadsEscapes) {
  EXPECT_EQ(parse_python_list(R"(['a\'b', "c\n", '\u00e4', 'a\\'])"),
            (std::vector<std::string>{"a'b", "c\n", "\xC3\xA4", "a\\"}));
  EXPECT_EQ(parse_python_list("[]"), std::vector<std::string>{});
  EXPECT_EQ(parse_python_list("['a' 'b']"), std::nullopt);
  EXPECT_EQ(parse_python_list("['a"), std::nullopt);
  EXPECT_EQ(parse_python_list("[x]"), std::nullopt);
}

}  // namespace
}  // namespace reckon::suites
