#include "suites/datasets/dataset.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "base/error.h"
#include "suites/datasets/data_locations.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using reckon::test::TemporaryFolder;
using test::error_of;

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd_packed(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::vector<DatasetRow> read(const std::string& path, const std::string& field = "") {
  return read_dataset(path, DatasetFormat::from_name, field);
}

std::string refused(const std::string& path, const DatasetLimits& limits = {}) {
  return error_of([&] { read_dataset(path, DatasetFormat::from_name, "", limits); });
}

TEST(Dataset, ReadsTabsAndZstd) {
  const TemporaryFolder folder;
  const auto rows = read(folder.write("d.tsv.zst", zstd_packed("a\tb\n1\tx, y\n2\tz\n")));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].json, R"({"a":1,"b":"x, y"})");
  const std::string many(100'000, 'x');
  const std::string packed = zstd_packed("{\"a\":\"" + many + "\"}");
  EXPECT_EQ(read(folder.write("m.jsonl.zst", packed))[0].json.size(), many.size() + 8);
  EXPECT_NE(
      refused(folder.write("cut.jsonl.zst", packed.substr(0, packed.size() / 2))).find("ends in the middle"),
      std::string::npos);
  DatasetLimits small;
  small.max_file_bytes = 1000;
  EXPECT_NE(refused(folder.write("big.jsonl.zst", packed), small).find("1000 bytes once decompressed"),
            std::string::npos);
}

TEST(Dataset, ReadsJsonLinesWithTheirPlaces) {
  const TemporaryFolder folder;
  const std::string path = folder.write("d.jsonl", "{\"a\": 1}\n\n  {\"a\": \"\xC3\xA4\"}\r\n{\"a\":null}");
  const std::vector<DatasetRow> rows = read(path);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].json, "{\"a\":\"\xC3\xA4\"}");
  EXPECT_EQ(rows[1].where, path + ": line 3");
  EXPECT_EQ(rows[2].where, path + ": line 4");
}

TEST(Dataset, ReadsJsonArraysFieldsAndLinesInJsonFiles) {
  const TemporaryFolder folder;
  EXPECT_EQ(read(folder.write("a.json", "[{\"a\":1},{\"a\":2}]")).size(), 2U);
  const std::string nested =
      folder.write("b.json", "{\"canary\":\"x\",\"examples\":[{\"a\":1},{\"a\":2},{\"a\":3}]}");
  EXPECT_EQ(read(nested, "examples").size(), 3U);
  EXPECT_NE(refused(nested).find("'examples'"), std::string::npos)
      << "the lists that could be meant are named";
  EXPECT_EQ(read(folder.write("c.json", "{\"a\":1}\n{\"a\":2}\n")).size(), 2U);
}

TEST(Dataset, ReadsGzipByContent) {
  const TemporaryFolder folder;
  EXPECT_EQ(read(folder.write("d.jsonl.gz", gzipped("{\"a\":1}\n{\"a\":2}\n"))).size(), 2U);
  EXPECT_EQ(read(folder.write("e.json.gz", gzipped("[{\"a\":1}]"))).size(), 1U);
  EXPECT_EQ(read(folder.write("joined.jsonl.gz", gzipped("{\"a\":1}\n") + gzipped("{\"a\":2}\n"))).size(),
            2U);
}

TEST(Dataset, DamagedOrCutGzipIsAnError) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "{\"a\":" + std::to_string(i * 7919) + "}\n";
  }
  const std::string whole = gzipped(text);
  EXPECT_NE(
      refused(folder.write("cut.jsonl.gz", whole.substr(0, whole.size() / 2))).find("ends in the middle"),
      std::string::npos);
  std::string damaged = whole;
  damaged[whole.size() / 2] = static_cast<char>(damaged[whole.size() / 2] ^ 0x55);
  EXPECT_NE(refused(folder.write("bad.jsonl.gz", damaged)), "");
}

TEST(Dataset, GzipBombStopsAtTheLimit) {
  const TemporaryFolder folder;
  DatasetLimits limits;
  limits.max_file_bytes = 1 << 20;
  const std::string path = folder.write("bomb.jsonl.gz", gzipped(std::string(std::size_t{64} << 20, ' ')));
  EXPECT_NE(refused(path, limits).find("once decompressed"), std::string::npos);
}

TEST(Dataset, BadLinesNameFileAndLine) {
  const TemporaryFolder folder;
  const std::string no_json = folder.write("a.jsonl", "{\"a\":1}\n{\"a\":\n");
  EXPECT_NE(refused(no_json).find(no_json + ": line 2"), std::string::npos);
  const std::string no_object = folder.write("b.jsonl", "{\"a\":1}\n{\"a\":1}\n[1]\n");
  EXPECT_NE(refused(no_object).find(no_object + ": line 3"), std::string::npos);
  const std::string no_utf8 = folder.write("c.jsonl", "{\"a\":\"\xFF\"}\n");
  EXPECT_NE(refused(no_utf8).find(no_utf8 + ": line 1: not valid UTF-8"), std::string::npos);
  const std::string deep =
      folder.write("d.jsonl", "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}");
  EXPECT_NE(refused(deep).find("line 1"), std::string::npos);
}

