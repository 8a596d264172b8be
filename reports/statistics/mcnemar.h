#pragma once
#include <cstdint>

namespace reckon::reports {

/// Exact two-sided McNemar test of `b` against `c` discordant pairs (rule R3):
/// min(1, 2 P(Bin(b+c, 1/2) <= min(b, c))); 1 when there are none.
double mcnemar_exact_p(std::int64_t b, std::int64_t c);

}  // namespace reckon::reports
