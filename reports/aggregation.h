#pragma once
// Metrics that are no mean over questions: perplexities and bits per byte.

#include <string>
#include <vector>

#include "reports/summary.h"

namespace reckon::reports {

/// What one question adds: a log-probability (natural logarithm) and the words, bytes or targets that it is
/// over.
struct LogProbability {
  double sum = 0;
  double weight = 1;
};

/// Whether `aggregation` is one that score_of_log_probabilities() makes: perplexity, weighted_perplexity,
/// bits_per_byte.
bool is_log_aggregation(const std::string& aggregation);

/// With r = sum of log-probabilities / sum of weights: exp(-r), or -r / ln 2 for bits_per_byte. Standard
/// error by the delta method from that of the ratio, SE(r)^2 = n/(n-1) sum (a_i - r w_i)^2 / (sum w_i)^2; the
/// interval is t's for r, transformed. Questions count as independent.
Score score_of_log_probabilities(const std::string& aggregation,
                                 const std::vector<LogProbability>& questions);

}  // namespace reckon::reports
