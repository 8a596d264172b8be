// Counts of operations, bytes and messages against published ones.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "reports/estimate/operations.h"
#include "tests/reports/estimate/share_files.h"

namespace reckon::reports {
namespace {

const Operation& part(const LayerWork& work, const std::string& name) {
  for (const Operation& operation : work.operations) {
    if (operation.name == name) return operation;
  }
  throw std::runtime_error("no operation " + name);
}

const Transfer& transfer(const LayerWork& work, TransferKind kind) {
  for (const Transfer& item : work.transfers) {
    if (item.kind == kind) return item;
  }
  throw std::runtime_error("no such transfer");
}

LayerWork decode_layer(const ModelShape& shape, double tokens, const Layout& layout) {
  WorkOptions options;
  options.precision = Precision::fp8;
  options.matrix_bytes = 1;
  return layer_work(shape, true, {false, tokens, tokens, 4096, tokens}, layout, options);
}

TEST(Operations, AbsorbedAttentionCostsWhatTheReferenceSays) {
  const ModelShape shape = test::shipped_shape("deepseek-v3");
  const LayerWork work = decode_layer(shape, 1, {});
  // 2 x 128 x (576 + 512) a KV token, layer and query token; 1,152 bytes of cache.
  EXPECT_DOUBLE_EQ(part(work, "attention over the cache").flops, 278'528.0 * 4096);
  EXPECT_DOUBLE_EQ(part(work, "attention over the cache").bytes, 1'152.0 * 4096);
}

TEST(Operations, InputsOfFp8ProductsAreQuantisedOnceEach) {
  const ModelShape shape = test::shipped_shape("deepseek-v3");
  // Three bytes (16 bits read, 8 written) a number: hidden, both latents' inputs, attention's result, and the
  // shared expert's two; a prompt's keys and values come from the latent too.
  const double decode = 7168 + 1536 + 128 * 128 + 7168 + 2048;
  EXPECT_DOUBLE_EQ(part(decode_layer(shape, 1, {}), "quantisation of inputs").bytes, 3 * decode);
  WorkOptions options;
  options.precision = Precision::fp8;
  const Step prompt{true, 1, 1, 1, 1};
  EXPECT_DOUBLE_EQ(part(layer_work(shape, true, prompt, {}, options), "quantisation of inputs").bytes,
                   3 * (decode + 512));
  options.separate_quantisation = false;
  EXPECT_THROW(part(layer_work(shape, true, prompt, {}, options), "quantisation of inputs"),
               std::runtime_error);
  options = {};
  EXPECT_THROW(part(layer_work(shape, true, prompt, {}, options), "quantisation of inputs"),
               std::runtime_error);
}

TEST(Operations, OneTokenMeetsTheActiveParametersOnce) {
  // All products of one token on one device, in both forms of the feed-forward: 2 operations a parameter.
  for (const char* name : {"deepseek-v3", "llama-3.1-70b"}) {
    const ModelShape shape = test::shipped_shape(name);
    const Step step{true, 1, 1, 0, 1};
    double flops = head_work(shape, step, {}).flops;
    for (const bool experts : {false, true}) {
      const double layers = experts ? shape.expert_layers : shape.layers - shape.expert_layers;
      if (layers <= 0) continue;
      for (const Operation& operation : layer_work(shape, experts, step, {}, {}).operations) {
        flops += layers * operation.flops;
      }
    }
    EXPECT_NEAR(flops / (2 * shape.active_parameters()), 1, 1e-9) << name;
  }
}

TEST(Operations, CuttingOverDevicesLosesNoWork) {
  const ModelShape shape = test::shipped_shape("llama-3.1-70b");
  const auto total = [&](int devices) {
    double flops = 0;
    const Layout layout{devices, devices, 1, 0, 8};
    for (const Operation& item : layer_work(shape, false, {true, 64, 1, 32, 1}, layout, {}).operations) {
      flops += devices * item.flops;
    }
    return flops;
  };
  EXPECT_NEAR(total(8) / total(1), 1, 1e-9);
}

TEST(Operations, DispatchAndCombineHaveTheirPublishedVolumeAndTime) {
  const ModelShape shape = test::shipped_shape("deepseek-v3");
  Machine machine;
  machine.card = find_accelerator(test::shipped_hardware(), "h800");
  const Assumptions middle = test::shipped_constants().at(Corner::middle);
  const MachineRates rates = rates_of(machine, Precision::fp8, middle, Corner::middle);
  // DeepEP, low latency, 128 tokens a device: dispatch and combine in microseconds.
  const struct {
    int places;
    double dispatch;
    double combine;
  } published[] = {{16, 118, 195}, {32, 155, 273}, {64, 173, 314}, {128, 192, 369}, {256, 194, 360}};
  for (const auto& row : published) {
    const LayerWork work = decode_layer(shape, 128, {row.places, 1, row.places, 0, 8});
    const Transfer& dispatch = transfer(work, TransferKind::dispatch);
    const Transfer& combine = transfer(work, TransferKind::combine);
    EXPECT_NEAR(combine.network_bytes, 128.0 * 8 * 7168 * 2 * (row.places - 8) / row.places, 1);
    EXPECT_NEAR(dispatch.network_bytes / combine.network_bytes, 0.5 * (1 + 4.0 / 128), 1e-9);
    EXPECT_NEAR(time_of(dispatch, rates).seconds * 1e6 / row.dispatch, 1, 0.2) << row.places;
    EXPECT_NEAR(time_of(combine, rates).seconds * 1e6 / row.combine, 1, 0.2) << row.places;
    EXPECT_EQ(time_of(combine, rates).limit, Limit::network);
  }
}

TEST(Operations, TouchedExpertsAgreeWithDraws) {
  std::mt19937_64 random(7);
  double sum = 0;
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<int> count(64, 0);
    for (int token = 0; token < 10; ++token) {
      std::vector<int> order(64);
      for (int i = 0; i < 64; ++i) order[i] = i;
      std::shuffle(order.begin(), order.end(), random);
      for (int i = 0; i < 6; ++i) count[order[i]] = 1;
    }
    for (const int one : count) sum += one;
  }
  EXPECT_NEAR(touched_experts(64, 6, 10), sum / kRounds, 0.3);
}

TEST(Operations, TouchedNodesAgreeWithDrawsUnderTheGroupLimit) {
  const ModelShape shape = test::shipped_shape("deepseek-v3");
  std::mt19937_64 random(11);
  const auto simulate = [&](int places) {
    double sum = 0;
    constexpr int kRounds = 20000;
    for (int round = 0; round < kRounds; ++round) {
      std::vector<int> groups{0, 1, 2, 3, 4, 5, 6, 7};
      std::shuffle(groups.begin(), groups.end(), random);
      std::vector<int> experts;
      for (int g = 0; g < 4; ++g) {
        for (int i = 0; i < 32; ++i) experts.push_back(groups[g] * 32 + i);
      }
      std::shuffle(experts.begin(), experts.end(), random);
      std::vector<int> hit(places, 0);
      for (int i = 0; i < 8; ++i) hit[experts[i] * places / 256] = 1;
      for (const int one : hit) sum += one;
    }
    return sum / kRounds;
  };
  // Draws are without replacement, the formula with: within 4 %.
  for (const int places : {2, 4, 8, 16, 32}) {
    EXPECT_NEAR(touched_places(shape.experts, places) / simulate(places), 1, 0.04) << places;
  }
}

}  // namespace
}  // namespace reckon::reports
