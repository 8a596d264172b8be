#include "engine/formats/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

#include "tests/engine/formats/file_builders.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

engine::GgufFile read(const std::string& file) {
  return engine::read_gguf(std::as_bytes(std::span<const char>(file)), "m.gguf", 0);
}

std::string error_for(const std::string& file) {
  return error_of([&] { read(file); });
}

TEST(Gguf, ReadsKeysAndTensors) {
  const engine::GgufFile file = read(tiny_llama_gguf(true).build());
  EXPECT_EQ(file.get_string("general.architecture"), "llama");
  EXPECT_EQ(file.get_int("llama.embedding_length", 0, 100), 32);
  ASSERT_EQ(file.tensors.size(), 11U);
  EXPECT_EQ(file.tensors[8].name, "blk.0.ffn_up.weight");
  EXPECT_EQ(file.tensors[8].shape, (std::vector<std::int64_t>{64, 32}));  // outermost first
  EXPECT_EQ(file.tensors[8].type, kernels::DataType::q8_0);
  EXPECT_EQ(file.tensors[8].bytes, 64U * 34U);
  EXPECT_EQ(file.tensors[8].offset % 32, 0U);
}

TEST(Gguf, EveryTruncationIsAnError) {
  const std::string file = tiny_llama_gguf().build();
  for (std::size_t length = 0; length < file.size(); length += length < 2048 ? 1 : 499) {
    EXPECT_THAT(error_for(file.substr(0, length)), HasSubstr("m.gguf")) << "cut to " << length;
  }
}

TEST(Gguf, MagicAndVersion) {
  GgufBuilder builder = tiny_llama_gguf();
  builder.magic = 0x12345678;
  EXPECT_THAT(error_for(builder.build()), HasSubstr("no GGUF file"));
  builder = tiny_llama_gguf();
  builder.version = 1;
  EXPECT_THAT(error_for(builder.build()), HasSubstr("version 1"));
  builder.version = 0x03000000;
  EXPECT_THAT(error_for(builder.build()), HasSubstr("big-endian"));
}

TEST(Gguf, CountsTheFileCannotHold) {
  for (const std::int64_t count : {std::int64_t{1} << 62, std::int64_t{100000}, INT64_MAX}) {
    GgufBuilder builder = tiny_llama_gguf();
    builder.tensor_count = count;
    EXPECT_THAT(error_for(builder.build()), AllOf(HasSubstr("byte 8"), HasSubstr("count")));
    builder = tiny_llama_gguf();
    builder.key_count = count;
    EXPECT_THAT(error_for(builder.build()), AllOf(HasSubstr("byte 16"), HasSubstr("count")));
  }
}

TEST(Gguf, LengthsAndTypesOfValues) {
  GgufBuilder builder;
  builder.add_raw("k", 8, little_endian(UINT64_MAX, 8));
  EXPECT_THAT(error_for(builder.build()), AllOf(HasSubstr("key 'k'"), HasSubstr("needs")));
  builder = {};
  builder.add_raw("k", 9, little_endian(4, 4) + little_endian(std::uint64_t{1} << 61, 8));
  EXPECT_THAT(error_for(builder.build()), AllOf(HasSubstr("key 'k'"), HasSubstr("count")));
  builder = {};
  builder.add_raw("k", 13, "");
  EXPECT_THAT(error_for(builder.build()), HasSubstr("value type 13"));
  builder = {};  // an array of arrays
  builder.add_raw("k", 9,
                  little_endian(9, 4) + little_endian(1, 8) + little_endian(4, 4) + little_endian(0, 8));
  EXPECT_THAT(error_for(builder.build()), HasSubstr("value type 9"));
  builder = {};
  builder.add_raw("k", 7, "\x02");
  EXPECT_THAT(error_for(builder.build()), HasSubstr("no boolean"));
}

TEST(Gguf, NamesTwiceOrNotUtf8) {
  GgufBuilder builder;
  builder.add_u32("k", 1).add_u32("k", 2);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("'k' stands twice"));
  builder = {};
  builder.add_tensor("t", {4}, 0, 16).add_tensor("t", {4}, 0, 16);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("'t' is listed twice"));
  builder = {};
  builder.add_tensor("\xff", {4}, 0, 16);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("no valid UTF-8"));
}

TEST(Gguf, TensorsOutsideOverlappingOrMisaligned) {
  GgufBuilder builder;
  builder.add_tensor("a", {8}, 0, 32);
  builder.missing_bytes = 1;
  EXPECT_THAT(error_for(builder.build()), AllOf(HasSubstr("'a'"), HasSubstr("incomplete")));
  builder = {};
  builder.add_tensor_at("a", {16}, 0, 0, 64).add_tensor_at("b", {8}, 0, 32, 32);
  EXPECT_THAT(error_for(builder.build()), AllOf(HasSubstr("'b'"), HasSubstr("overlaps"), HasSubstr("'a'")));
  builder = {};
  builder.add_tensor_at("a", {8}, 0, 4, 32);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("not aligned"));
  builder = {};
  builder.add_tensor("a", {8}, 0, 32).add_tensor_at("b", {8}, 0, 0xFFFFFFFFFFFFFFE0ULL, 0);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("'b'"));
}

