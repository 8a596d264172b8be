// A grading worker whose judge ends as the gold answer says: what libraries do on hostile input.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <vector>

#include "suites/graders/workers/judge_worker.h"

namespace {

using namespace reckon::suites;

int pairs_before = 0;

[[gnu::noinline]] int too_deep(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : too_deep(depth + 1) + frame[0];
}

math::Judgement judge(std::string_view gold, std::string_view answer, const math::Policy& policy) {
  const int before = pairs_before++;
  if (gold == "abort") std::abort();
  if (gold == "deep") return {too_deep(0) == 0, math::Evidence::not_decided, ""};
  if (gold == "memory") {
    std::vector<std::vector<char>> held;
    while (true) held.emplace_back(std::size_t{1} << 24, 'x');
  }
  if (gold == "killed") raise(SIGKILL);
  if (gold == "exit") _exit(0);
  if (gold == "only when fresh" && before > 0) std::abort();
  if (gold == "pairs before") return {true, math::Evidence::proven_equal, std::to_string(before)};
  return math::judge(gold, answer, policy);
}

}  // namespace

int main() { return run_judge_worker(STDIN_FILENO, judge); }
