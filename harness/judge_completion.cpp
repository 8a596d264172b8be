#include "harness/judge_completion.h"

#include <fmt/format.h>

namespace reckon::harness {

suites::Verdict judge_completion(const suites::Task& task, const suites::Sample& sample,
                                 const Completion& completion) {
  if (!completion.scores.empty()) {
    std::vector<double> logprobs;
    std::vector<bool> greedy;
    for (const ContinuationScore& score : completion.scores) {
      logprobs.push_back(score.logprob);
      greedy.push_back(score.is_greedy);
    }
    return task.grade_loglikelihoods(sample, logprobs, greedy);
  }
  suites::Verdict verdict = task.grade(sample, completion.answer);
  if (completion.truncated) {
    // What stands at the end of an answer that was cut off may be half a number.
    verdict.why = completion.answer.empty()
                      ? "cut off by the token limit while still thinking: no answer"
                      : fmt::format("cut off by the token limit (what was there would have been {})",
                                    verdict.correct ? "right" : "wrong");
    verdict.correct = false;
    verdict.evidence.clear();
    for (auto& [name, value] : verdict.metrics) value = 0.0;
  }
  return verdict;
}

}  // namespace reckon::harness
