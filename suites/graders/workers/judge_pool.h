#pragma once
// The parent's side: workers that judge pairs of mathematics, so that an abort inside a library costs one
// pair.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "suites/math/judge.h"

namespace reckon::suites {

struct JudgePoolSettings {
  /// A program that calls run_judge_worker(0) when it is started with these words: its standard input is the
  /// socket.
  std::string program;
  std::vector<std::string> arguments;
  int workers = 2;  ///< at most; each is started when it is first needed
};

/// A fresh process a worker (posix_spawn of the program, never fork of this one, which has threads). A worker
/// that ends on a pair is replaced. If it had judged others before, the pair is put to a fresh worker, so
/// that a verdict does not depend on what came before; a fresh worker that runs into its memory limit, aborts
/// or crashes on it makes the pair "not decided (limit)".
class JudgePool {
 public:
  explicit JudgePool(JudgePoolSettings settings);
  ~JudgePool();
  JudgePool(const JudgePool&) = delete;
  JudgePool& operator=(const JudgePool&) = delete;

  /// May be called from several threads; waits for a free worker. Errors (evaluation): a worker cannot be
  /// started or is killed from outside again and again; a pair takes more than kMaxCpuSeconds of processor
  /// time (no verdict is better than one that depends on the machine).
  math::Judgement judge(std::string_view gold, std::string_view answer, const math::Policy& policy);

  /// How many workers were started so far.
  std::int64_t started() const;

  static constexpr double kMaxCpuSeconds = 60;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reckon::suites
