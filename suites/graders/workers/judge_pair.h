#pragma once
// Where pairs of mathematics are judged: in workers where the program has set them up, else in this process.

#include <string_view>

#include "suites/graders/workers/judge_pool.h"

namespace reckon::suites {

/// For the whole process; call it once, before the first pair. Without it judge_pair() judges here, as tests
/// and small tools want it.
void judge_in_workers(JudgePoolSettings settings);

/// See JudgePool::judge().
math::Judgement judge_pair(std::string_view gold, std::string_view answer, const math::Policy& policy);

}  // namespace reckon::suites
