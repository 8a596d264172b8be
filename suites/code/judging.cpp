#include "suites/code/judging.h"

#include <algorithm>

#include "base/error.h"
#include "suites/code/execution.h"
#include "suites/sandbox/alone.h"

namespace reckon::suites::code {
namespace {

using sandbox::Category;

/// What a reference may take: those of the known suites take up to 10 s.
constexpr double kReferenceCpuSeconds = 120.0;

Judged run_once(const Problem& problem, std::string_view code, double cpu_seconds) {
  Job job;
  job.request = problem.request;
  job.solver_code = code;
  job.solver_limits = solver_limits(cpu_seconds);
  job.judge_cpu_seconds = problem.judge_cpu_seconds;
  job.has_solver = !problem.solver_optional;
  const JudgeLoan judge;
  Judged judged = judge->run(job);
  if (judged.needs_solver) {
    job.has_solver = true;
    judged = judge->run(job);
  }
  return judged;
}

Judged run_with_second_try(const Problem& problem, std::string_view code, double cpu_seconds) {
  return sandbox::with_second_try(solver_limits(cpu_seconds),
                                  [&] { return run_once(problem, code, cpu_seconds); });
}

}  // namespace

sandbox::Limits solver_limits(double cpu_seconds) {
  sandbox::Limits limits;
  limits.cpu_seconds = cpu_seconds;
  limits.wall_seconds = 4 * cpu_seconds + 20;
  limits.file_bytes = std::size_t{16} << 20;
  return limits;
}

double Judging::cpu_limit(const Problem& problem) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = limits_.find(problem.id);
    if (known != limits_.end()) {
      return known->second;
    }
  }
  double limit = kLeastCpuSeconds;
  if (!problem.reference.empty()) {
    const sandbox::Alone turn;
    const Judged judged = run_once(problem, problem.reference, kReferenceCpuSeconds);
    limit = std::max(limit, kReferenceFactor * judged.end.cpu_seconds);
  }
  const std::lock_guard lock(mutex_);
  return limits_.emplace(problem.id, limit).first->second;
}

sandbox::Outcome Judging::judge(const Problem& problem, std::string_view code) {
  Judged judged = run_with_second_try(problem, code, kLeastCpuSeconds);
  // The reference's time matters only to answers that the least limit stopped.
  if (judged.outcome.category == Category::timeout) {
    const double limit = cpu_limit(problem);
    if (limit > kLeastCpuSeconds) {
      judged = run_with_second_try(problem, code, limit);
    }
  }
  if (judged.outcome.category == Category::infrastructure) {
    fail_evaluation("the sandbox failed: {}", judged.outcome.detail);
  }
  return judged.outcome;
}

std::string Judging::ask(const std::string& request, int cpu_seconds) {
  Job job;
  job.request = request;
  job.has_solver = false;
  job.judge_cpu_seconds = cpu_seconds;
  const JudgeLoan judge;
  Judged judged = judge->run(job);
  if (judged.outcome.category == Category::infrastructure && !judged.needs_solver) {
    fail_evaluation("the judge failed: {}", judged.outcome.detail);
  }
  return judged.reply;
}

Grade grade_of(const sandbox::Outcome& outcome) {
  Grade grade;
  grade.correct = outcome.category == Category::passed;
  grade.evidence = to_string(outcome.category);
  std::replace(grade.evidence.begin(), grade.evidence.end(), ' ', '_');
  grade.why = to_string(outcome.category);
  if (!outcome.detail.empty()) {
    grade.why += ": " + outcome.detail;
  }
  grade.isolation = isolation();
  // Judge and solver are processes of their own, but without a sandbox the one can reach the other.
  grade.forgeable = execution() == Execution::unsafe;
  return grade;
}

}  // namespace reckon::suites::code
