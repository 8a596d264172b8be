#pragma once
// Distribution functions, in one place so that their heavy headers are compiled once.

#include <cstdint>

namespace reckon::reports {

/// z such that P(N(0,1) <= z) = p, 0 < p < 1.
double normal_quantile(double p);
double normal_cdf(double z);

/// Two-sided 95 % point of Student's t with `degrees` > 0 degrees of freedom; also for other levels.
double t_quantile(double p, double degrees);

/// P(|T| >= |t|) for Student's t; 0 for an infinite t.
double t_two_sided_p(double t, double degrees);

/// P(Bin(n, p) <= k).
double binomial_cdf(std::int64_t k, std::int64_t n, double p);

/// The normal 97.5 % point, with which all intervals of 95 % are made.
inline constexpr double kZ95 = 1.959963984540054;

}  // namespace reckon::reports
