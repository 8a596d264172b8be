#pragma once
// The worker's side: a process of its own that judges pairs until its parent closes the socket.

#include <cstdint>
#include <string_view>

#include "suites/math/judge.h"

namespace reckon::suites {

/// Sanitizers map more address space than any limit leaves, and end a process in their own way.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kWorkersAreLimited = false;
#else
constexpr bool kWorkersAreLimited = true;
#endif

/// Address space of a worker; what needs more is "not decided (limit)".
constexpr std::uint64_t kWorkerMemoryBytes = std::uint64_t{1} << 30;

/// Judges one pair; math::judge, but for tests.
using JudgeFunction = math::Judgement (*)(std::string_view gold, std::string_view answer,
                                          const math::Policy& policy);

/// Judges the pairs that come over `socket` and replies to each; returns the exit code of the process when
/// the parent is gone. Sets the memory limit for the whole process, writes no core, and runs on a stack of
/// fixed size, so that what is too deep does not depend on the user's limits. To be called first thing in
/// main().
int run_judge_worker(int socket, JudgeFunction judge = math::judge);

/// How a worker that ran out of memory ends.
constexpr int kOutOfMemoryExit = 71;

}  // namespace reckon::suites
