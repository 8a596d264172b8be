// The report for those who hear it, who use the keyboard alone, and on paper: in a real browser, where one is
// installed.

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/support/browser.h"
#include "tests/reports/support/full_report.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kTab = 9;
constexpr int kEnter = 13;

class BrowserAccess : public testing::Test {
 protected:
  // Opens a report with everything in it; false where no browser runs.
  bool open(const std::string& query = "") {
    const std::string page = test::write_full_report(folder_);
    return browser_.running() &&
           browser_.open("file://" + page + query, "document.documentElement.dataset.ready === 'yes'");
  }
  void settle() { browser_.evaluate("new Promise((done) => setTimeout(done, 400))"); }
  std::string focused(const std::string& property) {
    return browser_.evaluate("String(document.activeElement." + property + ")");
  }

  test::TemporaryFolder folder_;
  test::Browser browser_{folder_.file("profile")};
};

TEST_F(BrowserAccess, WhatAScreenReaderIsToldHasNames) {
  if (!open()) GTEST_SKIP() << "chromium does not run here";
  browser_.evaluate("document.querySelector('.sample > button').click()");
  settle();
  const std::set<std::string> named{"button",   "link",  "combobox", "searchbox",  "textbox",
                                    "checkbox", "image", "region",   "navigation", "table"};
  std::size_t seen = 0;
  browser_.call("Accessibility.enable");
  const json::Document tree = browser_.call("Accessibility.getFullAXTree");
  for (const json::Value& node : tree["nodes"].GetArray()) {
    if (node["ignored"].GetBool()) continue;
    const std::string role = node["role"]["value"].GetString();
    if (named.count(role) == 0) continue;
    ++seen;
    const std::string name =
        node.HasMember("name") && node["name"].HasMember("value") ? node["name"]["value"].GetString() : "";
    EXPECT_NE(name, "") << json::dump(node);
    // A number alone does not say where a link leads.
    if (role == "link") {
      EXPECT_THAT(name, testing::ContainsRegex("[A-Za-z]{3}")) << name;
    }
  }
  EXPECT_GT(seen, 80U);
}

TEST_F(BrowserAccess, TheKeyboardReachesEverythingInOrder) {
  if (!open()) GTEST_SKIP() << "chromium does not run here";
  browser_.press("Tab", kTab);
  EXPECT_EQ(focused("className"), "skip");
  EXPECT_EQ(browser_.evaluate("String(document.activeElement.getBoundingClientRect().left >= 0)"), "true");
  double before = -1;
  bool in_main = false;
  std::size_t samples = 0;
  for (int i = 0; i < 400; ++i) {
    browser_.press("Tab", kTab);
    if (focused("tagName") == "BODY") break;
    const double top =
        std::stod(browser_.evaluate("String(document.activeElement.getBoundingClientRect().top + scrollY)"));
    EXPECT_EQ(browser_.evaluate("String(document.activeElement.checkVisibility())"), "true");
    // A region that does not scroll is no stop.
    EXPECT_EQ(browser_.evaluate("(e => String(!e.classList.contains('scroll') || e.scrollWidth > "
                                "e.clientWidth))(document.activeElement)"),
              "true");
    const bool main =
        browser_.evaluate("String(document.getElementById('main').contains(document.activeElement))") ==
        "true";
    const bool sticks =
        browser_.evaluate("String(document.activeElement.closest('.filters') !== null)") == "true";
    if (main && in_main && !sticks) {
      EXPECT_GE(top, before - 60) << focused("outerHTML");  // those of a row differ a little
    }
    if (main && !sticks) before = top;
    in_main = in_main || main;
    samples +=
        browser_.evaluate("String(document.activeElement.matches('.sample > button'))") == "true" ? 1 : 0;
  }
  EXPECT_EQ(samples, 25U);
  // Enter opens a sample, and closes it.
  browser_.evaluate("document.querySelector('.sample > button').focus({ preventScroll: true })");
  EXPECT_EQ(focused("ariaExpanded"), "false");
  for (const char* expanded : {"true", "false"}) {
    browser_.press("Enter", kEnter);
    settle();  // its block is unpacked first
    EXPECT_EQ(focused("ariaExpanded"), expanded);
  }
}

TEST_F(BrowserAccess, PaperHasTheWholePageInTheLight) {
  if (!open("?theme=dark")) GTEST_SKIP() << "chromium does not run here";
  // A4 less its margins, in CSS pixels.
  browser_.call("Emulation.setDeviceMetricsOverride",
                R"({"width":703,"height":1032,"deviceScaleFactor":1,"mobile":false})");
  const std::string screen_ink = browser_.evaluate("getComputedStyle(document.body).color");
  browser_.call("Emulation.setEmulatedMedia", R"({"media":"print"})");
  browser_.evaluate("dispatchEvent(new Event('beforeprint'))");
  EXPECT_EQ(browser_.evaluate("document.documentElement.dataset.theme"), "light");
  EXPECT_NE(browser_.evaluate("getComputedStyle(document.body).color"), screen_ink);
  EXPECT_EQ(browser_.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
  EXPECT_EQ(browser_.evaluate("[...document.querySelectorAll('.scroll')].filter((e) => "
                              "e.firstChild.scrollWidth > e.clientWidth + 1)"
                              ".map((e) => e.textContent.slice(0, 40)).join('; ')"),
            "");
  EXPECT_EQ(browser_.evaluate(
                "[...document.querySelectorAll('section')].filter((e) => !e.checkVisibility()).length + ''"),
            "0");
  EXPECT_EQ(
      browser_.evaluate(
          "[...document.querySelectorAll('canvas')].filter((e) => { const r = e.getBoundingClientRect(); "
          "return r.width === 0 || r.right > innerWidth; }).length + ''"),
      "0");
  browser_.evaluate("dispatchEvent(new Event('afterprint'))");
  EXPECT_EQ(browser_.evaluate("document.documentElement.dataset.theme"), "dark");
  const json::Document printed =
      browser_.call("Page.printToPDF", R"({"paperWidth":8.27,"paperHeight":11.69})");
  EXPECT_THAT(printed["data"].GetString(), StartsWith("JVBERi0"));  // "%PDF-" in base64
}

}  // namespace
}  // namespace reckon::reports
