#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "tests/support/shared_data.h"

namespace reckon {
namespace {

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash64("abc"), 0xeacf018fbf1678baULL);
}

TEST(Sha256, OfAFileEqualsThatOfItsBytes) {
  const test::TemporaryFolder folder;
  const std::string content(70000, 'x');
  EXPECT_EQ(sha256_file(folder.write("a", content)), sha256_hex(content));
  EXPECT_EQ(sha256_file(folder.write("empty", "")), sha256_hex(""));
}

TEST(ReadFile, ErrorsNameThePath) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(read_file(folder.file("absent")), Error);
  EXPECT_THROW(read_file(folder.path()), Error);
  const std::string path = folder.write("long", "0123456789");
  EXPECT_EQ(read_file(path, 10), "0123456789");
  try {
    read_file(path, 9);
    FAIL() << "a file over the limit was read";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
    EXPECT_EQ(error.code(), ExitCode::bad_input);
  }
}

TEST(WriteFileAtomically, ReplacesWholeAndLeavesTheOldOnFailure) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("result", "old");
  write_file_atomically(path, "new");
  EXPECT_EQ(read_file(path), "new");
  EXPECT_THROW(write_file_atomically(folder.file("no/such/folder"), "x"), Error);

  // A file size limit fails the write as a full disk does.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 1000;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(write_file_atomically(path, std::string(5000, 'y')), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
      << "a part file was left behind";
}

TEST(LineAppender, CutsATornLineOffAndAppendsWholeOnes) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("lines", "one\ntwo\nthr");
  {
    LineAppender lines(path);
    lines.append("three");
  }
  EXPECT_EQ(read_file(path), "one\ntwo\nthree\n");
  const std::string only_torn = folder.write("torn", "no end");
  { const LineAppender lines(only_torn); }
  EXPECT_EQ(read_file(only_torn), "");
}

TEST(LineAppender, AFullDiskLeavesNoHalfLine) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("lines");
  LineAppender lines(path);
  lines.append("first");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 100;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(lines.append(std::string(500, 'z')), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  lines.append("second");
  EXPECT_EQ(read_file(path), "first\nsecond\n");
}

TEST(MappedFile, ReadsAheadWhatWasNotAskedForYet) {
  const test::TemporaryFolder folder;
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const MappedFile file(folder.write("a", std::string(10 * page, 'x')));
  EXPECT_EQ(file.read_ahead(100, 2 * page - 100), 2 * page);
  EXPECT_EQ(file.read_ahead(page, page), 0U) << "asked for already";
  EXPECT_EQ(file.read_ahead(page, 3 * page), 2 * page) << "the rest";
  EXPECT_EQ(file.read_ahead(8 * page, page), page) << "elsewhere";
  EXPECT_EQ(file.read_ahead(8 * page, SIZE_MAX), page) << "to the end of the file";
  EXPECT_EQ(file.read_ahead(8 * page, SIZE_MAX), 0U);
  EXPECT_EQ(file.read_ahead(20 * page, page), 0U) << "behind it";
  EXPECT_EQ(MappedFile(folder.write("b", "")).read_ahead(0, 1), 0U);
}

TEST(MappedFile, GivesTheBytesAndMoves) {
  const test::TemporaryFolder folder;
  MappedFile file(folder.write("a", "hello"));
  ASSERT_EQ(file.bytes().size(), 5U);
  const MappedFile moved = std::move(file);
  EXPECT_EQ(static_cast<char>(moved.bytes()[4]), 'o');
  EXPECT_EQ(MappedFile(folder.write("b", "")).bytes().size(), 0U);
}

}  // namespace
}  // namespace reckon
