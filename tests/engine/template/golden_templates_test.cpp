// What Python's jinja2 makes of own templates and of small snippets (make_golden.py wrote the answers).

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/template/chat_template.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

// The date in the golden files: 2025-11-24.
const RenderOptions kGoldenDay{.now_unix_seconds = 1764000000};

std::string data(const std::string& name) { return test::source_file("tests/engine/template/data/" + name); }

// One golden case: the same text, or a failure in both.
void expect_golden(const json::Value& golden, const std::string& source, const json::Value& context) {
  const json::ObjectReader reader(golden, "golden case");
  if (reader.has("fails")) {
    EXPECT_THROW(ChatTemplate(source, "t").render(context, kGoldenDay), Error);
    return;
  }
  try {
    EXPECT_EQ(ChatTemplate(source, "t").render(context, kGoldenDay), reader.get_string("out"));
  } catch (const Error& error) {
    ADD_FAILURE() << error.what();
  }
}

TEST(GoldenTemplates, own_chat_templates_render_as_jinja2_does) {
  const auto golden = json::parse_file(data("templates.golden.json"));
  ASSERT_GT(golden.Size(), 200u);
  for (const auto& entry : golden.GetArray()) {
    const json::ObjectReader reader(entry, "golden case");
    SCOPED_TRACE(reader.get_string("template") + ": " + reader.get_string("case"));
    expect_golden(entry, read_file(data(reader.get_string("template"))), *reader.find("context"));
  }
}

TEST(GoldenTemplates, constructs_render_as_jinja2_does) {
  const auto golden = json::parse_file(data("constructs.golden.json"));
  const json::ObjectReader root(golden, "constructs.golden.json");
  const json::Value& cases = root.get_array("cases");
  ASSERT_GT(cases.Size(), 100u);
  for (const auto& entry : cases.GetArray()) {
    const std::string source = json::ObjectReader(entry, "golden case").get_string("template");
    SCOPED_TRACE(source);
    expect_golden(entry, source, *root.find("context"));
  }
}

TEST(GoldenTemplates, one_template_renders_many_times_alike) {
  const ChatTemplate chat_template(
      "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
      "t");
  const auto context = json::parse(R"({"messages": [1, 2, 3]})", "test");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(chat_template.render(context), "3");
}

}  // namespace
}  // namespace reckon::engine
