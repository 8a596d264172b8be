// The report in a real browser, where one is installed: it draws, says nothing to the console, and runs
// nothing that a model wrote.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "reports/report.h"
#include "tests/reports/support/full_report.h"
#include "tests/reports/support/synthetic_run.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> part{};
  while (pipe != nullptr) {
    const std::size_t got = std::fread(part.data(), 1, part.size(), pipe.get());
    if (got == 0) break;
    text.append(part.data(), got);
  }
  return text;
}

// What a page holds after its scripts have run; "" where no browser runs. The console goes to `console`.
std::string page_after_scripts(const std::string& url, const test::TemporaryFolder& folder,
                               const std::string& window, std::string& console) {
  // Root in a container cannot use the browser's own sandbox.
  const std::string command =
      "timeout 120 chromium --headless --no-sandbox --disable-gpu --enable-logging=stderr --window-size=" +
      window + " --user-data-dir=" + folder.file("profile") + " --virtual-time-budget=30000 --dump-dom '" +
      url + "' 2>" + folder.file("console");
  const std::string page = output_of(command);
  std::ifstream log(folder.file("console"));
  console.assign(std::istreambuf_iterator<char>(log), {});
  return page;
}

bool browser_installed() { return !output_of("command -v chromium").empty(); }

TEST(Browser, DrawsTheReportAndRunsNothingOfTheModel) {
  if (!browser_installed()) GTEST_SKIP() << "chromium is not installed";
  test::TemporaryFolder folder;
  test::SyntheticRun made;
  made.model = "<img src=x onerror=\"document.title='taken'\">";
  made.hostile_text =
      "</script><script>document.title='taken'</script><img src=x "
      "onerror=\"document.title='taken'\">\x1b[31m";
  made.tasks = {{"math", 40, 1, 0.5, 0.1, 0.05}, {"logic", 40, 1, 0.7}};
  made.kernels = true;
  test::write_synthetic_run(folder.file("a"), made);
  made.seed = 2;
  test::write_synthetic_run(folder.file("b"), made);
  write_reports({folder.file("a"), folder.file("b")}, folder.file("out"));
  std::string console;
  const std::string page = page_after_scripts("file://" + folder.file("out/report.html") + "?theme=dark",
                                              folder, "1280,900", console);
  if (page.empty()) GTEST_SKIP() << "chromium does not run here";
  EXPECT_THAT(page, HasSubstr("data-ready=\"yes\""));  // the last thing the script does
  EXPECT_THAT(page, HasSubstr("data-theme=\"dark\""));
  EXPECT_THAT(page, HasSubstr("160 of 160 samples"));
  EXPECT_THAT(page, Not(HasSubstr("<title>taken")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror="));  // shown as text
  EXPECT_THAT(console, Not(HasSubstr("CONSOLE")));
}

// One rule of rounding for page and terminal: what lies exactly between two goes to the even one.
TEST(Browser, RoundsAsTheTerminalDoes) {
  if (!browser_installed()) GTEST_SKIP() << "chromium is not installed";
  std::string shown, wanted;
  for (const int n : {7, 16, 32, 80, 160}) {
    for (int right = -n; right <= n; ++right) {
      const double share = static_cast<double>(right) / n;
      wanted += fmt::format("{:.0f} {:.1f} {:.4f}\n", 100 * share, 100 * share, share);
      shown += fmt::format("[{},{}],", right, n);
    }
  }
  test::TemporaryFolder folder;
  folder.write("rounding.html",
               "<body><pre id=\"rounded\"></pre><script>" +
                   read_file(test::source_file("reports/html/script/figures.js")) +
                   "document.getElementById('rounded').textContent = [" + shown +
                   "].map(([right, n]) => `${fixed(100 * (right / n), 0)} ${fixed(100 * (right / n), 1)} "
                   "${fixed(right / n, 4)}\\n`).join('');</script></body>");
  std::string console;
  const std::string page =
      page_after_scripts("file://" + folder.file("rounding.html"), folder, "500,900", console);
  if (page.empty()) GTEST_SKIP() << "chromium does not run here";
  EXPECT_THAT(page, HasSubstr("<pre id=\"rounded\">" + wanted + "</pre>")) << console;
}

class BrowserUse : public testing::TestWithParam<const char*> {};

// Filters, search, opening samples, formulas, columns, pages, themes, and that all of it can be read.
TEST_P(BrowserUse, APersonFindsTheirWay) {
  if (!browser_installed()) GTEST_SKIP() << "chromium is not installed";
  test::TemporaryFolder folder;
  std::string page = read_file(test::write_full_report(folder));
  // The page forbids scripts that are not its own: the driver needs leave.
  const std::size_t policy = page.find("<meta http-equiv=\"Content-Security-Policy\"");
  ASSERT_NE(policy, std::string::npos);
  page.erase(policy, page.find('>', policy) + 1 - policy);
  const std::string driver = read_file(test::source_file("tests/reports/support/drive_report.js"));
  page.insert(page.rfind("</body>"), "<script>" + driver + "</script>");
  folder.write("driven.html", page);
  std::string console;
  const std::string driven =
      page_after_scripts("file://" + folder.file("driven.html"), folder, GetParam(), console);
  if (driven.empty()) GTEST_SKIP() << "chromium does not run here";
  const std::size_t begin = driven.rfind("<pre id=\"driven\">");
  ASSERT_NE(begin, std::string::npos) << "the driver did not come to its end: " << console;
  const std::string facts = driven.substr(begin, driven.find("</pre>", begin) - begin);
  for (const char* expected : {"all: 160 of 160 samples",
                               "only right shown: true",
                               "marks: true",
                               "link to the record: ./../a/samples/math.jsonl",
                               "tokens found: true",
                               "nothing: 0 of 160 samples",
                               "formulas: true",
                               "formulas off: 0",
                               "side by side: 2",
                               "second page: 2 / ",
                               "limits of one suite differ: true",
                               "published rows: 12",
                               "list prices: true",
                               "marked published: published",
                               "solved not known: true",
                               "a rating has no cost: true",
                               "what if cases: 4",
                               "what follows: true",
                               "said to be estimated: true",
                               "parts of the time: 4",
                               "both error bars: true",
                               "could have shown: true",
                               "link to those cut off: true",
                               "link to one sample: 1 row, 1 open",
                               "models differ: true",
                               "one question again: true",
                               "charts drawn: true",
                               "charts with names: 2",
                               "names over marks or names: 0",
                               "dots without a name: 0",
                               "wider than the window: false",
                               "unnamed controls: 0",
                               "contrast in the first theme: enough",
                               "theme switched from first: true",
                               "contrast in the other theme: enough",
                               "theme switched from other: true"}) {
    EXPECT_TRUE(facts.find(expected) != std::string::npos) << "not so: " << expected;
  }
  EXPECT_THAT(facts, Not(HasSubstr("\nright: 160")));
  if (HasFailure()) GTEST_LOG_(INFO) << facts;
  EXPECT_THAT(console, Not(HasSubstr("CONSOLE")));
}

INSTANTIATE_TEST_SUITE_P(Windows, BrowserUse, testing::Values("1400,1000", "500,900"),
                         [](const auto& tested) { return tested.index == 0 ? "wide" : "narrow"; });

}  // namespace
}  // namespace reckon::reports
