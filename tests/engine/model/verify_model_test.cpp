#include "engine/model/verify_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "tests/engine/formats/file_builders.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string verify_error(const std::vector<TensorSpec>& tensors) {
  const TemporaryFolder folder;
  folder.write("config.json", tiny_llama_config());
  folder.write("model.safetensors", safetensors_file(tensors));
  const auto source = engine::ModelSource::open(folder.path());
  return error_of([&] { engine::verify_model(*source); });
}

std::string with(std::string data, std::size_t byte, const std::string& change) {
  return data.replace(byte, change.size(), change);
}

TEST(VerifyModel, SoundWeightsPass) {
  EXPECT_EQ(verify_error({{"a", "F32", {4}, 4, ""}, {"b", "F8_E4M3", {4}, 1, "\x7e\xfe\x01\x80"}}), "");
}

TEST(VerifyModel, NamesTensorCountAndPlace) {
  const std::string nan = little_endian(std::bit_cast<std::uint32_t>(NAN), 4);
  EXPECT_THAT(
      verify_error({{"a", "F32", {4}, 4, with(std::string(16, '\0'), 8, nan)}}),
      AllOf(HasSubstr("model.safetensors"), HasSubstr("'a'"), HasSubstr("number 2"), HasSubstr("download")));
}

TEST(VerifyModel, EveryTypeIsLookedInto) {
  EXPECT_THAT(verify_error({{"h", "F16", {2}, 2, with(std::string(4, '\0'), 2, std::string("\0\x7c", 2))}}),
              HasSubstr("'h'"));
  EXPECT_THAT(verify_error({{"b", "BF16", {2}, 2, with(std::string(4, '\0'), 2, "\x80\xff")}}),
              HasSubstr("'b'"));
  EXPECT_THAT(verify_error({{"p", "F8_E4M3", {2}, 1, std::string("\0\x7f", 2)}}), HasSubstr("'p'"));
  EXPECT_THAT(verify_error({{"q", "F8_E4M3", {2}, 1, std::string("\0\xff", 2)}}),
              HasSubstr("FP8 codes are NaN"));
  const std::string minus_one = little_endian(std::bit_cast<std::uint32_t>(-1.0F), 4);
  EXPECT_THAT(verify_error({{"w_scale_inv", "F32", {1, 1}, 4, minus_one}}), HasSubstr("'w_scale_inv'"));
}

TEST(VerifyModel, NamesManyDamagedTensorsOnce) {
  std::vector<TensorSpec> tensors;
  for (int i = 0; i < 25; ++i) tensors.push_back({"t" + std::to_string(i), "F8_E4M3", {1}, 1, "\x7f"});
  EXPECT_THAT(verify_error(tensors), AllOf(HasSubstr("'t0'"), HasSubstr("and 5 other tensors")));
}

TEST(VerifyModel, ScalesOfGgufBlocks) {
  struct Case {
    std::uint32_t type;
    std::size_t block_bytes, elements, scale_byte;
  };
  const Case cases[] = {{2, 18, 32, 0}, {3, 20, 32, 2},    {6, 22, 32, 0},    {7, 24, 32, 2},
                        {8, 34, 32, 0}, {12, 144, 256, 2}, {13, 176, 256, 0}, {14, 210, 256, 208}};
  for (const Case& tested : cases) {
    GgufBuilder builder = tiny_llama_gguf();
    builder.add_tensor("last", {tested.elements}, tested.type, tested.block_bytes);
    std::string file = builder.build();
    const std::size_t start = file.size() - (tested.block_bytes + 31) / 32 * 32;
    const TemporaryFolder folder;
    const auto sound = engine::ModelSource::open(folder.write("sound.gguf", file));
    EXPECT_EQ(error_of([&] { engine::verify_model(*sound); }), "") << tested.type;
    file[start + tested.scale_byte + 1] = '\x7e';  // an f16 NaN
    const auto damaged = engine::ModelSource::open(folder.write("damaged.gguf", file));
    EXPECT_THAT(error_of([&] { engine::verify_model(*damaged); }), HasSubstr("'last'")) << tested.type;
  }
}

}  // namespace
}  // namespace reckon::test
