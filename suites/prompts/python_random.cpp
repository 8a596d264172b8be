#include "suites/prompts/python_random.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_set>

#include "base/error.h"

namespace reckon::suites {
namespace {

constexpr int kShift = 397;
constexpr std::uint32_t kTwist = 0x9908b0dfU;
constexpr std::uint32_t kUpper = 0x80000000U;
constexpr std::uint32_t kLower = 0x7fffffffU;

/// Up to this population CPython draws from a shrinking list, above it by rejection with a set.
std::uint64_t list_method_limit(std::uint32_t k) {
  std::uint64_t limit = 21;  // size of a small set minus size of an empty list
  if (k > 5) {
    // 4 ** ceil(log(3k, 4)): the least power of four that is no less than 3k.
    std::uint64_t power = 1;
    while (power < std::uint64_t{3} * k) {
      power *= 4;
    }
    limit += power;
  }
  return limit;
}

}  // namespace

PythonRandom::PythonRandom(std::uint64_t seed) {
  // random_seed(): the absolute value as 32-bit words, least significant first, at least one word.
  std::vector<std::uint32_t> key{static_cast<std::uint32_t>(seed)};
  if ((seed >> 32) != 0) {
    key.push_back(static_cast<std::uint32_t>(seed >> 32));
  }
  init(19650218U);
  std::uint32_t i = 1;
  std::uint32_t j = 0;
  const auto length = static_cast<std::uint32_t>(key.size());
  for (std::uint32_t step = std::max<std::uint32_t>(kStateWords, length); step != 0; --step) {
    const std::uint32_t previous = state_[i - 1] ^ (state_[i - 1] >> 30);
    state_[i] = (state_[i] ^ (previous * 1664525U)) + key[j] + j;
    if (++i >= kStateWords) {
      state_[0] = state_[kStateWords - 1];
      i = 1;
    }
    j = (j + 1) % length;
  }
  for (std::uint32_t step = kStateWords - 1; step != 0; --step) {
    const std::uint32_t previous = state_[i - 1] ^ (state_[i - 1] >> 30);
    state_[i] = (state_[i] ^ (previous * 1566083941U)) - i;
    if (++i >= kStateWords) {
      state_[0] = state_[kStateWords - 1];
      i = 1;
    }
  }
  state_[0] = kUpper;
  index_ = kStateWords;
}

void PythonRandom::init(std::uint32_t seed) {
  state_[0] = seed;
  for (std::uint32_t i = 1; i < kStateWords; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  }
}

std::uint32_t PythonRandom::next() {
  if (index_ >= kStateWords) {
    for (int i = 0; i < kStateWords; ++i) {
      const std::uint32_t y = (state_[i] & kUpper) | (state_[(i + 1) % kStateWords] & kLower);
      state_[i] = state_[(i + kShift) % kStateWords] ^ (y >> 1) ^ ((y & 1U) != 0 ? kTwist : 0U);
    }
    index_ = 0;
  }
  std::uint32_t y = state_[index_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  y ^= y >> 18;
  return y;
}

std::uint32_t PythonRandom::getrandbits(int bits) { return next() >> (32 - bits); }

std::uint32_t PythonRandom::randbelow(std::uint32_t n) {
  const int bits = static_cast<int>(std::bit_width(n));
  std::uint32_t drawn = getrandbits(bits);
  while (drawn >= n) {
    drawn = getrandbits(bits);
  }
  return drawn;
}

std::vector<std::uint32_t> PythonRandom::sample(std::uint32_t population, std::uint32_t k) {
  if (k > population) {
    fail_input("cannot draw {} different items from {}", k, population);
  }
  std::vector<std::uint32_t> result;
  result.reserve(k);
  if (population <= list_method_limit(k)) {
    std::vector<std::uint32_t> pool(population);
    std::iota(pool.begin(), pool.end(), 0U);
    for (std::uint32_t i = 0; i < k; ++i) {
      const std::uint32_t j = randbelow(population - i);
      result.push_back(pool[j]);
      pool[j] = pool[population - i - 1];
    }
  } else {
    std::unordered_set<std::uint32_t> selected;
    for (std::uint32_t i = 0; i < k; ++i) {
      std::uint32_t j = randbelow(population);
      while (!selected.insert(j).second) {
        j = randbelow(population);
      }
      result.push_back(j);
    }
  }
  return result;
}

}  // namespace reckon::suites
