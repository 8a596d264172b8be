#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/kernels/device.h"

namespace reckon::kernels::test {
namespace {

struct Choice {
  std::vector<std::int32_t> chosen;
  std::vector<float> weights;
};

Choice route(const RouterSpec& spec, const std::vector<float>& logits, const std::vector<float>& bias,
             int threads = 1, cpu::CpuPath path = available_paths().back()) {
  const Device device(threads, path);
  const std::int64_t tokens = static_cast<std::int64_t>(logits.size()) / spec.experts;
  const Tensor chosen = device.empty({tokens, spec.top_k}, DataType::i32);
  const Tensor weights = device.empty({tokens, spec.top_k});
  device->route(chosen, weights, device.floats(logits, {tokens, spec.experts}),
                bias.empty() ? Tensor{} : device.floats(bias, {spec.experts}), spec);
  return {device.read_integers(chosen), device.read(weights)};
}

/// The definition in double precision: class Gate of DeepSeek-V3's inference/model.py with -infinity masks.
Choice reference(const RouterSpec& spec, const float* logits, const std::vector<float>& bias) {
  const auto experts = static_cast<std::size_t>(spec.experts);
  std::vector<double> scores(experts);
  double total = 0;
  for (std::size_t e = 0; e < experts; ++e) {
    const double l = static_cast<double>(logits[e]);
    scores[e] = spec.score == RouterSpec::Score::sigmoid ? 1 / (1 + std::exp(-l)) : std::exp(l);
    total += scores[e];
  }
  if (spec.score == RouterSpec::Score::softmax) {
    for (double& score : scores) score /= total;
  }
  std::vector<double> biased = scores;
  for (std::size_t e = 0; e < bias.size(); ++e) biased[e] += static_cast<double>(bias[e]);
  const std::size_t size = experts / static_cast<std::size_t>(spec.groups);
  std::vector<std::pair<double, std::size_t>> groups;
  for (std::size_t g = 0; g < static_cast<std::size_t>(spec.groups); ++g) {
    std::vector<double> members(biased.begin() + static_cast<std::ptrdiff_t>(g * size),
                                biased.begin() + static_cast<std::ptrdiff_t>((g + 1) * size));
    std::sort(members.rbegin(), members.rend());
    groups.emplace_back(spec.group_score == RouterSpec::GroupScore::maximum || size < 2
                            ? -members[0]
                            : -(members[0] + members[1]),
                        g);
  }
  std::sort(groups.begin(), groups.end());
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < static_cast<std::size_t>(spec.kept_groups); ++i) {
    for (std::size_t e = groups[i].second * size; e < (groups[i].second + 1) * size; ++e)
      order.emplace_back(-biased[e], e);
  }
  std::sort(order.begin(), order.end());
  Choice choice;
  double sum = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(spec.top_k); ++k) sum += scores[order[k].second];
  for (std::size_t k = 0; k < static_cast<std::size_t>(spec.top_k); ++k) {
    choice.chosen.push_back(static_cast<std::int32_t>(order[k].second));
    choice.weights.push_back(static_cast<float>(
        scores[order[k].second] / (spec.normalise ? sum + 1e-20 : 1.0) * static_cast<double>(spec.scaling)));
  }
  return choice;
}

RouterSpec make_spec(RouterSpec::Score score, RouterSpec::GroupScore group_score, std::int32_t experts,
                     std::int32_t top_k, std::int32_t groups, std::int32_t kept, bool normalise,
                     float scaling) {
  RouterSpec spec;
  spec.score = score;
  spec.group_score = group_score;
  spec.experts = experts;
  spec.top_k = top_k;
  spec.groups = groups;
  spec.kept_groups = kept;
  spec.normalise = normalise;
  spec.scaling = scaling;
  return spec;
}

constexpr auto kSigmoid = RouterSpec::Score::sigmoid;
constexpr auto kSoftmax = RouterSpec::Score::softmax;
constexpr auto kTop2 = RouterSpec::GroupScore::top2_sum;
constexpr auto kMaximum = RouterSpec::GroupScore::maximum;

TEST(Router, AgreesWithTheDefinition) {
  const RouterSpec specs[] = {
      make_spec(kSigmoid, kTop2, 256, 8, 8, 4, true, 2.5F),       // DeepSeek-V3
      make_spec(kSoftmax, kMaximum, 160, 6, 8, 3, false, 16.0F),  // DeepSeek-V2
      make_spec(kSoftmax, kTop2, 8, 2, 1, 1, true, 1.0F),         // Mixtral
      make_spec(kSoftmax, kMaximum, 60, 4, 1, 1, false, 1.0F),    // Qwen2-MoE
      make_spec(kSigmoid, kMaximum, 6, 4, 6, 5, true, 1.0F),
      make_spec(kSigmoid, kTop2, 1, 1, 1, 1, true, 1.0F),
      make_spec(kSigmoid, kTop2, 17, 17, 1, 1, false, 1.0F),
  };
  for (const RouterSpec& spec : specs) {
    const std::int64_t tokens = 40;
    const auto logits = noise(static_cast<std::size_t>(tokens * spec.experts), 41, 4.0F);
    // Biases around zero, so that some biased scores are negative.
    const auto bias = noise(static_cast<std::size_t>(spec.experts), 42, 1.0F);
    for (const bool biased : {false, true}) {
      const auto used = biased ? bias : std::vector<float>{};
      const Choice got = route(spec, logits, used);
      for (std::int64_t t = 0; t < tokens; ++t) {
        const Choice wanted = reference(spec, logits.data() + t * spec.experts, used);
        for (std::int32_t k = 0; k < spec.top_k; ++k) {
          const auto at = static_cast<std::size_t>(t * spec.top_k + k);
          ASSERT_EQ(got.chosen[at], wanted.chosen[static_cast<std::size_t>(k)])
              << spec.experts << " experts, token " << t << ", place " << k;
          ASSERT_NEAR(
              got.weights[at], wanted.weights[static_cast<std::size_t>(k)],
              2e-6 * static_cast<double>(std::abs(wanted.weights[static_cast<std::size_t>(k)])) + 1e-7);
        }
      }
    }
  }
}

