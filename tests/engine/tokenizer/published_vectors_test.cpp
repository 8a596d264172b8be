// Ids that llama.cpp publishes beside its vocabularies (*.gguf.inp, *.gguf.out): of the vocabulary in the
// GGUF file, and of the same one as a published tokenizer.json.

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/engine/tokenizer/gguf_keys.h"
#include "tests/support/shared_data.h"

namespace reckon::engine {
namespace {

constexpr EncodeOptions kPlain{.add_special_tokens = false, .parse_special_tokens = false};

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (std::size_t next; (next = text.find(separator, at)) != std::string::npos;
       at = next + separator.size()) {
    parts.push_back(text.substr(at, next - at));
  }
  parts.push_back(text.substr(at));
  return parts;
}

struct Published {
  const char* vectors;     ///< in tokenizers/ggml_vocab; the file of that name holds the vocabulary
  const char* vocabulary;  ///< in tokenizers
};

class PublishedVectors : public testing::TestWithParam<Published> {};

TEST_P(PublishedVectors, agree_id_for_id) {
  const auto vectors = test::shared_data(std::string("tokenizers/ggml_vocab/") + GetParam().vectors + ".inp");
  const auto path = test::shared_data(std::string("tokenizers/") + GetParam().vocabulary);
  if (!vectors || !path) GTEST_SKIP() << "no " << GetParam().vocabulary << " in the real data";
  const auto tokenizer = path->ends_with(".json") ? load_tokenizer_json(*path, "")
                                                  : make_tokenizer(test::read_gguf_vocabulary(*path));
  const std::string stem = vectors->substr(0, vectors->size() - std::string(".inp").size());
  const auto texts = split(read_file(stem + ".inp"), "\n__ggml_vocab_test__\n");
  const auto lines = split(read_file(stem + ".out"), "\n");
  ASSERT_GE(texts.size(), 40u);
  ASSERT_GE(lines.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<TokenId> expected;
    std::istringstream line(lines[i]);
    for (TokenId id; line >> id;) expected.push_back(id);
    const auto ids = tokenizer->encode(texts[i], kPlain);
    EXPECT_THAT(ids, testing::ElementsAreArray(expected)) << "text " << i << ": " << texts[i];
    EXPECT_EQ(tokenizer->decode(ids, false), texts[i]) << "text " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ggml, PublishedVectors,
    testing::Values(Published{"ggml-vocab-deepseek-llm.gguf", "ggml_vocab/ggml-vocab-deepseek-llm.gguf"},
                    Published{"ggml-vocab-gpt-2.gguf", "ggml_vocab/ggml-vocab-gpt-2.gguf"},
                    Published{"ggml-vocab-gpt-2.gguf", "hf/gpt2.json"}),
    [](const testing::TestParamInfo<Published>& published) {
      std::string name = published.param.vocabulary;
      std::replace_if(
          name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
      return name;
    });

}  // namespace
}  // namespace reckon::engine
