#include "engine/model/transformer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <span>
#include <vector>

#include "base/error.h"
#include "tests/engine/formats/file_builders.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

kernels::RaggedBatch prompt(std::int32_t tokens) {
  kernels::RaggedBatch batch;
  for (std::int32_t i = 0; i < tokens; ++i) {
    batch.token_ids.push_back(i % 4);
    batch.positions.push_back(i);
    batch.roles.push_back(kernels::TokenRole::prompt);
  }
  kernels::SequenceSlice slice;
  slice.token_count = tokens;
  slice.pages = {0};
  batch.sequences.push_back(slice);
  return batch;
}

class TinyModel {
 public:
  explicit TinyModel(const std::string& weights) : backend_(kernels::make_cpu_backend()) {
    folder_.write("config.json", tiny_llama_config());
    folder_.write("model.safetensors", weights);
    source_ = engine::ModelSource::open(folder_.path());
    model_ = engine::Transformer::load(*source_, *backend_, {8, {}});
    kernels::KvCacheSpec spec = model_->kv_spec(kernels::DataType::f16, 32);
    spec.pages = 1;
    cache_ = backend_->create_kv_cache(spec);
  }
  engine::Transformer& model() { return *model_; }
  kernels::KvCacheHandle cache() const { return cache_; }

  std::vector<std::int32_t> first_non_finite(std::int32_t tokens) {
    const kernels::RaggedBatch batch = prompt(tokens);
    std::vector<std::int32_t> rows(static_cast<std::size_t>(tokens));
    std::iota(rows.begin(), rows.end(), 0);
    model_->forward(batch, cache_, rows);
    return first_non_finite_of_last_step(tokens);
  }

  std::vector<std::int32_t> first_non_finite_of_last_step(std::int32_t tokens) {
    std::vector<std::int32_t> values(static_cast<std::size_t>(tokens));
    backend_->download(std::as_writable_bytes(std::span<std::int32_t>(values)), model_->first_non_finite());
    backend_->wait();
    return values;
  }

  std::vector<float> hidden(std::int32_t tokens, const std::vector<std::int32_t>& rows) {
    const kernels::RaggedBatch batch = prompt(tokens);
    const kernels::Tensor hidden = model_->forward(batch, cache_, rows);
    std::vector<float> values(static_cast<std::size_t>(hidden.elements()));
    backend_->download(std::as_writable_bytes(std::span<float>(values)), hidden);
    backend_->wait();
    return values;
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<kernels::Backend> backend_;
  std::unique_ptr<engine::ModelSource> source_;
  std::unique_ptr<engine::Transformer> model_;
  kernels::KvCacheHandle cache_;
};

// The same file with one number of a tensor replaced.
std::string with_number(std::string file, const std::string& tensor, std::size_t index, float value) {
  const auto header_bytes = static_cast<std::size_t>(static_cast<unsigned char>(file[0])) +
                            256 * static_cast<std::size_t>(static_cast<unsigned char>(file[1]));
  const std::size_t at = file.find("\"" + tensor + "\"");
  const std::size_t offset = std::stoul(file.substr(file.find("data_offsets\":[", at) + 15));
  return file.replace(8 + header_bytes + offset + 4 * index, 4,
                      little_endian(std::bit_cast<std::uint32_t>(value), 4));
}

TEST(Transformer, SoundWeightsStayFinite) {
  TinyModel tiny(tiny_llama_safetensors());
  EXPECT_EQ(tiny.first_non_finite(3), (std::vector<std::int32_t>{-1, -1, -1}));
}

TEST(Transformer, NamesTheLayerThatFirstLostARow) {
  // Row 1 of the embedding belongs to the second token alone.
  TinyModel tiny(with_number(tiny_llama_safetensors(), "model.embed_tokens.weight", 32, NAN));
  const std::vector<std::int32_t> found = tiny.first_non_finite(4);
  EXPECT_EQ(found[0], -1) << "earlier tokens do not see it";
  EXPECT_EQ(found[1], 0);
  EXPECT_EQ(engine::describe_non_finite(tiny.model().config(), 0), "layer 0");
  EXPECT_EQ(engine::describe_non_finite(tiny.model().config(), -1), "the final norm or the output matrix");
}

TEST(Transformer, TheLastRowAloneIsWhatItIsAmongAll) {
  TinyModel tiny(tiny_llama_safetensors());
  const std::vector<float> all = tiny.hidden(6, {0, 1, 2, 3, 4, 5});
  const std::vector<float> last = tiny.hidden(6, {5});
  ASSERT_EQ(all.size(), 6 * last.size());
  EXPECT_TRUE(std::equal(last.begin(), last.end(), all.end() - static_cast<std::ptrdiff_t>(last.size())));
}

TEST(Transformer, AskedForTheLastRowAloneItNamesTheLayerOfThatRow) {
  // Row 3 of the embedding belongs to the fourth token.
  TinyModel tiny(with_number(tiny_llama_safetensors(), "model.embed_tokens.weight", 3 * 32, NAN));
  tiny.hidden(4, {3});
  EXPECT_EQ(tiny.first_non_finite_of_last_step(4), (std::vector<std::int32_t>{-1, -1, -1, 0}));
}

TEST(Transformer, CacheSpecificationFollowsTheConfig) {
  TinyModel tiny(tiny_llama_safetensors());
  const kernels::KvCacheSpec spec = tiny.model().kv_spec(kernels::DataType::f32, 16);
  ASSERT_EQ(spec.groups.size(), 1U);
  EXPECT_EQ(spec.groups[0].layout, kernels::KvLayout::full);
  EXPECT_EQ(spec.groups[0].layers, 1);
  EXPECT_EQ(spec.groups[0].kv_heads, 1);
  EXPECT_EQ(spec.groups[0].key_dim, 16);
  EXPECT_EQ(spec.groups[0].type, kernels::DataType::f32);
  EXPECT_EQ(spec.pages, 0);
}

TEST(Transformer, StepsAndRowsOutOfRangeAreRefused) {
  TinyModel tiny(tiny_llama_safetensors());
  EXPECT_THROW(tiny.model().forward(prompt(9), tiny.cache(), {}), Error);
  const kernels::RaggedBatch batch = prompt(3);
  const std::vector<std::int32_t> outside{3};
  EXPECT_THROW(tiny.model().forward(batch, tiny.cache(), outside), Error);
  const std::vector<std::int32_t> rows{2, 0};
  const kernels::Tensor hidden = tiny.model().forward(batch, tiny.cache(), rows);
  EXPECT_EQ(hidden.dim(0), 2);
  EXPECT_EQ(hidden.dim(1), 32);
  EXPECT_THROW(tiny.model().logits(hidden, 1, 2), Error);
  EXPECT_EQ(tiny.model().logits(hidden, 0, 2).dim(1), 4);
}

TEST(Transformer, MissingOrMisshapenWeightsAreRefused) {
  const TemporaryFolder folder;
  std::string config = tiny_llama_config();
  config.replace(config.find("\"intermediate_size\": 64"), 23, "\"intermediate_size\": 96");
  folder.write("config.json", config);
  folder.write("model.safetensors", tiny_llama_safetensors());
  const auto source = engine::ModelSource::open(folder.path());
  const auto backend = kernels::make_cpu_backend();
  const std::string message = error_of([&] { engine::Transformer::load(*source, *backend); });
  EXPECT_NE(message.find("mlp.gate_proj.weight"), std::string::npos) << message;
  EXPECT_NE(message.find("[96, 32]"), std::string::npos) << message;
}

}  // namespace
}  // namespace reckon::test
