#pragma once
// One line of samples/<task>.jsonl (docs/run_directory.md).

#include <cstdint>
#include <optional>
#include <string>

#include "harness/model.h"
#include "suites/graders/verdict.h"
#include "suites/task.h"

namespace reckon::harness {

/// Everything that is known when an answer has come (or failed to).
struct SampleRecord {
  const suites::Sample* sample = nullptr;
  std::int32_t repeat = 0;
  const suites::Prompt* prompt = nullptr;
  Completion completion;
  std::optional<suites::Verdict> verdict;  ///< nullopt: not graded (predict_only, error, cancelled)
  std::uint64_t seed = 0;
  std::int32_t launch = 0;
  double submitted_seconds = 0.0;  ///< since the start of the launch
};

/// The record as one line of JSON without its newline.
std::string sample_line(const SampleRecord& record);

/// What resuming needs to know of a line.
struct RecordedSample {
  std::int64_t doc_id = 0;
  std::int32_t repeat = 0;
  std::string doc_hash;
  bool finished = false;  ///< false: an error or a cancelled request, to be tried again
  std::optional<bool> correct;
  std::int64_t output_tokens = 0;
};

/// Errors name `source` (file: line).
RecordedSample read_recorded_sample(std::string_view line, const std::string& source);

}  // namespace reckon::harness
