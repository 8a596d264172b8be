#pragma once
// The sampling algorithm, written once for every back end.
//
// For one row of raw logits l[0..V), in this order:
//  1. log-probabilities of the raw logits: lp = l - logsumexp(l). Everything reported comes from here.
//  2. penalties, over the tokens seen in prompt and output: repetition (l > 0 ? l / r : l * r, CTRL), then
//  over those of
//     the output alone: l -= frequency * count + presence.
//  3. temperature 0: the largest logit, ties to the lowest index. Done.
//  4. l /= temperature.
//  5. top-k: the k largest (ties to the lowest index); 0 keeps all.
//  6. p = softmax over what is left, in descending order of l (ties to the lowest index). Its sum is made in
//     that order where top-k keeps a part, else as the sum of 1 (kernels/cpu/logits.h).
//  7. top-p: the shortest prefix of that order whose sum reaches top_p.
//  8. min-p: of those, p >= min_p * p_max.
//  9. u = uniform(seed, position); the first token of the order whose running sum of p exceeds u * (sum of
//  what is left).
// uniform(seed, position): Philox4x32-10 with key = seed (low word first) and counter = (position, 0, 0, 0);
// the first output word's high 24 bits times 2^-24.

#include <cstdint>
#include <utility>
#include <vector>

namespace reckon::kernels {

struct SamplingRow {
  float temperature = 0.0F;         ///< 0: greedy
  std::int32_t top_k = 0;           ///< 0: off
  float top_p = 1.0F;               ///< 1: off
  float min_p = 0.0F;               ///< 0: off
  float repetition_penalty = 1.0F;  ///< 1: off
  float presence_penalty = 0.0F;
  float frequency_penalty = 0.0F;
  std::uint64_t seed = 0;     ///< of the request
  std::int32_t position = 0;  ///< of the token being drawn
  std::int32_t top_n = 0;     ///< how many log-probabilities to return beside the chosen one
  /// For penalties only; empty when off. (token, count in the output; 0 = seen in the prompt alone)
  std::vector<std::pair<std::int32_t, std::int32_t>> seen;
};

struct TokenLogprob {
  std::int32_t token = 0;
  float logprob = 0.0F;
};

struct SampledRow {
  std::int32_t token = -1;
  float logprob = 0.0F;           ///< of the raw logits
  std::vector<TokenLogprob> top;  ///< top_n, descending, ties to the lowest index
  bool finite = true;             ///< false: a logit was NaN or infinite; `token` is then -1
};

/// The score of a given token: its raw log-probability, and whether arg-max would have chosen it.
struct ScoredRow {
  float logprob = 0.0F;
  bool is_greedy = false;
  std::vector<TokenLogprob> top;
  bool finite = true;
};

}  // namespace reckon::kernels