TEST(Dataset, LongLinesStopAtTheLimit) {
  const TemporaryFolder folder;
  DatasetLimits limits;
  limits.max_line_bytes = 100;
  const std::string path = folder.write("a.jsonl", "{\"a\":1}\n{\"a\":\"" + std::string(200, 'x') + "\"}\n");
  EXPECT_NE(refused(path, limits).find(path + ": line 2"), std::string::npos);
}

TEST(Csv, FollowsRfc4180) {
  const std::vector<CsvRecord> records = parse_csv(
      "\xEF\xBB\xBF"
      "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n,\n",
      "x.csv");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].fields, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(records[1].fields, (std::vector<std::string>{"1", "x, \"y\"\nz"}));
  EXPECT_EQ(records[2].fields, (std::vector<std::string>{"", ""}));
  EXPECT_EQ(records[2].line, 5U);
}

TEST(Csv, ColumnsOfNumbersBecomeNumbers) {
  const TemporaryFolder folder;
  const std::vector<DatasetRow> rows = read(folder.write("a.csv", "n,x,t\n1,0.5,1\n-2,3,b\n"));
  EXPECT_EQ(rows[0].json, R"({"n":1,"x":0.5,"t":"1"})");
  EXPECT_EQ(rows[1].json, R"({"n":-2,"x":3.0,"t":"b"})");
}

TEST(Csv, ErrorsNameTheLine) {
  const TemporaryFolder folder;
  EXPECT_NE(refused(folder.write("a.csv", "a,b\n1,2\n1,2,3\n")).find("line 3: 3 fields"), std::string::npos);
  EXPECT_NE(refused(folder.write("b.csv", "a,b\n1,\"2\n")).find("line 2: a quoted field never ends"),
            std::string::npos);
  EXPECT_NE(refused(folder.write("c.csv", "a\n\"1\"2\n")).find("closing quote"), std::string::npos);
}

TEST(DataLocations, SearchesInOrder) {
  const TemporaryFolder first;
  const TemporaryFolder second;
  const std::string in_second = second.write("d.jsonl", "{}");
  DataLocations locations;
  locations.data_dir = first.path();
  locations.environment = second.path();
  EXPECT_EQ(locations.find("d.jsonl", "task", ""), in_second);
  const std::string in_first = first.write("d.jsonl.gz", "{}");
  EXPECT_EQ(locations.find("d.jsonl", "task", ""), in_first);
}

// golden/make_parquet.py.
TEST(Dataset, ParquetIsReadOrRefusedByName) {
  const std::string path = reckon::test::source_file("tests/suites/golden/rows.parquet");
  if (!reads_parquet()) {
    const std::string message = error_of([&] { read_dataset(path, DatasetFormat::from_name, ""); });
    EXPECT_NE(message.find("rows.parquet"), std::string::npos) << message;
    EXPECT_NE(message.find("RECKON_ARROW"), std::string::npos) << message;
    return;
  }
  const std::vector<DatasetRow> rows = read_dataset(path, DatasetFormat::from_name, "");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].json,
            R"({"question":"How many?","answer":4,"share":0.5,"right":true,"small":7,"odd":"NaN",)"
            R"("choices":{"text":["a","b"],"label":[1,0]},"kind":"x","nested":[[1],[]]})");
  EXPECT_EQ(
      rows[1].json,
      "{\"question\":\"\u00c9t\u00e9\\n\\\"quoted\\\"\",\"answer\":-9007199254740993,\"share\":null,"
      "\"right\":false,\"small\":255,\"odd\":\"-Infinity\",\"choices\":null,\"kind\":\"y\",\"nested\":[]}");
  EXPECT_NE(rows[1].where.find("rows.parquet: row 2"), std::string::npos) << rows[1].where;
  DatasetLimits few;
  few.max_rows = 1;
  EXPECT_NE(error_of([&] { read_parquet(path, few); }).find("more than 1"), std::string::npos);
  const TemporaryFolder folder;
  const std::string broken = folder.write("broken.parquet", "PAR1 and nothing that follows PAR1");
  EXPECT_NE(error_of([&] { read_parquet(broken); }).find("not a readable Parquet file"), std::string::npos);
}

TEST(DataLocations, MissingDataNamesFoldersAndRemedy) {
  const TemporaryFolder folder;
  DataLocations locations;
  locations.cache_dir = folder.path();
  const std::string message =
      error_of([&] { locations.find("m/x.jsonl", "task 't'", "run `reckon fetch x`"); });
  EXPECT_NE(message.find("task 't'"), std::string::npos);
  EXPECT_NE(message.find(folder.path()), std::string::npos);
  EXPECT_NE(message.find("reckon fetch x"), std::string::npos);
}

TEST(DataLocations, PathsStayInsideTheFolders) {
  DataLocations locations;
  locations.data_dir = "/tmp";
  EXPECT_NE(error_of([&] { locations.find("../etc/passwd", "t", ""); }).find("leaves"), std::string::npos);
  EXPECT_NE(error_of([&] { locations.find("/etc/passwd", "t", ""); }).find("relative"), std::string::npos);
}

}  // namespace
}  // namespace reckon::suites
