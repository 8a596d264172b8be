// Files of JSON lines read in pieces: each whole line once, with its number, wherever the pieces meet.

#include "reports/json_lines.h"

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/parallel_items.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kPiece = std::size_t{1} << 20;

// One line of exactly `bytes`, its newline included.
std::string line_of(std::size_t number, std::size_t bytes) {
  const std::string head = fmt::format(R"({{"n":{},"pad":")", number);
  return head + std::string(bytes - head.size() - 3, 'x') + "\"}\n";
}

class JsonLinesFile : public ::testing::Test {
 protected:
  JsonLines open(const std::string& text) {
    folder_.write("lines.jsonl", text);
    return JsonLines(folder_.file("lines.jsonl"), pool_);
  }
  // The field "n" of every line, pieces by several threads; each line's number must be that too.
  std::vector<std::int64_t> numbers(const JsonLines& file) {
    std::vector<std::vector<std::int64_t>> pieces(file.pieces());
    for_each_item(pool_, pieces.size(), [&](std::size_t piece) {
      file.read(piece, [&](const json::ObjectReader& line, std::size_t number) {
        pieces[piece].push_back(line.get_int("n", 0, 1 << 30));
        if (static_cast<std::int64_t>(number) != pieces[piece].back())
          fail_evaluation("line {} is miscounted", number);
      });
    });
    std::vector<std::int64_t> all;
    for (const auto& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
    return all;
  }
  static std::vector<std::int64_t> up_to(std::size_t last) {
    std::vector<std::int64_t> all(last);
    for (std::size_t i = 0; i < last; ++i) all[i] = static_cast<std::int64_t>(i) + 1;
    return all;
  }
  test::TemporaryFolder folder_;
  ThreadPool pool_{3};
};

TEST_F(JsonLinesFile, EveryLineOnceWhereverPiecesMeet) {
  // The second line begins a byte before, at and a byte after the border of the first piece.
  for (const std::size_t first : {kPiece - 1, kPiece, kPiece + 1}) {
    std::string text = line_of(1, first);
    for (std::size_t n = 2; n <= 400; ++n) text += line_of(n, 30 + 97 * n % 9000);
    const JsonLines file = open(text);
    EXPECT_EQ(file.lines(), 400U);
    EXPECT_FALSE(file.torn());
    EXPECT_EQ(numbers(file), up_to(400)) << first;
  }
}

TEST_F(JsonLinesFile, ALineLongerThanPieces) {
  const JsonLines file = open(line_of(1, 100) + line_of(2, 3 * kPiece + 7) + line_of(3, 50));
  EXPECT_EQ(file.pieces(), 4U);
  EXPECT_EQ(numbers(file), up_to(3));
}

TEST_F(JsonLinesFile, ATornLastLineDoesNotCountThoughItIsLongerThanPieces) {
  std::string torn = line_of(3, 2 * kPiece);
  torn.pop_back();
  const JsonLines file = open(line_of(1, 100) + line_of(2, 200) + torn);
  EXPECT_TRUE(file.torn());
  EXPECT_EQ(file.lines(), 2U);
  EXPECT_EQ(numbers(file), up_to(2));
}

TEST_F(JsonLinesFile, AnEmptyFileHasNoLines) {
  const JsonLines file = open("");
  EXPECT_EQ(file.pieces(), 0U);
  EXPECT_FALSE(file.torn());
}

TEST_F(JsonLinesFile, TheFirstBadLineIsNamedWhateverThreadsFindFirst) {
  std::string text;
  for (std::size_t n = 1; n <= 2000; ++n) text += n == 900 || n == 1999 ? "{bad}\n" : line_of(n, 2000);
  const JsonLines file = open(text);
  try {
    numbers(file);
    FAIL() << "a bad line was read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("lines.jsonl: line 900: column 2: not valid JSON"));
  }
}

TEST_F(JsonLinesFile, WhatIsNoFileIsAnError) {
  EXPECT_THROW(JsonLines(folder_.file("absent"), pool_), Error);
  std::filesystem::create_directories(folder_.file("folder"));
  EXPECT_THROW(JsonLines(folder_.file("folder"), pool_), Error);
}

}  // namespace
}  // namespace reckon::reports
