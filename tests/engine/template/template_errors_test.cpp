// Errors name the template, the line and what is wrong there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/template/chat_template.h"

namespace reckon::engine {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const std::string& source, const std::string& context = "{}") {
  try {
    const auto parsed = json::parse(context, "test");
    const std::string text = ChatTemplate(source, "model.gguf: chat template").render(parsed);
    return "no error: " + text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    return error.what();
  }
}

TEST(TemplateErrors, raise_exception_keeps_its_text_and_line) {
  EXPECT_EQ(error_of("a\n\n{{ raise_exception('Roles must alternate!') }}"),
            "model.gguf: chat template: line 3: Roles must alternate!");
}

TEST(TemplateErrors, syntax_errors_name_the_line) {
  EXPECT_THAT(error_of("x\n{% if a %}\nb"),
              StartsWith("model.gguf: chat template: line 2: a block without its 'endif'"));
  EXPECT_THAT(error_of("{% for a in b %}\n{% if a %}\n{% endif %}\n"),
              HasSubstr("line 1: a block without its 'endfor'"));
  EXPECT_THAT(error_of("x\n\n{% endfor %}"), HasSubstr("line 3: unknown or misplaced tag 'endfor'"));
  EXPECT_THAT(error_of("{{ a"), HasSubstr("line 1: a tag without '}}'"));
  EXPECT_THAT(error_of("\n{{ 'a }}"), HasSubstr("line 2: a text without its closing quote"));
  EXPECT_THAT(error_of("{{ a b }}"), HasSubstr("expected '}}', found 'b'"));
  EXPECT_THAT(error_of("{% for x y %}{% endfor %}"), HasSubstr("expected 'in'"));
  EXPECT_THAT(error_of("{# never closed"), HasSubstr("a comment without '#}'"));
  EXPECT_THAT(error_of("{% raw %}{{ x }}"), HasSubstr("'raw' without 'endraw'"));
  EXPECT_THAT(error_of("{{ (1] }}"), HasSubstr("unexpected ']'"));
  EXPECT_THAT(error_of("{% include 'x' %}"), HasSubstr("unknown or misplaced tag 'include'"));
  EXPECT_THAT(error_of("{% break %}"), HasSubstr("'break' outside a loop"));
  EXPECT_THAT(error_of("{{ 99999999999999999999 }}"), HasSubstr("out of range"));
}

TEST(TemplateErrors, runtime_errors_name_the_line_and_the_value) {
  EXPECT_THAT(error_of("\n{{ a.b.c }}"), HasSubstr("line 2: 'a' is undefined"));
  EXPECT_THAT(error_of("{{ a.b.c }}", R"({"a": {}})"), HasSubstr("'dict object' has no attribute 'b'"));
  EXPECT_THAT(error_of("{% for x in 5 %}{% endfor %}"), HasSubstr("'int' object is not iterable"));
  EXPECT_THAT(error_of("{{ 'a' + 1 }}"), HasSubstr("unsupported operand type(s) for +: 'str' and 'int'"));
  EXPECT_THAT(error_of("{{ 1 | nothing }}"), HasSubstr("no filter named 'nothing'"));
  EXPECT_THAT(error_of("{{ 1 is nothing }}"), HasSubstr("no test named 'nothing'"));
  EXPECT_THAT(error_of("{{ [1].append(2) }}"), HasSubstr("templates cannot change a list"));
  EXPECT_THAT(error_of("{{ 1 // 0 }}"), HasSubstr("division by zero"));
  EXPECT_THAT(error_of("{{ 9223372036854775807 + 1 }}"), HasSubstr("64-bit range"));
  EXPECT_EQ(error_of("{{ 1.5 is divisibleby 2 }}{{ 2.0 is even }}"), "no error: FalseTrue");
  EXPECT_THAT(error_of("{{ none is even }}"), HasSubstr("unsupported operand"));
  EXPECT_THAT(error_of("{{ 9223372036854775807 | round(-19) }}"), HasSubstr("64-bit range"));
  EXPECT_THAT(error_of("x", "[1]"), HasSubstr("should be a JSON object"));
}

TEST(TemplateErrors, the_line_is_that_of_the_failing_part_inside_a_macro) {
  EXPECT_THAT(error_of("{% macro m() %}\n{{ x.y }}\n{% endmacro %}\n{{ m() }}"),
              HasSubstr("line 2: 'x' is undefined"));
  EXPECT_THAT(error_of("{% macro m() %}\nok\n{% endmacro %}\n{{ m() + 1 }}"),
              HasSubstr("line 4: unsupported"));
}

}  // namespace
}  // namespace reckon::engine
