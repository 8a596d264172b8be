// A model is weighed before it is loaded, and its cache takes what the device has left.
#include <filesystem>

#include <gmock/gmock.h>

#include "base/error.h"
#include "engine/generation/transformer_runner.h"
#include "engine/model/memory_need.h"
#include "engine/model/transformer.h"
#include "kernels/cuda/backend.h"
#include "tests/cuda_on_host/runtime.h"
#include "tests/engine/generation/tiny_models.h"
#include "tests/gpu/both_backends.h"

namespace reckon::kernels::test {
namespace {

using cuda_on_host::CudaBackend;
using testing::HasSubstr;

std::unique_ptr<engine::ModelSource> tiny_source(const std::string& name) {
  engine::OpenOptions open;
  open.dummy_weights = true;
  const std::string folder = engine::test::write_tiny_model(name);
  auto source = engine::ModelSource::open(folder, open);
  std::filesystem::remove_all(folder);
  return source;
}

class ModelFit : public testing::TestWithParam<std::string> {};

TEST_P(ModelFit, NeedIsWhatTheWeightsThenTake) {
  const auto source = tiny_source(GetParam());
  for (const auto& [activations, cache] : {std::pair{ActivationPrecision::by_weight, DataType::bf16},
                                           std::pair{ActivationPrecision::by_weight, DataType::f32},
                                           std::pair{ActivationPrecision::float32, DataType::bf16}}) {
    SCOPED_TRACE(testing::Message() << static_cast<int>(activations) << ", " << type_info(cache).name);
    BackendOptions options;
    options.activations = activations;
    CudaBackend cuda(options);
    const std::uint64_t latent = engine::latent_element_bytes(cuda.device(), activations, cache);
    const engine::MemoryNeed need = engine::memory_need(*source, {}, 0, latent);
    const auto model = engine::Transformer::load(*source, cuda, {16, {}});
    KvCacheSpec spec = model->kv_spec(cache, 16);
    spec.pages = 2;
    cuda.create_kv_cache(spec);  // from here on no step takes memory for weights
    const MemoryUse use = cuda.memory_use();
    const auto taken = static_cast<double>(use.weight_bytes_in_place + use.weight_bytes_repacked);
    const auto weighed = static_cast<double>(need.weight_bytes + need.latent_bytes);
    EXPECT_LE(weighed, taken) << "nothing that fits is refused";
    EXPECT_GE(weighed, 0.93 * taken) << "vectors and padding are little";
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, ModelFit, testing::ValuesIn(engine::test::tiny_model_names()),
                         [](const testing::TestParamInfo<std::string>& model) { return model.param; });

TEST(ModelFitRanks, EachTakesItsPart) {
  const auto source = tiny_source("deepseek");
  const auto whole = engine::memory_need(*source, {}, 0);
  const auto by_width = engine::memory_need(*source, {2, 1}, 0);
  EXPECT_LT(by_width.weight_bytes, whole.weight_bytes);
  EXPECT_EQ(by_width.latent_bytes, whole.latent_bytes / 2);
  const auto by_expert = engine::memory_need(*source, {1, 2}, 0);
  EXPECT_LT(by_expert.weight_bytes, whole.weight_bytes);
  EXPECT_EQ(by_expert.latent_bytes, whole.latent_bytes);
}

TEST(ModelFitRanks, WhatDoesNotFitIsRefusedWithItsNumbers) {
  const auto source = tiny_source("deepseek");
  const auto need = engine::memory_need(*source, {}, std::uint64_t{3} << 30);
  DeviceInfo device;
  device.backend = "cuda";
  device.name = "a card";
  device.memory_bytes = std::uint64_t{4} << 30;
  device.free_memory_bytes = need.total();
  EXPECT_NO_THROW(engine::check_fits(need, *source, device));
  --device.free_memory_bytes;
  for (const std::int32_t sharers : {1, 2}) {
    try {
      engine::check_fits(need, *source, device, sharers);
      FAIL() << "one byte is missing";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::not_evaluated);
      EXPECT_THAT(error.what(),
                  testing::AllOf(HasSubstr("MLA's matrices"),
                                 HasSubstr(sharers == 1 ? "KV cache 3.000" : "KV cache 6.000"),
                                 HasSubstr("4.000 GiB of a card"), HasSubstr("tensor_parallel_size")));
    }
  }
}

TEST(CudaMemory, RanksKeepThePagesThatTheFullestDeviceHas) {
  const auto source = tiny_source("llama");
  CudaBackend first({});
  CudaBackend second({});
  const auto model = engine::Transformer::load(*source, first, {16, {}});
  const auto other = engine::Transformer::load(*source, second, {16, {}});
  KvCacheSpec spec = model->kv_spec(DataType::f16, 16);
  spec.pages = 64;
  const std::uint64_t bytes = kv_page_bytes(spec) * 64;
  const std::uint64_t before = reckon::cuda_on_host::device_memory_in_use();
  reckon::cuda_on_host::set_device_memory(before + bytes * 3 / 2);  // both share it
  const auto roomy = engine::TransformerRunner::make_fitting(*model, spec, 64, 1);
  const auto full = engine::TransformerRunner::make_fitting(*other, spec, 64, 1);
  EXPECT_EQ(roomy->limits().pages, 64);
  EXPECT_EQ(full->limits().pages, 32);
  spec.pages = 32;
  roomy->keep_pages(spec);
  full->keep_pages(spec);
  EXPECT_EQ(roomy->limits().pages, 32);
  EXPECT_EQ(reckon::cuda_on_host::device_memory_in_use(), before + bytes);
  reckon::cuda_on_host::set_device_memory(std::uint64_t{4} << 30);
}

}  // namespace
}  // namespace reckon::kernels::test
