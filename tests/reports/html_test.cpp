// The HTML report: what a model wrote can end no element, start no script, and is all there.

#include <cstring>

#include <zlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "base/utf8.h"
#include "reports/html/assets.h"
#include "reports/html/encode.h"
#include "reports/html/sample_blocks.h"
#include "reports/long_text.h"
#include "reports/report.h"
#include "reports/statistics/counter_random.h"
#include "tests/reports/support/synthetic_run.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHostile =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)><!-- \xE2\x80\xA8 \xE2\x80\xA9 {{data}} "
    "]]> \x01\x1b[31m "
    "\xE2\x80\xAE";

std::string from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (char c : text) {
    if (c == '=') break;
    const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char* at = std::strchr(digits, c);
    EXPECT_NE(at, nullptr);
    group = group << 6 | static_cast<std::uint32_t>(at - digits);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 0xFF);
    }
  }
  return bytes;
}

std::string inflated(const std::string& packed) {
  std::string out(std::size_t{1} << 24, '\0');
  uLongf size = static_cast<uLongf>(out.size());
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                       reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size())),
            Z_OK);
  out.resize(size);
  return out;
}

// The content of the element with this id.
std::string element(const std::string& html, const std::string& id) {
  const std::size_t at = html.find("id=\"" + id + "\"");
  EXPECT_NE(at, std::string::npos) << id;
  const std::size_t open = html.find('>', at) + 1;
  return html.substr(open, html.find("</script>", open) - open);
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class Html : public ::testing::Test {
 protected:
  RunData run(const test::SyntheticRun& made, const std::string& name = "run") {
    return load_run(test::write_synthetic_run(folder_.file(name), made));
  }
  static std::string page(const std::vector<RunData>& runs, const ReportOptions& options = {}) {
    return report_html(runs, summarise(runs, options), options);
  }
  test::TemporaryFolder folder_;
};

TEST_F(Html, HostileTextIsShownAndNeverRun) {
  test::SyntheticRun made;
  made.model = std::string("model ") + kHostile;
  made.tasks = {{"math", 5, 1, 0.5}};
  made.hostile_text = kHostile;
  const std::string html = page({run(made)});
  EXPECT_THAT(html, Not(HasSubstr("<img src=x")));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  // Our own elements only: the data, the samples' facts, their index, one block, Chart.js, the page's script;
  // and each is closed once.
  EXPECT_EQ(occurrences(html, "<script"), 6u);
  EXPECT_EQ(occurrences(html, "</script"), 6u);
  EXPECT_EQ(occurrences(html, "<!--"),
            occurrences(std::string(page_script()) + std::string(chart_library()), "<!--"));
  // The text is all there, as data.
  const json::Document block = json::parse(inflated(from_base64(element(html, "sample-block-0"))), "block");
  EXPECT_THAT(block[0]["answer"].GetString(),
              HasSubstr("</script><script>alert(1)</script><img src=x onerror=alert(2)>"));
  const json::Document data = json::parse(element(html, "report-data"), "data");
  EXPECT_EQ(std::string(data["runs"][0]["label"].GetString()), made.model);
}

TEST_F(Html, ThePolicyAllowsOnlyTheTwoScripts) {
  test::SyntheticRun made;
  made.tasks = {{"math", 2, 1, 0.5}};
  const std::string html = page({run(made)});
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("base-uri 'none'"));
  EXPECT_THAT(html, HasSubstr(policy_hash(page_script())));
  EXPECT_THAT(html, HasSubstr(policy_hash(chart_library())));
  EXPECT_THAT(html, Not(HasSubstr("unsafe-inline")));
  EXPECT_THAT(html, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(html, Not(HasSubstr("href=\"http")));
}

TEST_F(Html, KnownHashOfAnEmptyScript) {
  // The SHA-256 of nothing, as browsers print it.
  EXPECT_EQ(policy_hash(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
}

TEST_F(Html, TwoThousandSamplesOfTwoKilobytesFitIntoFiveMegabytes) {
  test::SyntheticRun made;
  made.tasks = {{"math", 1000, 1, 0.6, 0.05, 0, 1, 2048}, {"logic", 1000, 1, 0.6, 0.05, 0, 1, 2048}};
  const RunData data = run(made);
  const std::string html = page({data});
  EXPECT_LE(html.size(), 5'000'000u);
  const json::Document shown = json::parse(element(html, "sample-facts"), "facts");
  EXPECT_EQ(shown["samples"].GetInt(), 2000);
  EXPECT_EQ(shown["samples_cut"].GetInt(), 0);
}

TEST_F(Html, RandomTextFitsTooAndSaysWhereTheWholeStands) {
  test::SyntheticRun made;
  made.tasks = {{"math", 2000, 1, 0.6}};
  RunData data = run(made);
  // Printable noise packs to no less than 6.5 bits a byte: the worst that text can do.
  std::uint64_t index = 0;
  for (SampleRecord& record : data.tasks[0].records) {
    std::string noise;
    for (int i = 0; i < 2300; ++i) noise += static_cast<char>(32 + random_below(1, 2, index++, 95));
    record.thinking = LongText(noise);
  }
  ReportOptions options;
  options.html_budget_bytes = 5'000'000;
  const std::string html = page({data}, options);
  EXPECT_LE(html.size(), 5'000'000u);
  EXPECT_GE(html.size(), 4'500'000u) << "more is cut than need be";
  const json::Document shown = json::parse(element(html, "sample-facts"), "facts");
  EXPECT_GT(shown["samples_cut"].GetInt(), 0);
  const json::Document block = json::parse(inflated(from_base64(element(html, "sample-block-3"))), "block");
  EXPECT_TRUE(block[5]["cut"].GetBool());
  EXPECT_EQ(block[5]["line"].GetInt(), 306);
  EXPECT_THAT(block[5]["thinking"].GetString(), HasSubstr("bytes cut here"));
  // However little room there is, the reasons of verdicts can be read and searched.
  const std::string why(300, 'w');
  data.tasks[0].records[305].why = why;
  options.html_budget_bytes = 1;
  const std::string little = page({data}, options);
  const json::Document least = json::parse(inflated(from_base64(element(little, "sample-block-3"))), "block");
  EXPECT_EQ(least[5]["why"].GetString(), why);
  EXPECT_LT(std::strlen(least[5]["thinking"].GetString()), 120U);
}

TEST_F(Html, SaysWhatWasRunInASentence) {
  test::SyntheticRun made;
  made.model = "alpha";
  made.tasks = {{"math", 200, 1, 1.0}};
  std::vector<RunData> runs{run(made, "a")};
  EXPECT_THAT(page(runs), HasSubstr("<title>alpha solved 100.0 % of 200 questions.</title>"));
  made.model = "beta";
  made.tasks = {{"math", 200, 1, 0.0}};
  runs.push_back(run(made, "b"));
  EXPECT_THAT(page(runs), HasSubstr("<title>beta is worse than alpha on math.</title>"));
  // A title of one's own stands above the sentence, not in its place.
  ReportOptions options;
  options.title = "Nightly <1>";
  const std::string html = page(runs, options);
  EXPECT_THAT(html, HasSubstr("<title>Nightly &lt;1&gt;</title>"));
  const json::Document data = json::parse(element(html, "report-data"), "data");
  EXPECT_STREQ(data["name"].GetString(), "Nightly <1>");
  EXPECT_STREQ(data["title"].GetString(), "beta is worse than alpha on math.");
}

// The panels that stand beside the runs.
TEST_F(Html, PublishedScoresAndOtherCards) {
  test::SyntheticRun made;
  made.tasks = {{"math", 20, 1, 0.5}};
  made.model_config = read_file(test::source_file("models/reckon-demo-moe/config.json"));
  const std::vector<RunData> runs{run(made)};
  ReportOptions options;
  {
    const json::Document bare = json::parse(element(page(runs, options), "report-data"), "data");
    EXPECT_TRUE(bare["published"].IsNull());
    EXPECT_TRUE(bare["what_if"].IsNull());
  }
  options.catalogues = {test::source_file("share/prices"), test::source_file("share/hardware"),
                        test::source_file("share/estimate")};
  const json::Document data = json::parse(element(page(runs, options), "report-data"), "data");
  const json::Value& r1 = data["published"]["models"][0];
  const json::Value& o1 = data["published"]["models"][1];
  EXPECT_DOUBLE_EQ(r1["usd_per_million_input"].GetDouble(), 0.55);
  EXPECT_DOUBLE_EQ(r1["usd_per_million_output"].GetDouble(), 2.19);
  EXPECT_DOUBLE_EQ(o1["usd_per_million_output"].GetDouble(), 60);
  EXPECT_TRUE(r1["usd_per_solved"]["AIME24"].IsNull());
  const json::Value& found = data["what_if"][0];
  ASSERT_EQ(found["cases"].Size(), 4U);
  EXPECT_TRUE(found["cases"][0]["own"].GetBool());
  EXPECT_STREQ(found["cases"][0]["layout"].GetString(), "one device");
  EXPECT_STREQ(found["cases"][1]["devices"][0]["name"].GetString(), "H800 SXM 80GB");
  options.tokens_per_question = TokensPerQuestion{200, 9000};
  const json::Document priced = json::parse(element(page(runs, options), "report-data"), "data");
  EXPECT_NEAR(priced["published"]["models"][0]["usd_per_solved"]["AIME24"].GetDouble(),
              (200 * 0.55 + 9000 * 2.19) / 1e6 / 0.798, 1e-12);
  EXPECT_TRUE(priced["published"]["models"][2]["usd_per_solved"]["AIME24"].IsNull());  // no price is known
}

TEST(Encode, JsonInsideAScriptElement) {
  EXPECT_EQ(script_safe_json("\"</b>&\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA\""),
            "\"\\u003c/b\\u003e\\u0026\\u2028\\u2029\xE2\x80\xAA\"");
}

TEST(Encode, HtmlText) {
  EXPECT_EQ(html_escaped("<a href=\"x\" b='y'>&\x01\x7F\n"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&#x2401;&#x2421;\n");
}

TEST(Encode, Base64) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Encode, CutsInTheMiddleOnCharacterBorders) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "\xE2\x82\xAC";  // 1,200 bytes
  const std::string cut = cut_in_the_middle(text, 100);
  EXPECT_TRUE(utf8::is_valid(cut));
  EXPECT_LT(cut.size(), 180u);
  EXPECT_THAT(cut, HasSubstr("bytes cut here"));
  EXPECT_EQ(cut_in_the_middle("short", 100), "short");
}

TEST(LongText, CutTwiceCountsAllThatIsGone) {
  LongText text(std::string(5'000, 'a') + std::string(5'000, 'z'));
  EXPECT_TRUE(text.whole());
  text.cut(1'000);
  text.cut(2'000);  // what is gone does not come back
  EXPECT_EQ(text.kept_bytes(), 1'000U);
  text.cut(100);
  EXPECT_FALSE(text.whole());
  EXPECT_EQ(text.shown(), std::string(50, 'a') + "\n[... 9900 bytes cut here ...]\n" + std::string(50, 'z'));
}

}  // namespace
}  // namespace reckon::reports
