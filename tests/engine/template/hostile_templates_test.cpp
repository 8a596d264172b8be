// Templates made to run for ever, to fill the memory or to exhaust the stack end with an error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/template/chat_template.h"

namespace reckon::engine {
namespace {

using testing::HasSubstr;

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string outcome(const std::string& source, RenderOptions options = {}) {
  options.max_steps = 2'000'000;
  options.max_output_bytes = 4 << 20;
  try {
    const auto context = json::parse(R"({"messages": [{"role": "user", "content": "hello"}]})", "test");
    return "rendered " + std::to_string(ChatTemplate(source, "t").render(context, options).size());
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(HostileTemplates, endless_work_ends) {
  EXPECT_THAT(outcome("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"),
              HasSubstr("than it may"));
  EXPECT_THAT(outcome("{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}"),
              HasSubstr("nested macro calls"));
  EXPECT_THAT(outcome("{{ range(100000000) }}"), HasSubstr("Range too big"));
  EXPECT_THAT(
      outcome("{% set a = ['a' * 1000000] %}{% for i in range(99999) %}{{ 'b' in a[0] }}{% endfor %}"),
      HasSubstr("than it may"));
}

TEST(HostileTemplates, memory_is_bounded) {
  EXPECT_THAT(outcome("{{ 'a' * 99999999999 }}"), HasSubstr("than it may"));
  EXPECT_THAT(outcome("{{ 'a' * 9223372036854775807 }}"), HasSubstr("too long"));
  EXPECT_THAT(outcome("{{ [0] * 99999999999 }}"), HasSubstr("too long"));
  EXPECT_THAT(
      outcome(
          "{% set ns = namespace(s='ab') %}{% for i in range(90) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}"),
      HasSubstr("than it may"));
  EXPECT_THAT(
      outcome(
          "{% set ns = namespace(l=[1]) %}{% for i in range(90) %}{% set ns.l = ns.l + ns.l %}{% endfor %}"),
      HasSubstr("t"));
  EXPECT_THAT(outcome("{% for i in range(99999) %}" + std::string(1000, 'x') + "{% endfor %}"),
              HasSubstr("beyond"));
  EXPECT_THAT(outcome("{{ ('a' * 100000) | replace('', 'b' * 100000) }}"), HasSubstr("than it may"));
  EXPECT_THAT(outcome("{{ '%99999999d' % 1 }}"), HasSubstr("too large"));
  EXPECT_THAT(outcome("{{ 'x'.center(99999999999) }}"), HasSubstr("than it may"));
  EXPECT_THAT(outcome("{{ 'a\\n' | indent(99999999999) }}"), HasSubstr("than it may"));
  EXPECT_THAT(outcome("{{ strftime_now('%099999d') }}"), HasSubstr("too long"));
}

TEST(HostileTemplates, the_stack_is_bounded) {
  EXPECT_THAT(outcome("{{ " + repeat("(", 5000) + "1" + repeat(")", 5000) + " }}"),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(outcome("{{ " + repeat("[", 5000) + repeat("]", 5000) + " }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(outcome("{{ " + repeat("not ", 5000) + "1 }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(outcome("{{ " + repeat("-", 5000) + "1 }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(outcome("{{ 1" + repeat(" + 1", 100000) + " }}"), HasSubstr("too many parts"));
  EXPECT_THAT(outcome("{{ a" + repeat(".a", 100000) + " }}"), HasSubstr("too many parts"));
  EXPECT_THAT(outcome("{{ 1" + repeat("|abs", 100000) + " }}"), HasSubstr("too many parts"));
  EXPECT_THAT(outcome("{{ 1" + repeat(" if 1 else 1", 5000) + " }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(outcome(repeat("{% if 1 %}", 5000) + repeat("{% endif %}", 5000)),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(outcome(repeat("{% for x in y %}", 5000)), HasSubstr("nested too deeply"));
}

TEST(HostileTemplates, values_that_hold_values_are_bounded) {
  EXPECT_THAT(
      outcome("{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}"),
      HasSubstr("nested too deeply"));
  EXPECT_THAT(outcome("{% set ns = namespace(x={}) %}{% for i in range(99999) %}{% set ns.x = {'a': "
                      "ns.x.get} %}{% endfor %}"),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(
      outcome(
          "{% set ns = namespace(x=1) %}{% for i in range(99999) %}{% for j in [ns.x] %}{% set ns.x = loop %}"
          "{% endfor %}{% endfor %}"),
      HasSubstr("nested too deeply"));
  // A namespace that holds itself can be printed, and goes away.
  EXPECT_THAT(outcome("{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns }}{{ ns.x }}"),
              HasSubstr("rendered"));
  EXPECT_THAT(
      outcome(
          "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
          "{{ ns.x }}"),
      HasSubstr("t: line 1: "));
  EXPECT_THAT(outcome("{% set a = namespace(x=[1]) %}{% set b = namespace(x=[1]) %}{% for i in range(60) %}"
                      "{% set a.x = [a.x, a.x] %}{% set b.x = [b.x, b.x] %}{% endfor %}{{ a.x == b.x }}"),
              HasSubstr("than it may"));
}

TEST(HostileTemplates, macros_and_loops_that_outlive_their_place_fail) {
  EXPECT_THAT(
      outcome(
          "{% set ns = namespace() %}{% for i in [1] %}{% macro m() %}{{ i }}{% endmacro %}{% set ns.m = m %}"
          "{% endfor %}{{ ns.m() }}"),
      HasSubstr("after its block has ended"));
  EXPECT_THAT(outcome("{% set ns = namespace() %}{% for i in [1] %}{% set ns.c = loop.changed %}{% endfor "
                      "%}{{ ns.c(1) }}"),
              HasSubstr("after its loop"));
}

TEST(HostileTemplates, every_prefix_of_a_template_is_an_error_or_a_text) {
  const std::string source =
      "{# c #}{% set x = [1, 'a\\u00e9', {'k': -2.5e3}] %}{%- for m in messages[::-1] if m.role != none -%}"
      "{{ m['content'] | default('x', true) | replace('l', \"L\") ~ loop.index }}{% else %}{% raw %}{{ }}{% "
      "endraw %}{% endfor %}"
      "{% macro f(a, b=1) %}{{ caller() }}{% endmacro %}{% call f(1) %}z{% endcall %}{% filter upper %}q{% "
      "endfilter %}";
  for (std::size_t length = 0; length <= source.size(); ++length) {
    EXPECT_FALSE(outcome(source.substr(0, length)).empty());
  }
  // And with one byte changed.
  for (std::size_t i = 0; i < source.size(); ++i) {
    for (const char c : {'\0', '{', '}', '%', '(', '\'', '\xff', '-'}) {
      std::string changed = source;
      changed[i] = c;
      EXPECT_FALSE(outcome(changed).empty());
    }
  }
}

}  // namespace
}  // namespace reckon::engine
