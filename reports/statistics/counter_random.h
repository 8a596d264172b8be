#pragma once
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): random numbers as a function of (seed, stream, index), so
// that a resampling gives the same figures on every machine and with any number of threads.

#include <array>
#include <cstdint>

namespace reckon::reports {

/// Ten rounds on a counter of four words under a key of two.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// A whole number in [0, n), n > 0, for the `index`-th draw of `stream`.
std::uint64_t random_below(std::uint64_t seed, std::uint64_t stream, std::uint64_t index, std::uint64_t n);

}  // namespace reckon::reports