TEST(Router, NegativeBiasedScoresAreNotBeatenByMaskedOnes) {
  // Group 0 wins by its two best; its others are negative, yet nothing of group 1 may be chosen.
  const RouterSpec spec = make_spec(kSigmoid, kTop2, 8, 4, 2, 1, false, 1.0F);
  const std::vector<float> bias = {2.0F, 2.0F, -5.0F, -6.0F, 0.0F, 0.0F, 0.0F, 0.0F};
  const Choice choice = route(spec, std::vector<float>(8, 0.0F), bias);
  EXPECT_EQ(choice.chosen, (std::vector<std::int32_t>{0, 1, 2, 3}));
  for (const float weight : choice.weights) EXPECT_FLOAT_EQ(weight, 0.5F);  // the unbiased score
}

TEST(Router, TiesGoToTheLowestIndex) {
  const RouterSpec spec = make_spec(kSigmoid, kTop2, 12, 3, 4, 2, true, 1.0F);
  EXPECT_EQ(route(spec, std::vector<float>(12, 0.25F), {}).chosen, (std::vector<std::int32_t>{0, 1, 2}));
  std::vector<float> logits(12, 0.0F);
  logits[10] = logits[7] = 1.0F;
  EXPECT_EQ(route(spec, logits, {}).chosen, (std::vector<std::int32_t>{7, 10, 6}));
}

TEST(Router, NotANumberStillGivesDistinctExperts) {
  const RouterSpec spec = make_spec(kSigmoid, kTop2, 8, 4, 2, 1, true, 1.0F);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> logits(8, bad);
    logits[5] = 0.5F;
    Choice choice = route(spec, logits, {});
    std::sort(choice.chosen.begin(), choice.chosen.end());
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_GE(choice.chosen[k], 0);
      EXPECT_LT(choice.chosen[k], 8);
      if (k > 0) {
        EXPECT_NE(choice.chosen[k], choice.chosen[k - 1]);
      }
    }
  }
}

TEST(Router, RefusesWhatCannotBeChosen) {
  const std::vector<float> logits(16, 0.0F);
  const auto message = [&](const RouterSpec& spec) { return error_of([&] { route(spec, logits, {}); }); };
  EXPECT_NE(message(make_spec(kSigmoid, kTop2, 16, 9, 4, 2, true, 1.0F)).find("hold 8"), std::string::npos);
  EXPECT_NE(message(make_spec(kSigmoid, kTop2, 16, 17, 1, 1, true, 1.0F)).find("route"), std::string::npos);
  EXPECT_FALSE(message(make_spec(kSigmoid, kTop2, 16, 2, 3, 1, true, 1.0F)).empty());
  EXPECT_FALSE(message(make_spec(kSigmoid, kTop2, 16, 2, 4, 5, true, 1.0F)).empty());
  EXPECT_FALSE(message(make_spec(kSigmoid, kTop2, 16, 2, 4, 0, true, 1.0F)).empty());
  EXPECT_FALSE(message(make_spec(kSigmoid, kTop2, 16, 2, 16, 4, true, 1.0F)).empty());
  EXPECT_FALSE(message(make_spec(kSigmoid, kTop2, 16, 0, 1, 1, true, 1.0F)).empty());
  EXPECT_TRUE(message(make_spec(kSigmoid, kTop2, 16, 8, 4, 2, true, 1.0F)).empty());
}

TEST(Router, SameBitsOnEveryPathAndThreadCount) {
  for (const RouterSpec& spec : {make_spec(kSigmoid, kTop2, 64, 6, 8, 4, true, 2.5F),
                                 make_spec(kSoftmax, kMaximum, 60, 4, 1, 1, true, 1.0F)}) {
    const auto logits = noise(static_cast<std::size_t>(300 * spec.experts), 43, 3.0F);
    const auto bias = noise(static_cast<std::size_t>(spec.experts), 44, 0.2F);
    const Choice first = route(spec, logits, bias);
    for (const cpu::CpuPath path : available_paths()) {
      for (const int threads : {1, 3}) {
        const Choice choice = route(spec, logits, bias, threads, path);
        EXPECT_EQ(choice.chosen, first.chosen);
        EXPECT_EQ(choice.weights, first.weights);
      }
    }
  }
}

}  // namespace
}  // namespace reckon::kernels::test
