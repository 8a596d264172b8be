// A counter-based random number generator: draw number n of a key is a pure function of (key, n), so that
// items are the same on every platform and can be drawn again from any point. The mixing function is
// SplitMix64's finaliser (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace reckon::suites {

inline constexpr std::uint64_t kGoldenGamma = 0x9e3779b97f4a7c15ULL;

// Maps 64 bits to 64 well-mixed bits, one to one.
constexpr std::uint64_t mix64(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebULL;
  return bits ^ (bits >> 31U);
}

class CounterRng {
 public:
  // Streams of one seed do not overlap in practice: the key mixes both.
  CounterRng(std::uint64_t seed, std::uint64_t stream)
      : key_(mix64(mix64(seed + kGoldenGamma) + stream * kGoldenGamma)) {}

  std::uint64_t next() {
    ++counter_;
    return mix64(key_ + counter_ * kGoldenGamma);
  }

  // Uniform in [0, bound), bound >= 1; the bias is below bound / 2^32.
  int below(int bound) {
    const std::uint64_t high = next() >> 32U;
    return static_cast<int>((high * static_cast<std::uint64_t>(bound)) >> 32U);
  }

  // Uniform in [low, high], both included.
  int between(int low, int high) { return low + below(high - low + 1); }

  // True with probability percent / 100.
  bool chance(int percent) { return below(100) < percent; }

  // One element of a sequence that is not empty.
  template <typename Sequence>
  const auto& pick(const Sequence& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<int>(std::size(choices))))];
  }

  template <typename Value>
  void shuffle(std::vector<Value>& values) {
    for (std::size_t left = values.size(); left > 1; --left) {
      std::swap(values[left - 1], values[static_cast<std::size_t>(below(static_cast<int>(left)))]);
    }
  }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace reckon::suites
