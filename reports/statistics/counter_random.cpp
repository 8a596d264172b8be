#include "reports/statistics/counter_random.h"

namespace reckon::reports {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kMultiply0 = 0xD2511F53;
  constexpr std::uint64_t kMultiply1 = 0xCD9E8D57;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiply0 * counter[0];
    const std::uint64_t product1 = kMultiply1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9;  // Weyl steps of the key: golden ratio and sqrt(3) - 1
    key[1] += 0xBB67AE85;
  }
  return counter;
}

std::uint64_t random_below(std::uint64_t seed, std::uint64_t stream, std::uint64_t index, std::uint64_t n) {
  const auto words =
      philox4x32({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                  static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                 {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  // The high half of a 32.32 product of 64 random bits: biased by less than n / 2^64.
  const std::uint64_t high = words[0];
  const std::uint64_t low = words[1];
  const std::uint64_t n_high = n >> 32;
  const std::uint64_t n_low = n & 0xFFFFFFFF;
  const std::uint64_t middle = high * n_low + ((low * n_low) >> 32);
  const std::uint64_t cross = low * n_high + (middle & 0xFFFFFFFF);
  return high * n_high + (middle >> 32) + (cross >> 32);
}

}  // namespace reckon::reports
