#include "harness/fetch/hub_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "tests/harness/hub_server.h"
#include "tests/support/shared_data.h"

namespace reckon::harness {
namespace {

using testing::HasSubstr;

class HubRowsTest : public testing::Test {
 protected:
  void SetUp() override {
    server_.pages["/splits?dataset=lab%2Fquiz"] =
        R"({"splits":[{"dataset":"lab/quiz","config":"main","split":"test"},)"
        R"({"dataset":"lab/quiz","config":"main","split":"train"}]})";
    pages("test", 250, "c0ffee");
    pages("train", 3, "c0ffee");
  }

  /// Replies of 100 rows each, as the rows API gives them.
  void pages(const std::string& split, int total, const std::string& commit) {
    for (int begin = 0; begin < total; begin += 100) {
      const std::string path = "/rows?dataset=lab%2Fquiz&config=main&split=" + split +
                               "&offset=" + std::to_string(begin) + "&length=100";
      std::string body = R"({"features":[],"rows":[)";
      for (int i = begin; i < std::min(begin + 100, total); ++i) {
        body += std::string(i > begin ? "," : "") + R"({"row_idx":)" + std::to_string(i) +
                R"(,"row":{"q":"question )" + std::to_string(i) + R"(","n":)" + std::to_string(i) +
                R"(},"truncated_cells":[]})";
      }
      server_.pages[path] = body + R"(],"num_rows_total":)" + std::to_string(total) + R"(,"partial":false})";
      server_.headers[path] = "x-revision: " + commit;
    }
  }

  std::string fetch(const std::string& split) {
    HttpOptions options;
    options.first_pause_seconds = 0.001;
    try {
      HubRows(server_.endpoint(), options).fetch({"lab/quiz", "", split}, folder_.path(), [](auto, auto) {});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  std::size_t lines(const std::string& name) {
    const std::string text = read_file(folder_.file(name));
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  test::HubServer server_;
  test::TemporaryFolder folder_;
};

TEST_F(HubRowsTest, AllPagesBecomeLinesAndTheCommitIsKept) {
  EXPECT_EQ(fetch("test"), "");
  EXPECT_EQ(lines("test.jsonl"), 250U);
  EXPECT_THAT(read_file(folder_.file("test.jsonl")), HasSubstr(R"({"q":"question 249","n":249})"));
  EXPECT_THAT(read_file(folder_.file("rows.json")), HasSubstr("c0ffee"));
  const int before = server_.requests;
  EXPECT_EQ(fetch("test"), "");
  EXPECT_EQ(server_.requests, before) << "what is there was asked for again";
}

TEST_F(HubRowsTest, ADamagedFileIsFetchedAgain) {
  EXPECT_EQ(fetch("train"), "");
  write_file_atomically(folder_.file("train.jsonl"), "{}\n");
  EXPECT_EQ(fetch("train"), "");
  EXPECT_EQ(lines("train.jsonl"), 3U);
}

TEST_F(HubRowsTest, BusyServersAndCutRepliesAreTriedAgain) {
  server_.unavailable_times = 2;
  EXPECT_EQ(fetch("train"), "");
  server_.unavailable_times = 2;
  server_.says_too_many = true;
  server_.cut_after_bytes = 700;
  EXPECT_EQ(fetch("test"), "");
  EXPECT_EQ(lines("test.jsonl"), 250U);
}

TEST_F(HubRowsTest, AChangedCommitNamesBoth) {
  EXPECT_EQ(fetch("train"), "");
  pages("test", 250, "beef");
  const std::string message = fetch("test");
  EXPECT_THAT(message, HasSubstr("c0ffee"));
  EXPECT_THAT(message, HasSubstr("beef"));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("test.jsonl")));
}

TEST_F(HubRowsTest, ACommitThatChangesBetweenPagesNamesBoth) {
  server_.headers["/rows?dataset=lab%2Fquiz&config=main&split=test&offset=200&length=100"] =
      "X-Revision: beef";
  const std::string message = fetch("test");
  EXPECT_THAT(message, HasSubstr("c0ffee"));
  EXPECT_THAT(message, HasSubstr("beef"));
}

TEST_F(HubRowsTest, UnknownSplitsNameWhatThereIs) {
  EXPECT_THAT(fetch("validation"), HasSubstr("main/train"));
}

TEST_F(HubRowsTest, CellsThatWereCutOffAreAnError) {
  server_.pages["/rows?dataset=lab%2Fquiz&config=main&split=train&offset=0&length=100"] =
      R"({"rows":[{"row_idx":0,"row":{"q":"lon"},"truncated_cells":["q"]}],"num_rows_total":1})";
  EXPECT_THAT(fetch("train"), HasSubstr("cut off the cells q"));
}

TEST_F(HubRowsTest, MissingRowsAreAnError) {
  server_.pages["/rows?dataset=lab%2Fquiz&config=main&split=train&offset=0&length=100"] =
      R"({"rows":[],"num_rows_total":3})";
  EXPECT_THAT(fetch("train"), HasSubstr("announces 3 rows"));
}

}  // namespace
}  // namespace reckon::harness
