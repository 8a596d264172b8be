// The report in a real browser, where one is installed: it draws, says nothing to the console, and runs
// nothing that a model wrote.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/report.h"
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

TEST(Browser, DrawsTheReportAndRunsNothingOfTheModel) {
  if (output_of("command -v chromium").empty()) GTEST_SKIP() << "chromium is not installed";
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
  // Root in a container cannot use the browser's own sandbox.
  const std::string command =
      "timeout 120 chromium --headless --no-sandbox --disable-gpu --enable-logging=stderr "
      "--user-data-dir=" +
      folder.file("profile") + " --virtual-time-budget=8000 --dump-dom 'file://" +
      folder.file("out/report.html") + "?theme=dark' 2>" + folder.file("console");
  const std::string page = output_of(command);
  if (page.empty()) GTEST_SKIP() << "chromium does not run here";
  EXPECT_THAT(page, HasSubstr("data-ready=\"yes\""));  // the last thing the script does
  EXPECT_THAT(page, HasSubstr("data-theme=\"dark\""));
  EXPECT_THAT(page, HasSubstr("160 of 160 samples"));
  EXPECT_THAT(page, Not(HasSubstr("<title>taken")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror="));  // shown as text
  std::ifstream log(folder.file("console"));
  const std::string console((std::istreambuf_iterator<char>(log)), {});
  EXPECT_THAT(console, Not(HasSubstr("CONSOLE")));
}

}  // namespace
}  // namespace reckon::reports
