#pragma once
// Outputs that were made elsewhere, to be graded without a model.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reckon::suites {

/// The replies to one document, in the order of the repeats.
struct GivenOutput {
  std::int64_t doc_id = 0;
  std::vector<std::string> responses;
  /// multiple_choice and loglikelihood lines of lm-evaluation-harness: [log probability, greedy] per
  /// continuation.
  std::vector<double> loglikelihoods;
  std::vector<bool> greedy;
  std::optional<double> reported;  ///< the metric that came with the line ("exact_match", "acc"), when it did
  std::string doc_hash;            ///< "" when absent: else it must be that of the sample
  std::size_t line = 0;            ///< in the file, from 1
};

/// Reads lm-evaluation-harness sample lines (samples_*.jsonl: doc_id, resps ...) or {"doc_id", "resps":
/// [...]} lines. `resps` is a list of texts, or a list of lists of texts. Several lines of one doc_id (one
/// per filter) count once. Errors: no JSON, no doc_id, no resps: file and line.
std::vector<GivenOutput> read_given_outputs(const std::string& path);

}  // namespace reckon::suites
