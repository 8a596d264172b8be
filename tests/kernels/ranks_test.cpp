// Back ends as ranks: what they exchange, the order of sums, and experts that live on other ranks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kernels/device.h"
#include "tests/kernels/run_ranks.h"

namespace reckon::kernels::test {
namespace {

using testing::HasSubstr;

Device rank_device(const std::shared_ptr<Communicator>& communicator) {
  Device device;
  BackendOptions options;
  options.threads = 1;
  options.activations = ActivationPrecision::float32;
  options.communicator = communicator;
  device.backend = make_cpu_backend(options);
  return device;
}

TEST(Ranks, GatherInRankOrder) {
  run_ranks(3, [](const auto& communicator) {
    const Device device = rank_device(communicator);
    EXPECT_EQ(device->ranks(), 3);
    const auto r = static_cast<float>(device->rank());
    const Tensor all = device.empty({6, 1});
    device->all_gather(all, device.floats({r, r + 0.5F}, {2, 1}));
    EXPECT_EQ(device.read(all), (std::vector<float>{0, 0.5F, 1, 1.5F, 2, 2.5F}));
  });
}

TEST(Ranks, PartsGoToTheirRanks) {
  run_ranks(3, [](const auto& communicator) {
    const Device device = rank_device(communicator);
    const auto r = device->rank();
    const Tensor to = device.empty({3}, DataType::i32);
    device->all_to_all(to, device.integers({10 * r, 10 * r + 1, 10 * r + 2}, {3}));
    EXPECT_EQ(device.read_integers(to), (std::vector<std::int32_t>{r, 10 + r, 20 + r}));
  });
}

TEST(Ranks, PartialSumsAreAddedInRankOrder) {
  // In any other order these do not give the same.
  const std::vector<float> parts = {1.0F, 1e8F, -1e8F, 0.25F};
  const float expected = ((parts[0] + parts[1]) + parts[2]) + parts[3];
  for (int repeat = 0; repeat < 20; ++repeat) {
    run_ranks(4, [&](const auto& communicator) {
      const Device device = rank_device(communicator);
      const Tensor sum = device.floats({parts[static_cast<std::size_t>(device->rank())]}, {1, 1});
      device->all_reduce(sum);
      EXPECT_EQ(device.read(sum), std::vector<float>{expected});
    });
  }
}

TEST(Ranks, UnequalCallsAndFailedRanksAreErrorsForAll) {
  EXPECT_THAT(error_of([] {
                run_ranks(2, [](const auto& communicator) {
                  const Device device = rank_device(communicator);
                  const std::int64_t n = 1 + device->rank();
                  device->all_reduce(device.empty({n, 1}));
                });
              }),
              HasSubstr("in the same call"));
  EXPECT_THAT(error_of([] {
                run_ranks(3, [](const auto& communicator) {
                  const Device device = rank_device(communicator);
                  if (device->rank() == 2) fail_evaluation("rank 2 ran out of memory");
                  device->all_reduce(device.empty({4, 1}));
                });
              }),
              HasSubstr("another rank failed"));
}

struct ExpertCase {
  const char* name;
  std::int32_t experts, top_k;
  std::vector<std::int32_t> chosen;
};

const std::vector<ExpertCase>& expert_cases() {
  static const std::vector<ExpertCase> cases = {
      {"mixed", 8, 2, {0, 7, 3, 4, 5, 1, 2, 2, 6, 0}},
      {"one_takes_all", 8, 1, {6, 6, 6, 6, 6, 6, 6}},
      {"one_token", 4, 3, {3, 0, 2}},
      {"fewer_tokens_than_ranks", 8, 2, {1, 0, 7, 3, 4, 2}},
      {"all_on_one_rank", 8, 2, {0, 1, 1, 0, 0, 1, 1, 0}},
  };
  return cases;
}

class RankExperts : public testing::TestWithParam<std::tuple<ExpertCase, std::int32_t>> {};

/// Experts of one rank, of all `experts`.
ExpertWeights experts_of(const Device& device, std::int32_t experts, std::int64_t width, std::int64_t inner) {
  const std::int32_t count = experts / device->ranks();
  ExpertWeights weights;
  for (std::int32_t e = device->rank() * count; e < (device->rank() + 1) * count; ++e) {
    const auto seed = static_cast<std::uint32_t>(10 * e);
    const auto load = [&](std::uint32_t part, std::int64_t rows, std::int64_t columns) {
      auto values =
          std::make_shared<std::vector<float>>(noise(static_cast<std::size_t>(rows * columns), seed + part));
      StoredTensor stored;
      stored.name = "expert";
      stored.rows = rows;
      stored.columns = columns;
      stored.data = std::as_bytes(std::span(*values));
      stored.owner = values;
      return device->load_weight(stored);
    };
    weights.gate.push_back(load(1, inner, width));
    weights.up.push_back(load(2, inner, width));
    weights.down.push_back(load(3, width, inner));
  }
  return weights;
}

TEST_P(RankExperts, GiveTheBitsOfOneDevice) {
  const auto& [item, ranks] = GetParam();
  constexpr std::int64_t kWidth = 20;
  constexpr std::int64_t kInner = 12;
  const auto tokens = static_cast<std::int64_t>(item.chosen.size()) / item.top_k;
  const std::vector<float> input = noise(static_cast<std::size_t>(tokens * kWidth), 1);
  const std::vector<float> before = noise(static_cast<std::size_t>(tokens * kWidth), 2);
  const std::vector<float> shares = noise(item.chosen.size(), 3);
  const Device one;
  const Tensor expected = one.floats(before, {tokens, kWidth});
  one->experts(expected, one.floats(input, {tokens, kWidth}), one.integers(item.chosen, {tokens, item.top_k}),
               one.floats(shares, {tokens, item.top_k}), experts_of(one, item.experts, kWidth, kInner));

  run_ranks(ranks, [&, ranks = ranks, &item = item](const auto& communicator) {
    const Device device = rank_device(communicator);
    const std::int64_t own = (tokens + ranks - 1) / ranks;
    const std::int64_t first = std::min(own * device->rank(), tokens);
    const std::int64_t count = std::min(own, tokens - first);
    const std::int64_t rows = ranks * own * std::min(item.top_k, item.experts / ranks);
    const auto own_part = [&](const Tensor& whole) { return narrow(whole, 0, count > 0 ? first : 0, count); };
    const Tensor chosen = own_part(device.integers(item.chosen, {tokens, item.top_k}));
    const ExpertDispatch sent{device.empty({rows, kWidth}), device.empty({rows}, DataType::i32),
                              own_part(device.empty({tokens, item.top_k}, DataType::i32))};
    device->dispatch(sent, own_part(device.floats(input, {tokens, kWidth})), chosen, item.experts);
    const Tensor received = device.empty({rows, kWidth});
    const Tensor ids = device.empty({rows}, DataType::i32);
    device->all_to_all(received, sent.rows);
    device->all_to_all(ids, sent.experts);
    const Tensor results = device.empty({rows, kWidth});
    device->expert_rows(results, received, ids, experts_of(device, item.experts, kWidth, kInner));
    const Tensor returned = device.empty({rows, kWidth});
    device->all_to_all(returned, results);
    if (count == 0) return;
    const Tensor sum = own_part(device.floats(before, {tokens, kWidth}));
    device->combine(sum, returned, sent.places, chosen,
                    own_part(device.floats(shares, {tokens, item.top_k})));
    const std::vector<float> all = one.read(expected);
    EXPECT_EQ(device.read(sum),
              std::vector<float>(all.begin() + first * kWidth, all.begin() + (first + count) * kWidth));
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, RankExperts,
                         testing::Combine(testing::ValuesIn(expert_cases()), testing::Values(1, 2, 4)),
                         [](const auto& tested) {
                           return std::string(std::get<0>(tested.param).name) + "_on_" +
                                  std::to_string(std::get<1>(tested.param));
                         });

TEST(Ranks, DispatchThatDoesNotFitIsRefused) {
  const Device device;
  const ExpertDispatch to{device.empty({2, 3}), device.empty({2}, DataType::i32),
                          device.empty({3, 1}, DataType::i32)};
  const Tensor input = device.empty({3, 3});
  EXPECT_THAT(error_of([&] {
                device->dispatch(to, input, device.integers({0, 0, 0}, {3, 1}), 1);
              }),
              HasSubstr("no room for more than 2 rows"));
  EXPECT_THAT(error_of([&] {
                device->dispatch(to, input, device.integers({0, 4, 0}, {3, 1}), 4);
              }),
              HasSubstr("expert 4 of 4"));
}

}  // namespace
}  // namespace reckon::kernels::test
