// tokenizer.json files that are broken or made to do harm: a clear error, no crash.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string error_of(const std::string& content) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("tokenizer.json", content);
  try {
    const auto tokenizer = load_tokenizer_json(path);
    tokenizer->decode(tokenizer->encode("Hello, world! ab 12 \n <s> é"), false);
    return "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    EXPECT_THAT(error.what(), HasSubstr("tokenizer.json"));
    return error.what();
  }
}

// A small tokenizer.json with some of its parts replaced.
struct Parts {
  std::string vocab = R"({"a": 0, "b": 1, "ab": 2, "<s>": 3})";
  std::string merges = R"(["a b"])";
  std::string added = "[]";
  std::string normalizer = "null";
  std::string pre_tokenizer = "null";
  std::string post_processor = "null";
  std::string decoder = "null";
  std::string more = "";
};

std::string file(const Parts& parts) {
  return R"({"added_tokens": )" + parts.added + R"(, "normalizer": )" + parts.normalizer +
         R"(, "pre_tokenizer": )" + parts.pre_tokenizer + R"(, "post_processor": )" + parts.post_processor +
         R"(, "decoder": )" + parts.decoder + R"(, "model": {"type": "BPE", "vocab": )" + parts.vocab +
         R"(, "merges": )" + parts.merges + parts.more + "}}";
}

