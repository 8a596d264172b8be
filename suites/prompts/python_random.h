#pragma once
// Python's random.Random for integer seeds: few-shot draws must be the ones that lm-evaluation-harness makes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace reckon::suites {

/// MT19937 (Matsumoto and Nishimura 1998) seeded by init_by_array over the 32-bit words of the seed, and the
/// `getrandbits`, `_randbelow` and `sample` that CPython 3.11 builds on it.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint64_t seed);

  /// The next `bits` random bits, 1 to 32.
  std::uint32_t getrandbits(int bits);
  /// Uniform in [0, n), n >= 1: rejection over bit_length(n) bits.
  std::uint32_t randbelow(std::uint32_t n);
  /// Indices of random.sample(population of `population` items, k), in the order drawn.
  /// Errors: k greater than `population`.
  std::vector<std::uint32_t> sample(std::uint32_t population, std::uint32_t k);
  /// random.shuffle(items).
  template <typename Item>
  void shuffle(std::vector<Item>& items) {
    for (std::size_t i = items.size(); i-- > 1;) {
      std::swap(items[i], items[randbelow(static_cast<std::uint32_t>(i + 1))]);
    }
  }

 private:
  void init(std::uint32_t seed);
  std::uint32_t next();

  static constexpr int kStateWords = 624;
  std::array<std::uint32_t, kStateWords> state_{};
  int index_ = kStateWords;
};

}  // namespace reckon::suites
