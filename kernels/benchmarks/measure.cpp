#include "kernels/benchmarks/measure.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <exception>

#include "base/error.h"

namespace reckon::kernels {
namespace {

/// Takes Google Benchmark's result in place of its printing.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      iterations = run.iterations;
      seconds = run.real_accumulated_time / static_cast<double>(run.iterations);
    }
  }
  std::int64_t iterations = 0;
  double seconds = 0;
};

class Registered final : public benchmark::internal::Benchmark {
 public:
  Registered(const std::string& name, std::function<void(benchmark::State&)> body)
      : Benchmark(name.c_str()), body_(std::move(body)) {}
  void Run(benchmark::State& state) override { body_(state); }

 private:
  std::function<void(benchmark::State&)> body_;
};

/// One kind of repetition: an iteration is a batch of calls, timed together.
class Repetition {
 public:
  Repetition(std::string name, std::function<void()> before, std::function<void()> batch, Timer& timer,
             std::int64_t calls, double least_seconds)
      : name_(std::move(name)),
        before_(std::move(before)),
        batch_(std::move(batch)),
        timer_(timer),
        calls_(calls),
        least_seconds_(least_seconds) {
    if (least_seconds_ <= 0) iterations_ = 1;
  }

  /// Seconds of one call.
  double run() {
    std::exception_ptr error;
    benchmark::ClearRegisteredBenchmarks();
    const auto body = [&](benchmark::State& state) {
      try {
        for (auto _ : state) {
          if (before_) before_();
          state.SetIterationTime(timer_.seconds(batch_));
        }
      } catch (...) {
        error = std::current_exception();
        state.SkipWithError("the call failed");
      }
    };
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): the library keeps and deletes it
    auto* registered = benchmark::internal::RegisterBenchmarkInternal(new Registered(name_, body));
    registered->UseManualTime();
    // The first repetition finds out how many iterations fill the time; the others make as many.
    if (iterations_ > 0)
      registered->Iterations(iterations_);
    else
      registered->MinTime(least_seconds_);
    Collector collector;
    benchmark::RunSpecifiedBenchmarks(&collector, nullptr, ".*");
    benchmark::ClearRegisteredBenchmarks();
    if (error) std::rethrow_exception(error);
    if (collector.iterations == 0) fail_evaluation("bench: case '{}' gave no time", name_);
    iterations_ = collector.iterations;
    return collector.seconds / static_cast<double>(calls_);
  }

 private:
  std::string name_;
  std::function<void()> before_, batch_;
  Timer& timer_;
  std::int64_t calls_;
  double least_seconds_;
  std::int64_t iterations_ = 0;
};

std::function<void()> batch_of(const std::function<void()>& call, std::int64_t calls) {
  return [&call, calls] {
    for (std::int64_t i = 0; i < calls; ++i) call();
  };
}

}  // namespace

void require_benchmarks() {}

Samples measure(const MeasuredCall& call, Timer& timer, const Method& method,
                const std::function<bool()>& disturbed) {
  const auto use_copies = [&](bool copies) {
    if (call.use_copies) call.use_copies(copies);
  };
  use_copies(false);
  const bool timed = method.seconds > 0;
  const double first = timer.seconds(call.call);
  // A call of so long has more data than a cache, and is not made for nothing.
  constexpr double kLongSeconds = 0.05;
  const bool is_long = timed && first > kLongSeconds;
  const double once = is_long ? first : timer.seconds(call.call);
  // Calls too short for a clock are timed several at a time, and what is only looked at beside takes a few
  // milliseconds.
  constexpr double kBatchSeconds = 1e-4;
  constexpr double kGlanceSeconds = 2e-3;
  const auto calls_in = [&](double seconds) {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(seconds / std::max(once, 1e-9)), 1, 10000);
  };
  const std::int64_t cold_calls = timed && !call.sweep ? calls_in(kBatchSeconds) : 1;
  const std::int64_t warm_calls =
      timed ? calls_in(method.by_warm ? kBatchSeconds : kGlanceSeconds) : method.warm_calls;
  Repetition cold(call.name, call.sweep, batch_of(call.call, cold_calls), timer, cold_calls,
                  method.by_warm || call.sweep ? 0 : method.seconds);
  Repetition warm(call.name, {}, batch_of(call.call, warm_calls), timer, warm_calls,
                  method.by_warm ? method.seconds : 0);
  Samples samples;
  for (int i = 0; i < std::max(method.repetitions, method.most_repetitions); ++i) {
    if (i >= method.repetitions && !samples.noisy()) break;
    const bool before = disturbed && disturbed();
    if (method.cold) {
      use_copies(true);
      samples.cold_seconds.push_back(cold.run());
    }
    if (method.warm) {
      use_copies(false);
      if (!is_long) call.call();
      samples.warm_seconds.push_back(warm.run());
    }
    const bool after = disturbed && disturbed();
    if (before || after) samples.disturbed.push_back(static_cast<std::size_t>(i));
    samples.noise = noise_of(method.by_warm ? samples.warm_seconds : samples.cold_seconds);
  }
  return samples;
}

}  // namespace reckon::kernels