TEST(HostileTokenizerJson, vocabularies) {
  EXPECT_EQ(error_of(file({})), "no error");
  EXPECT_THAT(error_of(file({.vocab = R"({"a": 0, "a": 1})"})), HasSubstr("token 'a' is there twice"));
  EXPECT_THAT(error_of(file({.vocab = R"({"a": 0, "b": 0})"})), HasSubstr("id 0 is given to both"));
  EXPECT_THAT(error_of(file({.vocab = R"({"a": -1})"})), HasSubstr("the id of 'a'"));
  EXPECT_THAT(error_of(file({.vocab = R"({"a": 2000000000})"})), HasSubstr("the id of 'a'"));
  EXPECT_THAT(error_of(file({.vocab = R"({"a": "0"})"})), HasSubstr("the id of 'a'"));
  EXPECT_THAT(error_of(file({.vocab = "{}", .merges = "[]"})), HasSubstr("no tokens"));
  EXPECT_THAT(error_of(file({.vocab = "[]"})), HasSubstr("expected a JSON object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("missing field 'model'"));
  EXPECT_THAT(error_of(R"({"model": {"type": "Unigram", "vocab": []}})"),
              HasSubstr("model type 'Unigram' is not supported"));
}

TEST(HostileTokenizerJson, merges) {
  EXPECT_THAT(error_of(file({.merges = R"(["a z"])"})),
              HasSubstr("merges[0]: 'az' is not in the vocabulary"));
  EXPECT_THAT(error_of(file({.merges = R"(["a b", "b a"])"})), HasSubstr("merges[1]"));
  EXPECT_THAT(error_of(file({.merges = R"(["ab"])"})), HasSubstr("should be two pieces"));
  EXPECT_THAT(error_of(file({.merges = R"(["a b c"])"})), HasSubstr("should be two pieces"));
  EXPECT_THAT(error_of(file({.merges = R"([["a"]])"})), HasSubstr("should be two pieces"));
  EXPECT_THAT(error_of(file({.merges = "5"})), HasSubstr("'merges' should be an array"));
  EXPECT_THAT(error_of(file({.more = R"(, "unk_token": "<unk>")"})),
              HasSubstr("'<unk>' is not in the vocabulary"));
  EXPECT_THAT(error_of(file({.more = R"(, "dropout": 0.1)"})), HasSubstr("dropout"));
}

TEST(HostileTokenizerJson, added_tokens) {
  EXPECT_THAT(error_of(file({.added = R"([{"id": 0, "content": "x"}])"})),
              HasSubstr("id 0 is given to both"));
  EXPECT_THAT(error_of(file({.added = R"([{"id": -4, "content": "x"}])"})), HasSubstr("added_tokens[0]"));
  EXPECT_THAT(error_of(file({.added = R"([{"content": "x"}])"})), HasSubstr("missing field 'id'"));
  EXPECT_THAT(error_of(file({.added = R"([{"id": 9, "content": ")" + std::string(5000, 'x') + R"("}])"})),
              HasSubstr("an added token of 5000 bytes"));
  EXPECT_EQ(error_of(file({.added = R"([{"id": 9, "content": ""}])"})), "no error");
}

TEST(HostileTokenizerJson, parts_that_are_not_known_are_named) {
  EXPECT_THAT(error_of(file({.normalizer = R"({"type": "Precompiled"})"})),
              HasSubstr("normalizer type 'Precompiled'"));
  EXPECT_THAT(error_of(file({.pre_tokenizer = R"({"type": "UnicodeScripts"})"})),
              HasSubstr("pre-tokenizer type 'UnicodeScripts'"));
  EXPECT_THAT(error_of(file({.post_processor = R"({"type": "Odd"})"})),
              HasSubstr("post-processor type 'Odd'"));
  EXPECT_THAT(error_of(file({.decoder = R"({"type": "CTC"})"})), HasSubstr("decoder type 'CTC'"));
  EXPECT_THAT(
      error_of(file({.pre_tokenizer = R"({"type": "Sequence", "pretokenizers": [{"type": "Odd"}]})"})),
      AllOf(HasSubstr("pretokenizers[0]"), HasSubstr("'Odd'")));
  EXPECT_THAT(error_of(file({.pre_tokenizer =
                                 R"({"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated"})"})),
              HasSubstr("does not compile"));
  EXPECT_THAT(error_of(file({.pre_tokenizer =
                                 R"({"type": "Split", "pattern": {"Odd": "("}, "behavior": "Isolated"})"})),
              HasSubstr("expected a 'String' or a 'Regex'"));
  EXPECT_THAT(error_of(file(
                  {.pre_tokenizer = R"({"type": "Split", "pattern": {"String": " "}, "behavior": "Odd"})"})),
              HasSubstr("'behavior' is 'Odd'"));
  EXPECT_THAT(error_of(file({.pre_tokenizer = R"({"type": "Metaspace", "replacement": ""})"})),
              HasSubstr("'replacement' is empty"));
}

TEST(HostileTokenizerJson, post_processors) {
  const auto with = [](const std::string& single, const std::string& tokens) {
    return error_of(file({.post_processor = R"({"type": "TemplateProcessing", "single": )" + single +
                                            R"(, "special_tokens": )" + tokens + "}"}));
  };
  const std::string text = R"({"Sequence": {"id": "A", "type_id": 0}})";
  const std::string mark = R"({"SpecialToken": {"id": "<s>", "type_id": 0}})";
  EXPECT_EQ(with("[" + mark + "," + text + "]", R"({"<s>": {"ids": [3]}})"), "no error");
  EXPECT_THAT(with("[" + mark + "," + text + "]", R"({"<s>": {"ids": [300]}})"),
              HasSubstr("beginning token has id 300"));
  EXPECT_THAT(with("[" + mark + "," + text + "]", R"({"<s>": {"ids": ["3"]}})"),
              HasSubstr("should hold integers"));
  EXPECT_THAT(with("[" + mark + "," + text + "]", "{}"), HasSubstr("missing field '<s>'"));
  EXPECT_THAT(with("[" + mark + "]", R"({"<s>": {"ids": [3]}})"), HasSubstr("no place for the text"));
  EXPECT_THAT(with("[" + text + "," + text + "]", "{}"), HasSubstr("twice"));
}

TEST(HostileTokenizerJson, replacements_that_grow_without_end) {
  std::string steps;
  for (int i = 0; i < 60; ++i) {
    steps += R"x({"type": "Replace", "pattern": {"Regex": "(?s:.)"}, "content": "bbbbbbbbbb"},)x";
  }
  steps.pop_back();
  const std::string content = file({.normalizer = R"({"type": "Sequence", "normalizers": [)" + steps + "]}"});
  const test::TemporaryFolder folder;
  const auto tokenizer = load_tokenizer_json(folder.write("tokenizer.json", content));
  EXPECT_THROW(tokenizer->encode("aa"), Error);
}

TEST(HostileTokenizerJson, truncated_or_changed_anywhere) {
  const std::string whole = read_file(test::source_file("tests/engine/tokenizer/data/sentencepiece.json"));
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    EXPECT_NE(error_of(whole.substr(0, length)), "no error") << length;
  }
  for (std::size_t at = 0; at < whole.size(); at += 53) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x15);
    EXPECT_FALSE(error_of(changed).empty());
  }
  EXPECT_THAT(error_of(std::string(100'000, '[')), HasSubstr("nested deeper"));
}

}  // namespace
}  // namespace reckon::engine
