// The method of the benchmarks, with a timer that says what the test wants: no device, no clock.

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "base/error.h"
#include "kernels/benchmarks/check.h"
#include "kernels/benchmarks/measure.h"
#include "kernels/cpu/backend.h"

namespace reckon::kernels {
namespace {

/// Takes the given seconds in turn, the last for ever.
class FakeTimer final : public Timer {
 public:
  explicit FakeTimer(std::vector<double> seconds) : seconds_(std::move(seconds)) {}
  double seconds(const std::function<void()>& work) override {
    work();
    const double now = seconds_[std::min(next_, seconds_.size() - 1)];
    ++next_;
    return now;
  }

 private:
  std::vector<double> seconds_;
  std::size_t next_ = 0;
};

TEST(Measure, QuietCallsTakeNineRepetitionsColdAndWarm) {
  int calls = 0;
  int swept = 0;
  int warm_calls = 0;
  bool copies = false;
  MeasuredCall call;
  call.name = "quiet";
  call.call = [&] {
    ++calls;
    warm_calls += copies ? 0 : 1;
  };
  call.sweep = [&] { ++swept; };
  call.use_copies = [&](bool use) { copies = use; };
  Method method;
  method.warm_calls = 5;
  FakeTimer timer({2e-3});
  const Samples samples = measure(call, timer, method);
  EXPECT_EQ(samples.cold_seconds, std::vector<double>(9, 2e-3));
  EXPECT_EQ(samples.warm_seconds, std::vector<double>(9, 2e-3 / 5)) << "seconds of one call of five";
  EXPECT_EQ(samples.noise, 0.0);
  EXPECT_FALSE(samples.noisy());
  EXPECT_EQ(swept, 9) << "before each cold call";
  EXPECT_EQ(warm_calls, 2 + 9 * (1 + 5)) << "two before all, one before each warm batch";
  EXPECT_EQ(calls, warm_calls + 9);
}

TEST(Measure, NoisyCallsAreRepeatedUntilTheirMedianIsKnown) {
  MeasuredCall call;
  call.name = "noisy";
  call.call = [] {};
  Method method;
  method.warm = false;
  // Two unmeasured calls, six repetitions far apart, then all alike: the median settles.
  FakeTimer settles({1, 1, 1.0, 1.5, 0.5, 2.0, 1.7, 0.4, 1.0});
  const Samples settled = measure(call, settles, method);
  EXPECT_GT(settled.cold_seconds.size(), 9U);
  EXPECT_LT(settled.cold_seconds.size(), 30U);
  EXPECT_FALSE(settled.noisy());
  std::vector<double> never = {1, 1};
  for (int i = 0; i < 40; ++i) never.push_back(1.0 + 0.1 * (i % 7));
  FakeTimer restless(never);
  const Samples unsettled = measure(call, restless, method);
  EXPECT_EQ(unsettled.cold_seconds.size(), 30U);
  EXPECT_TRUE(unsettled.noisy());
}

TEST(Measure, WarmOnesCountWhereTheDataIsInCaches) {
  MeasuredCall call;
  call.name = "cached";
  call.call = [] {};
  Method method;
  method.by_warm = true;
  method.cold = false;
  FakeTimer timer({1.0});
  const Samples samples = measure(call, timer, method);
  EXPECT_TRUE(samples.cold_seconds.empty());
  EXPECT_EQ(samples.warm_seconds.size(), 9U);
  EXPECT_EQ(samples.noise, 0.0);
}

TEST(Measure, CallsFillTheTimeThatIsAskedFor) {
  int calls = 0;
  MeasuredCall call;
  call.name = "short";
  call.call = [&] { ++calls; };
  Method method;
  method.repetitions = method.most_repetitions = 3;
  method.warm = false;
  method.seconds = 0.01;
  FakeTimer timer({1e-3});
  const Samples samples = measure(call, timer, method);
  ASSERT_EQ(samples.cold_seconds.size(), 3U);
  EXPECT_NEAR(samples.cold_seconds[2], 1e-3, 1e-12) << "the mean of many sums";
  EXPECT_GE(calls, 30) << "three times ten milliseconds of one millisecond each";
  EXPECT_EQ(samples.noise, std::nullopt) << "three say nothing of their median";
}

TEST(Measure, LongCallsAreNotMadeForNothing) {
  int calls = 0;
  MeasuredCall call;
  call.name = "long";
  call.call = [&] { ++calls; };
  Method method;
  method.seconds = 0.01;
  FakeTimer timer({1.0});
  const Samples samples = measure(call, timer, method);
  EXPECT_EQ(samples.warm_seconds, std::vector<double>(9, 1.0));
  EXPECT_EQ(calls, 1 + 9 + 9) << "one before all, one of each kind in a repetition";
}

TEST(Measure, RepetitionsDuringWhichTheDeviceWasHeldDownAreMarked) {
  MeasuredCall call;
  call.name = "held";
  call.call = [] {};
  Method method;
  FakeTimer timer({1.0});
  int asked = 0;
  // Asked before and after each: held down after the third and before the seventh.
  const Samples samples = measure(call, timer, method, [&] {
    const int now = asked++;
    return now == 5 || now == 12;
  });
  EXPECT_EQ(samples.disturbed, (std::vector<std::size_t>{2, 6}));
}

TEST(Measure, AFailureOfACallIsTheCallersToSee) {
  MeasuredCall call;
  call.name = "fails";
  int calls = 0;
  call.call = [&] {
    if (++calls > 4) throw std::runtime_error("lost device");
  };
  FakeTimer timer({1.0});
  EXPECT_THROW(measure(call, timer, {}), std::runtime_error);
  // And the next measurement is none the worse.
  call.call = [] {};
  EXPECT_EQ(measure(call, timer, {}).cold_seconds.size(), 9U);
}

TEST(Measure, NoiseIsTheWidthOfTheMediansInterval) {
  EXPECT_EQ(noise_of({1, 2, 3, 4, 5}), std::nullopt) << "five have no interval of 95 %";
  EXPECT_DOUBLE_EQ(*noise_of({1, 2, 3, 4, 5, 6}), 5.0 / 3.5) << "six: from the least to the greatest";
  // Nine: second to eighth (96.1 %); twenty: sixth to fifteenth (95.9 %).
  EXPECT_DOUBLE_EQ(*noise_of({9, 8, 7, 6, 5, 4, 3, 2, 1}), 6.0 / 5.0);
  std::vector<double> twenty;
  for (int i = 1; i <= 20; ++i) twenty.push_back(i);
  EXPECT_DOUBLE_EQ(*noise_of(twenty), 9.0 / 10.5);
}

CheckRules rules_of_two_paths() {
  CheckRules rules;
  rules.reference_name = "portable";
  rules.reference = [] { return BenchmarkDevice(cpu::make_cpu_backend_on(cpu::CpuPath::portable, {})); };
  rules.timed = [] { return BenchmarkDevice(make_cpu_backend({})); };
  rules.most_flops = 1e6;
  rules.most_bytes = 1e6;
  return rules;
}

/// The first preparation of the case does one thing more after its call.
KernelCase spoilt(KernelCase item, const std::function<void(BenchmarkDevice&, const PreparedCall&)>& spoil) {
  item.prepare = [prepare = item.prepare, spoil,
                  first = std::make_shared<bool>(true)](BenchmarkDevice& device) {
    PreparedCall prepared = prepare(device);
    if (!std::exchange(*first, false)) return prepared;
    const PreparedCall whole = prepared;
    prepared.call = [whole, spoil, &device] {
      whole.call();
      spoil(device, whole);
    };
    return prepared;
  };
  return item;
}

std::optional<double> check(const KernelCase& item, const CheckRules& rules) {
  BenchmarkDevice device = rules.timed();
  device.cold_bytes = 1e5;
  const PreparedCall prepared = item.prepare(device);
  prepared.call();
  return check_case(item, prepared, device, rules);
}

void set(BenchmarkDevice& device, const Tensor& tensor, std::int64_t row, float value) {
  Tensor one = narrow(tensor, 0, row, 1);
  if (one.rank > 1) one = narrow(one, 1, 0, 1);
  device.backend->upload(one, std::as_bytes(std::span(&value, 1)));
}

TEST(CheckCase, OneWrongElementIsFoundAndRoundingIsNotForgiven) {
  const CheckRules rules = rules_of_two_paths();
  const KernelCase item = linear_case(DataType::q8_0, 64, 64, 8);
  EXPECT_EQ(check(item, rules), 0.0);
  for (const float wrong : {7.0F, NAN})
    EXPECT_THROW(
        check(spoilt(item, [&](BenchmarkDevice& device,
                               const PreparedCall& prepared) { set(device, prepared.results[0], 5, wrong); }),
              rules),
        Error);
  const KernelCase rounded = spoilt(item, [](BenchmarkDevice& device, const PreparedCall& prepared) {
    const Tensor one = narrow(narrow(prepared.results[0], 0, 3, 1), 1, 0, 1);
    float value = 0;
    device.backend->download(std::as_writable_bytes(std::span(&value, 1)), one);
    value = std::nextafter(value, 1e30F);
    device.backend->upload(one, std::as_bytes(std::span(&value, 1)));
  });
  EXPECT_THROW(check(rounded, rules), Error);
  CheckRules tolerant = rules;
  tolerant.tolerance = 0.03;
  EXPECT_LT(check(rounded, tolerant).value_or(1.0), 1e-5);
}

TEST(CheckCase, OfALargeProductTokensOverAllOfItAreRepeated) {
  CheckRules rules = rules_of_two_paths();
  KernelCase item = linear_case(DataType::bf16, 64, 64, 100);
  rules.most_flops = item.flops / 20;  // five of a hundred: the last of each twenty
  EXPECT_EQ(check(item, rules), 0.0);
  const auto wrong_in = [&](std::int64_t row) {
    return spoilt(item, [row](BenchmarkDevice& device, const PreparedCall& prepared) {
      set(device, prepared.results[0], row, 99.0F);
    });
  };
  for (const std::int64_t row : {19, 59, 99}) EXPECT_THROW(check(wrong_in(row), rules), Error) << row;
  EXPECT_EQ(check(wrong_in(20), rules), 0.0) << "not in the sample";
  const KernelCase experts = experts_case(
      DataType::q8_0, 64, 32,
      [] {
        RouterSpec router;
        router.experts = 4;
        router.top_k = 2;
        return router;
      }(),
      4, 50);
  rules.most_flops = experts.flops / 10;
  EXPECT_EQ(check(experts, rules), 0.0);
}

TEST(CheckCase, WhatHasNoSampleIsCheckedByASmallerProblem) {
  CheckRules rules = rules_of_two_paths();
  MlaSpec spec;
  spec.heads = 8;
  spec.nope_dim = spec.value_dim = 16;
  spec.rope_dim = 8;
  spec.latent_dim = 32;
  for (const AttentionShape& at : {AttentionShape{1, 64, 0}, AttentionShape{3, 1, 64}}) {
    const KernelCase latent = latent_case(spec, DataType::f16, at);
    const KernelCase grouped = attention_case({8, 4, 16, 16}, DataType::f16, at);
    for (const KernelCase& item : {latent, grouped}) {
      rules.most_flops = item.flops / 5;
      EXPECT_EQ(check(item, rules), 0.0) << item.name;
    }
  }
  rules.most_flops = 1;
  EXPECT_EQ(check(latent_case(spec, DataType::f16, {1, 64, 0}), rules), std::nullopt)
      << "none is small enough";
}

TEST(CheckCase, LargeQuantisersAreCheckedByASmallerProblem) {
  BenchmarkShapes shapes;
  shapes.hidden = 128;
  shapes.token_counts = {100};
  CheckRules rules = rules_of_two_paths();
  const std::vector<KernelCase> cases = cpu_quantiser_cases(shapes);
  ASSERT_EQ(cases.size(), 2U);
  for (const KernelCase& item : cases) {
    rules.most_flops = item.flops / 5;
    EXPECT_EQ(check(item, rules), 0.0) << item.name;
  }
}

TEST(CheckCase, ResultsHaveToBeOfOneSize) {
  const KernelCase item = norm_case(3, 64);
  for (const bool fewer : {true, false}) {
    KernelCase other = item;
    other.prepare = [item, fewer, first = std::make_shared<bool>(true)](BenchmarkDevice& device) {
      PreparedCall prepared = item.prepare(device);
      // On one side the first row alone, which is the same on both.
      if (std::exchange(*first, false) == fewer) prepared.results[0] = narrow(prepared.results[0], 0, 0, 1);
      return prepared;
    };
    EXPECT_THROW(check(other, rules_of_two_paths()), Error);
  }
}

TEST(LatentCase, CountsTheBytesOfTheFormThatIsReadAndHoldsItInCopies) {
  MlaSpec spec;
  spec.heads = 2;
  spec.nope_dim = spec.value_dim = 16;
  spec.rope_dim = 8;
  spec.latent_dim = 32;
  const double matrices = 2.0 * (16 + 16) * 32;
  for (const bool absorbed : {true, false}) {
    const AttentionShape at = absorbed ? AttentionShape{1, 1, 15} : AttentionShape{1, 16, 0};
    const KernelCase item = latent_case(spec, DataType::f16, at);
    BenchmarkDevice device(make_cpu_backend());
    device.cold_bytes = 1e5;
    const PreparedCall prepared = item.prepare(device);
    prepared.call();
    EXPECT_EQ(bytes_of(item, prepared), 16.0 * 40 * 2 + matrices * (absorbed ? 4 : 2))
        << "float32 matrices of each head, or BF16 as loaded";
    const MemoryUse use = device.backend->memory_use();
    EXPECT_GE(static_cast<double>(use.weight_bytes_in_place + use.weight_bytes_repacked), 5e4);
  }
}

TEST(CheckCase, AnswersHaveToBeTheSame) {
  const KernelCase item = sampling_case(3, 50, false);
  EXPECT_EQ(check(item, rules_of_two_paths()), 0.0);
  KernelCase other = item;
  other.prepare = [item, first = std::make_shared<bool>(true)](BenchmarkDevice& device) {
    PreparedCall prepared = item.prepare(device);
    if (std::exchange(*first, false)) prepared.answer = [] { return "7 7 7 "; };
    return prepared;
  };
  EXPECT_THROW(check(other, rules_of_two_paths()), Error);
}

}  // namespace
}  // namespace reckon::kernels
