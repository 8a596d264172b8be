#include "reports/statistics/quantiles.h"

#include <cmath>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

namespace reckon::reports {
namespace {
namespace bm = boost::math;
// Without promotion to long double: the results are good to 1e-12, and compile in half the time.
using Policy = bm::policies::policy<bm::policies::promote_double<false>>;
}  // namespace

double normal_quantile(double p) { return bm::quantile(bm::normal_distribution<double, Policy>(), p); }

double normal_cdf(double z) { return bm::cdf(bm::normal_distribution<double, Policy>(), z); }

double t_quantile(double p, double degrees) {
  return bm::quantile(bm::students_t_distribution<double, Policy>(degrees), p);
}

double t_two_sided_p(double t, double degrees) {
  if (std::isinf(t)) return 0.0;
  return 2.0 * bm::cdf(bm::students_t_distribution<double, Policy>(degrees), -std::fabs(t));
}

double binomial_cdf(std::int64_t k, std::int64_t n, double p) {
  if (k < 0) return 0.0;
  if (k >= n) return 1.0;
  return bm::cdf(bm::binomial_distribution<double, Policy>(static_cast<double>(n), p),
                 static_cast<double>(k));
}

}  // namespace reckon::reports
