#pragma once
// Rows of logits: log-probabilities, the largest few, and the draw of kernels/sampling.h.

#include <cstdint>
#include <vector>

#include "kernels/cpu/ops/op_table.h"
#include "kernels/sampling.h"

namespace reckon::kernels::cpu {

/// log softmax(l)[i] = (l[i] - maximum) - log_sum.
struct LogNormaliser {
  float maximum = 0.0F;
  float log_sum = 0.0F;
  bool finite = true;  ///< false: a logit is NaN or infinite; the rest says nothing then
  float of(float logit) const { return (logit - maximum) - log_sum; }
};

/// Of e^(l - shift), which `out` [vocabulary] gets where it is not null: chunks of 1,024, 16 lanes and a tree
/// in each, then chunk by chunk in double.
double sum_exponentials(const OpTable& ops, float* out, const float* logits, std::int64_t vocabulary,
                        float shift);

LogNormaliser log_normaliser(const OpTable& ops, const float* logits, std::int64_t vocabulary);

/// The first index of the largest logit.
std::int32_t arg_max(const OpTable& ops, const float* logits, std::int64_t vocabulary);

/// The n largest with their log-probabilities, descending, ties to the lowest index.
std::vector<TokenLogprob> top_logprobs(const float* logits, std::int64_t vocabulary,
                                       const LogNormaliser& normaliser, std::int32_t n);

struct SampleScratch {
  std::vector<float> logits;
  std::vector<float> weights;
};

/// Errors: parameters out of range, a penalised token outside the vocabulary.
void check_sampling_row(const SamplingRow& row, std::int64_t vocabulary);
SampledRow sample_row(const OpTable& ops, const float* logits, std::int64_t vocabulary,
                      const SamplingRow& row, SampleScratch& scratch);
ScoredRow score_row(const OpTable& ops, const float* logits, std::int64_t vocabulary, std::int32_t target,
                    std::int32_t top_n);

}  // namespace reckon::kernels::cpu
