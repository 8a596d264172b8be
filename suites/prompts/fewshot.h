#pragma once
// Which rows of the few-shot pool stand before each question: the draws of lm-evaluation-harness 0.4.13.

#include <cstdint>
#include <string>
#include <vector>

#include "suites/prompts/python_random.h"

namespace reckon::suites {

/// One generator per task and seed, consumed in document order: the draws of document i depend on all
/// documents before it. Not thread-safe.
class FewshotDraws {
 public:
  struct Setup {
    bool first_n = false;  ///< the first rows in order; else drawn at random
    bool excludes_question =
        false;  ///< the pool is the evaluated split: a row equal to the question is never an example
    std::uint32_t count = 0;  ///< examples per question
    std::uint64_t seed = 0;
    std::string task;  ///< for messages
  };

  /// Rows are compared by `pool` and `questions` (their texts); pool indices are what is drawn.
  FewshotDraws(Setup setup, const std::vector<std::string>& pool, const std::vector<std::string>& questions);

  /// Pool indices for question `index`. Errors: the pool is too small.
  const std::vector<std::uint32_t>& of(std::size_t index);

 private:
  std::vector<std::uint32_t> draw(const std::string& question);

  Setup setup_;
  const std::vector<std::string>& pool_;
  const std::vector<std::string>& questions_;
  PythonRandom random_;
  std::vector<std::vector<std::uint32_t>> drawn_;
};

}  // namespace reckon::suites
