#pragma once
// One answer judged: tried again where the machine may have decided, with a CPU limit that the reference
// sets.

#include <map>
#include <mutex>
#include <string>

#include "suites/code/judge.h"
#include "suites/graders/grader.h"

namespace reckon::suites::code {

/// CPU seconds that an answer may take whatever the reference takes, and how many times the reference's time.
inline constexpr double kLeastCpuSeconds = 5.0;
inline constexpr double kReferenceFactor = 10.0;

/// A problem as it is put to the judge; the same for all answers to it.
struct Problem {
  std::string id;       ///< for the memory of limits
  std::string request;  ///< see Job::request
  int judge_cpu_seconds = 30;
  bool solver_optional = false;  ///< a solver is started only when the judge asks for one
  std::string reference;         ///< a program that solves it; "" where there is none
};

class Judging {
 public:
  /// Errors: evaluation error where the machine failed twice.
  sandbox::Outcome judge(const Problem& problem, std::string_view code);
  /// The reply to a job without an answer, e.g. the values that the reference gives. Errors: evaluation
  /// error.
  static std::string ask(const std::string& request, int cpu_seconds);

 private:
  /// max(5 s, 10 x the reference's CPU time here); measured on the first call.
  double cpu_limit(const Problem& problem);

  std::mutex mutex_;
  std::map<std::string, double> limits_;
};

/// "passed", or "timeout: used its 5 s of CPU"; evidence is the category.
Grade grade_of(const sandbox::Outcome& outcome);

/// Limits of a solver for a CPU limit: the clock stands at four times that.
sandbox::Limits solver_limits(double cpu_seconds);

}  // namespace reckon::suites::code
