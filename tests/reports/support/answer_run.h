#pragma once
// Runs in memory, written as a string of right and wrong answers.

#include <string>

#include "reports/run_data.h"

namespace reckon::test {

/// One sample of task "math" for each character: '1' right, '0' wrong, 'x' failed.
inline reports::RunData answer_run(const std::string& name, const std::string& answers,
                                   const std::string& hash_prefix = "q") {
  reports::RunData run;
  run.display_name = name;
  run.directory = name;
  reports::TaskData task;
  task.name = "math";
  for (std::size_t i = 0; i < answers.size(); ++i) {
    reports::SampleRecord sample;
    sample.doc_id = static_cast<std::int64_t>(i);
    sample.doc_hash = hash_prefix + std::to_string(i);
    sample.finish_reason = answers[i] == 'x' ? "error" : "stop";
    sample.graded = answers[i] != 'x';
    if (sample.graded) sample.correct = answers[i] == '1';
    task.records.push_back(sample);
  }
  run.tasks = {task};
  return run;
}

inline std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace reckon::test
