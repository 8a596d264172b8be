#pragma once
// A judge process and, for each job, a solver process: neither can reach the other but through a pipe of
// frames.

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "suites/sandbox/box.h"
#include "suites/sandbox/outcome.h"

namespace reckon::suites::code {

/// What is to be judged. `request` is an object as suites/code/python/judge.py reads it ("form", ...).
struct Job {
  std::string request;
  int judge_cpu_seconds = 30;  ///< for the dataset's own code, and for comparing
  bool has_solver = true;
  std::string_view solver_code;  ///< the answer, as a program
  sandbox::Limits solver_limits;
};

struct Judged {
  sandbox::Outcome outcome;
  bool needs_solver = false;  ///< the answer is no literal: judge it again with a solver
  sandbox::BoxEnd end;        ///< of the solver
  sandbox::Stop stop = sandbox::Stop::none;
  std::string reply;  ///< the judge's own result, as JSON
};

/// One judge in its box. It serves one job at a time, for many problems.
class Judge {
 public:
  explicit Judge(const sandbox::Layers& without);
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  /// `outcome` is infrastructure where the judge itself failed.
  Judged run(const Job& job);
  bool alive() const;

 private:
  bool send(const Job& job, int to_solver, int from_solver);
  /// The next reply, "" when there is none within `seconds`.
  std::string receive(double seconds);

  sandbox::Layers without_;
  sandbox::Descriptor socket_;
  std::unique_ptr<sandbox::Box> box_;
  bool broken_ = false;
};

/// A judge for the calling thread: taken from those that are idle, started where there is none, and given
/// back with the object.
class JudgeLoan {
 public:
  JudgeLoan();
  ~JudgeLoan();
  JudgeLoan(const JudgeLoan&) = delete;
  JudgeLoan& operator=(const JudgeLoan&) = delete;
  Judge& operator*() const { return *judge_; }
  Judge* operator->() const { return judge_.get(); }

 private:
  std::unique_ptr<Judge> judge_;
};

}  // namespace reckon::suites::code
