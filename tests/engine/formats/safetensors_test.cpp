#include "engine/formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

#include "tests/engine/formats/file_builders.h"

namespace reckon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<engine::TensorRecord> read(const std::string& file) {
  return engine::read_safetensors_directory(std::as_bytes(std::span<const char>(file)), "m.safetensors", 3);
}

std::string error_for(const std::string& file) {
  return error_of([&] { read(file); });
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
}

TEST(Safetensors, ListsTensorsWithAbsoluteOffsets) {
  const std::string header = entry("BF16", "[2,3]", "[0,12]");
  const auto records = read(safetensors_file(header, std::string(12, 'x')));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].name, "w");
  EXPECT_EQ(records[0].type, kernels::DataType::bf16);
  EXPECT_EQ(records[0].shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(records[0].file, 3U);
  EXPECT_EQ(records[0].offset, 8 + header.size());
  EXPECT_EQ(records[0].bytes, 12U);
}

TEST(Safetensors, EveryTruncationIsAnError) {
  const std::string file = tiny_llama_safetensors();
  for (std::size_t length = 0; length < file.size(); length += length < 2048 ? 1 : 997) {
    EXPECT_THAT(error_for(file.substr(0, length)), HasSubstr("m.safetensors")) << "cut to " << length;
  }
}

TEST(Safetensors, HeaderLengthBeyondTheFile) {
  EXPECT_THAT(error_for(little_endian(UINT64_MAX, 8) + "{}"),
              AllOf(HasSubstr("byte 0"), HasSubstr("download")));
  EXPECT_THAT(error_for(little_endian(3, 8) + "{}"), HasSubstr("byte 0"));
}

TEST(Safetensors, HeaderThatIsNoObject) {
  EXPECT_THAT(error_for(safetensors_file("[1]", "")), HasSubstr("JSON object"));
  EXPECT_THAT(error_for(safetensors_file("{\"w\":", "")), HasSubstr("m.safetensors: header"));
  EXPECT_THAT(error_for(safetensors_file("{\"w\":[[[[[[[[[[[[]]]]]]]]]]]]}", "")), HasSubstr("nested"));
}

TEST(Safetensors, NameThatIsNoUtf8) {
  EXPECT_NE(error_for(safetensors_file(
                "{\"\xff\xfe\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", "")),
            "");
}

TEST(Safetensors, OverlapNamesBothTensors) {
  const std::string header =
      R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})";
  EXPECT_THAT(error_for(safetensors_file(header, std::string(6, 'x'))),
              AllOf(HasSubstr("'b'"), HasSubstr("overlaps"), HasSubstr("'a'")));
}

TEST(Safetensors, GapsAndTrailingBytes) {
  EXPECT_THAT(error_for(safetensors_file(entry("U8", "[2]", "[1,3]"), "abc")),
              HasSubstr("belong to no tensor"));
  EXPECT_THAT(error_for(safetensors_file(entry("U8", "[2]", "[0,2]"), "abc")),
              HasSubstr("belong to no tensor"));
}

TEST(Safetensors, TensorListedTwice) {
  const std::string one = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  EXPECT_THAT(error_for(safetensors_file("{" + one + "," + one + "}", "x")), HasSubstr("twice"));
}

TEST(Safetensors, SizesThatDoNotFit) {
  EXPECT_THAT(error_for(safetensors_file(entry("F32", "[2]", "[0,4]"), "abcd")), HasSubstr("do not fit"));
  EXPECT_THAT(
      error_for(safetensors_file(entry("F32", "[4611686018427387904,4611686018427387904]", "[0,4]"), "abcd")),
      HasSubstr("do not fit"));
  EXPECT_THAT(error_for(safetensors_file(entry("F32", "[-1]", "[0,4]"), "abcd")), HasSubstr("shape"));
  EXPECT_THAT(error_for(safetensors_file(entry("F32", "[1]", "[4,0]"), "abcd")), HasSubstr("bytes 4 to 0"));
  EXPECT_THAT(error_for(safetensors_file(entry("F32", "[1]", "[0,18446744073709551615]"), "abcd")),
              HasSubstr("'w'"));
  EXPECT_THAT(error_for(safetensors_file(entry("F32", "[1]", "[0]"), "abcd")), HasSubstr("data_offsets"));
  EXPECT_THAT(error_for(safetensors_file(entry("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), "abcd")),
              HasSubstr("dimensions"));
}

TEST(Safetensors, EmptyTensorsHaveSaneShapesToo) {
  EXPECT_EQ(error_for(safetensors_file(entry("F32", "[0,4]", "[0,0]"), "")), "");
  EXPECT_THAT(error_for(safetensors_file(entry("F32", "[0,4611686018427387904,4]", "[0,0]"), "")),
              HasSubstr("do not fit"));
}

TEST(Safetensors, UnknownType) {
  EXPECT_THAT(error_for(safetensors_file(entry("F4", "[1]", "[0,4]"), "abcd")),
              HasSubstr("unknown type 'F4'"));
}

}  // namespace
}  // namespace reckon::test
