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
/// P(Bin(n, p) = k).
double binomial_pmf(std::int64_t k, std::int64_t n, double p);

/// P(T <= t) for the noncentral t distribution.
double noncentral_t_cdf(double t, double degrees, double noncentrality);

/// x such that a Beta(a, b) variable is <= x with chance p; and that chance for a given x.
double beta_quantile(double p, double a, double b);
double beta_cdf(double x, double a, double b);
/// The logarithm of the beta function.
double log_beta(double a, double b);

/// The normal 97.5 % point, with which all intervals of 95 % are made.
inline constexpr double kZ95 = 1.959963984540054;

}  // namespace reckon::reports
