// The CUDA back end as several ranks, which here exchange data through the host: experts on other ranks give
// the bits of the CPU's one device, and partial sums are added in rank order.
#include "base/error.h"
#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"
#include "tests/kernels/run_ranks.h"

namespace reckon::kernels::test {
namespace {

class CudaRanks : public DeviceTest {};

TEST_F(CudaRanks, SumsAndGathersAreInRankOrder) {
  const std::vector<float> parts = {1.0F, 1e8F, -1e8F, 0.25F};
  run_ranks(4, [&](const std::shared_ptr<Communicator>& communicator) {
    BackendOptions options;
    options.communicator = communicator;
    const auto backend = make_tested_backend(options);
    const Bench b{*backend};
    const Tensor sum = b.put<float>({parts[static_cast<std::size_t>(b->rank())], 1.0F}, {2, 1});
    b->all_reduce(sum);
    EXPECT_EQ(b.get(sum), (Values{((parts[0] + parts[1]) + parts[2]) + parts[3], 4.0F}));
    const Tensor all = b.empty({4}, DataType::i32);
    b->all_gather(all, b.put<std::int32_t>({b->rank()}, {1}));
    EXPECT_EQ(b.get<std::int32_t>(all), (std::vector<std::int32_t>{0, 1, 2, 3}));
  });
}

/// Experts `first` to `first + count` of a layer.
ExpertWeights expert_weights(const Bench& b, std::int32_t first, std::int32_t count) {
  ExpertWeights experts;
  for (std::int32_t e = first; e < first + count; ++e) {
    const auto seed = static_cast<std::uint32_t>(10 * e);
    experts.gate.push_back(b->load_weight(varied_weight(DataType::f32, 12, 20, seed + 1)));
    experts.up.push_back(b->load_weight(varied_weight(DataType::f32, 12, 20, seed + 2)));
    experts.down.push_back(b->load_weight(varied_weight(DataType::f32, 20, 12, seed + 3)));
  }
  return experts;
}

TEST_F(CudaRanks, ExpertsOnOtherRanksGiveTheBitsOfOneDevice) {
  constexpr std::int32_t kExperts = 4;
  constexpr std::int64_t kTopK = 2;
  constexpr std::int64_t kTokens = 5;
  const std::vector<std::int32_t> choices = {0, 3, 2, 1, 3, 3, 1, 0, 3, 2};
  BackendOptions options;
  options.threads = 1;
  const auto cpu = make_cpu_backend(options);
  const Bench one{*cpu};
  const Tensor sum = one.noise_of({kTokens, 20}, 1);
  one->experts(sum, one.noise_of({kTokens, 20}, 2), one.put(choices, {kTokens, kTopK}),
               one.noise_of({kTokens, kTopK}, 3), expert_weights(one, 0, kExperts));
  const Values expected = one.get(sum);

  for (const std::int32_t ranks : {1, 2, 4}) {
    SCOPED_TRACE(ranks);
    run_ranks(ranks, [&](const std::shared_ptr<Communicator>& communicator) {
      BackendOptions divided = options;
      divided.communicator = communicator;
      const auto backend = make_tested_backend(divided);
      const Bench b{*backend};
      const std::int64_t own = (kTokens + ranks - 1) / ranks;
      const std::int64_t first = std::min(own * b->rank(), kTokens);
      const std::int64_t count = std::min(own, kTokens - first);
      const std::int64_t rows = ranks * own * std::min<std::int64_t>(kTopK, kExperts / ranks);
      const auto mine = [&](const Tensor& whole) { return narrow(whole, 0, count > 0 ? first : 0, count); };
      const Tensor chosen = mine(b.put(choices, {kTokens, kTopK}));
      const ExpertDispatch sent{b.empty({rows, 20}), b.empty({rows}, DataType::i32),
                                mine(b.empty({kTokens, kTopK}, DataType::i32))};
      b->dispatch(sent, mine(b.noise_of({kTokens, 20}, 2)), chosen, kExperts);
      const Tensor received = b.empty({rows, 20});
      const Tensor ids = b.empty({rows}, DataType::i32);
      const Tensor results = b.empty({rows, 20});
      const Tensor returned = b.empty({rows, 20});
      b->all_to_all(ids, sent.experts);
      b->all_to_all(received, sent.rows);
      b->expert_rows(results, received, ids,
                     expert_weights(b, b->rank() * kExperts / ranks, kExperts / ranks));
      b->all_to_all(returned, results);
      if (count == 0) return;
      const Tensor part = mine(b.noise_of({kTokens, 20}, 1));
      b->combine(part, returned, sent.places, chosen, mine(b.noise_of({kTokens, kTopK}, 3)));
      expect_same_bits(b.get(part),
                       Values(expected.begin() + first * 20, expected.begin() + (first + count) * 20));
    });
  }
}

TEST_F(CudaRanks, ARankWithoutRoomIsAnError) {
  const auto backend = make_tested_backend({});
  const Bench b{*backend};
  const ExpertDispatch to{b.empty({2, 3}), b.empty({2}, DataType::i32), b.empty({3, 1}, DataType::i32)};
  b->dispatch(to, b.noise_of({3, 3}, 1), b.put<std::int32_t>({0, 0, 0}, {3, 1}), 1);
  EXPECT_THROW(b->wait(), Error);
}

}  // namespace
}  // namespace reckon::kernels::test
