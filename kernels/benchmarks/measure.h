#pragma once
// How a call is timed on every device: by Google Benchmark, which counts what a timer of the device measured
// ("manual time").
//
// Two unmeasured calls (one of a long one); then repetitions, each of cold calls (data in no cache) and of
// warm ones (the same data again): at least so many as wanted, more while their median is known too badly, up
// to a bound. Noise is the width of the 95 % interval of the median by order statistics, as a share of the
// median, so that more repetitions make it smaller.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace reckon::kernels {

class Timer {
 public:
  virtual ~Timer() = default;
  /// Seconds until all that `work` starts is done.
  virtual double seconds(const std::function<void()>& work) = 0;
};

/// By the host's clock. `wait`: until what was started is done; may be empty.
class SteadyTimer final : public Timer {
 public:
  explicit SteadyTimer(std::function<void()> wait = {}) : wait_(std::move(wait)) {}
  double seconds(const std::function<void()>& work) override;

 private:
  std::function<void()> wait_;
};

struct MeasuredCall {
  std::string name;
  std::function<void()> call;
  /// Before each cold call, not timed: no cache holds its data afterwards. Empty: `use_copies` does that.
  std::function<void()> sweep = {};
  /// true: each call takes other data than the one before; false: the same. May be empty.
  std::function<void(bool)> use_copies = {};
};

constexpr int kMostRepetitions = 30;

struct Method {
  int repetitions = 9;
  int most_repetitions = kMostRepetitions;
  bool cold = true, warm = true;  ///< which of the two are made
  bool by_warm = false;           ///< the noise of the warm ones counts, otherwise that of the cold ones
  /// Of a repetition of what counts, at least; 0: one call cold, `warm_calls` in a row warm.
  double seconds = 0;
  int warm_calls = 10;
};

struct Samples {
  std::vector<double> cold_seconds;  ///< of one call, each repetition
  std::vector<double> warm_seconds;
  std::optional<double> noise;         ///< of those that count; nothing with fewer than six
  std::vector<std::size_t> disturbed;  ///< repetitions that `disturbed` said something of
  bool noisy() const;                  ///< more than kMostNoise
};

/// Medians that are known no better say little.
constexpr double kMostNoise = 0.05;

/// `disturbed`: asked before and after each repetition, whether the device was held down; may be empty.
/// Errors: those of the calls; evaluation error in a build without Google Benchmark.
Samples measure(const MeasuredCall& call, Timer& timer, const Method& method,
                const std::function<bool()>& disturbed = {});

/// To be asked before anything is measured. Errors: evaluation error in a build without Google Benchmark.
void require_benchmarks();

double median_of(std::vector<double> values);
/// See above; nothing with fewer than six values, which have no such interval.
std::optional<double> noise_of(std::vector<double> values);

}  // namespace reckon::kernels
