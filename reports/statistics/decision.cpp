#include "reports/statistics/decision.h"

namespace reckon::reports {

Verdict decide(const Interval& difference, double margin) {
  if (-margin < difference.low && difference.high < margin) return Verdict::same;
  if (difference.low > 0) return Verdict::better;
  if (difference.high < 0) return Verdict::worse;
  return Verdict::inconclusive;
}

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::same:
      return "same";
    case Verdict::worse:
      return "worse";
    case Verdict::inconclusive:
      break;
  }
  return "inconclusive";
}

}  // namespace reckon::reports
