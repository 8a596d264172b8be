#pragma once
// Values in ball arithmetic: midpoint and radius, so that what two balls say about a difference is a proof.

#include <acb.h>

#include <string>

#include "suites/math/exact_value.h"
#include "suites/math/tree.h"

namespace reckon::suites::math {

/// Arb's complex ball with an owner.
class Ball {
 public:
  Ball() { acb_init(value_); }
  Ball(const Ball&) = delete;
  Ball& operator=(const Ball&) = delete;
  ~Ball() { acb_clear(value_); }
  acb_ptr get() { return value_; }
  acb_srcptr get() const { return value_; }
  arb_ptr real() { return acb_realref(value_); }
  arb_ptr imaginary() { return acb_imagref(value_); }

 private:
  acb_t value_;
};

enum class Evaluated {
  ok,
  undefined,  ///< a division by zero, a logarithm of zero, or (real domain) an even root of a negative number
  imprecise,  ///< more bits may help
  unsupported,  ///< a construct without a value, or a number over the limits
};

/// Counts the work of evaluation, so that its limit is the same on every machine.
struct Work {
  long left = 400'000;
  bool spend(long units) {
    left -= units;
    return left >= 0;
  }
};

struct Evaluation {
  const Assignment& variables;
  long precision;
  bool real_domain;  ///< nothing may leave the real numbers
  Work& work;
};

/// The value of a tree of values (percent and degrees resolved, see prepare.h).
Evaluated evaluate(const Node& tree, const Evaluation& how, Ball& result);

}  // namespace reckon::suites::math
