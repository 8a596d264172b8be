#include "suites/graders/workers/judge_pair.h"

namespace reckon::suites {
namespace {

std::unique_ptr<JudgePool>& process_pool() {
  static std::unique_ptr<JudgePool> pool;
  return pool;
}

}  // namespace

void judge_in_workers(JudgePoolSettings settings) {
  process_pool() = std::make_unique<JudgePool>(std::move(settings));
}

math::Judgement judge_pair(std::string_view gold, std::string_view answer, const math::Policy& policy) {
  const std::unique_ptr<JudgePool>& pool = process_pool();
  return pool ? pool->judge(gold, answer, policy) : math::judge(gold, answer, policy);
}

}  // namespace reckon::suites
