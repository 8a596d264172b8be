#pragma once
// From what a model wrote to a verdict: the one place that knows what a cut-off answer is worth.

#include "harness/model.h"
#include "suites/task.h"

namespace reckon::harness {

/// A truncated answer is no answer, whatever stands at its end. Errors: see Task::grade().
suites::Verdict judge_completion(const suites::Task& task, const suites::Sample& sample,
                                 const Completion& completion);

}  // namespace reckon::harness