TEST(Gguf, ShapesAndTypesOfTensors) {
  GgufBuilder builder;
  builder.add_tensor("a", {1ULL << 62, 1ULL << 62}, 0, 32);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("cannot have"));
  builder = {};
  builder.add_tensor("a", {33}, 8, 34);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("blocks of 32"));
  builder = {};
  builder.add_tensor("a", {0}, 0, 32);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("cannot have"));
  builder = {};
  builder.add_tensor("a", {1, 1, 1, 1, 1}, 0, 32);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("5 dimensions"));
  builder = {};
  builder.add_tensor("a", {8}, 77, 32);
  EXPECT_THAT(error_for(builder.build()), HasSubstr("type 77"));
}

TEST(Gguf, Alignment) {
  for (const std::uint32_t alignment : {0U, 4U, 48U, 1U << 30}) {
    GgufBuilder builder;
    builder.add_u32("general.alignment", alignment).add_tensor("a", {8}, 0, 32);
    EXPECT_THAT(error_for(builder.build()), HasSubstr("general.alignment"));
  }
}

TEST(GgufModel, OpensWithVocabularyTemplateAndGeneration) {
  const TemporaryFolder folder;
  const auto source = engine::ModelSource::open(folder.write("m.gguf", tiny_llama_gguf(true).build()));
  EXPECT_EQ(source->format(), "gguf");
  EXPECT_EQ(source->config().hidden_size, 32);
  EXPECT_TRUE(source->config().tied_embeddings);
  EXPECT_EQ(source->config().layers[0].attention.rope.pairing, kernels::RopeSpec::Pairing::adjacent);
  ASSERT_TRUE(source->vocabulary().has_value());
  EXPECT_EQ(source->vocabulary()->tokens.size(), 4U);
  EXPECT_EQ(source->generation_defaults().eos_tokens, (std::vector<engine::TokenId>{2}));
  EXPECT_EQ(source->chat_templates().at("default"), "{{ messages[0].content }}");
  const auto tensor = source->tensor({"blk.0.ffn_up.weight", 64, 32, engine::TensorRole::linear});
  EXPECT_EQ(tensor.data.size(), 64U * 34U);
}

TEST(GgufModel, SplitFilesOpenByAnyPart) {
  GgufBuilder first = tiny_llama_gguf();
  first.add_u32("split.count", 2).add_u32("split.no", 0).add_u32("split.tensors.count", 12);
  GgufBuilder second;
  second.add_u32("split.count", 2).add_u32("split.no", 1).add_tensor("output.weight", {32, 4}, 0, 512);
  const TemporaryFolder folder;
  folder.write("m-00001-of-00002.gguf", first.build());
  const std::string other = folder.write("m-00002-of-00002.gguf", second.build());
  const auto source = engine::ModelSource::open(other);
  EXPECT_EQ(source->tensors().size(), 12U);
  EXPECT_FALSE(source->config().tied_embeddings);
  EXPECT_EQ(source->files().size(), 2U);
}

TEST(GgufModel, MissingAndWronglyNamedParts) {
  GgufBuilder first = tiny_llama_gguf();
  first.add_u32("split.count", 2);
  const TemporaryFolder folder;
  const std::string path = folder.write("m-00001-of-00002.gguf", first.build());
  EXPECT_THAT(error_of([&] { engine::ModelSource::open(path); }), HasSubstr("m-00002-of-00002.gguf"));
  const std::string renamed = folder.write("m.gguf", first.build());
  EXPECT_THAT(error_of([&] { engine::ModelSource::open(renamed); }), HasSubstr("split.count"));
}

TEST(GgufModel, UnknownArchitectureListsTheKnown) {
  GgufBuilder builder;
  builder.add_string("general.architecture", "lama");
  const TemporaryFolder folder;
  const std::string path = folder.write("m.gguf", builder.build());
  EXPECT_THAT(error_of([&] { engine::ModelSource::open(path); }),
              AllOf(HasSubstr("'lama'"), HasSubstr("deepseek2"), HasSubstr("did you mean 'llama'")));
}

TEST(GgufModel, UnknownKeyIsRefusedUnlessNamed) {
  GgufBuilder builder = tiny_llama_gguf();
  builder.add_u32("llama.attention.soft_cap", 30);
  const TemporaryFolder folder;
  const std::string path = folder.write("m.gguf", builder.build());
  EXPECT_THAT(error_of([&] { engine::ModelSource::open(path); }),
              AllOf(HasSubstr("attention.soft_cap"), HasSubstr("ignore_config_keys")));
  engine::OpenOptions options;
  options.ignored_config_keys = {"attention.soft_cap"};
  EXPECT_NO_THROW(engine::ModelSource::open(path, options));
}

}  // namespace
}  // namespace reckon::test
