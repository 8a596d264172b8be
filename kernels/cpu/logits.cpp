#include "kernels/cpu/logits.h"

#include <algorithm>

namespace reckon::kernels::cpu {

double sum_exponentials(const OpTable& ops, float* out, const float* logits, std::int64_t vocabulary,
                        float shift) {
  constexpr std::int64_t kChunk = 1024;
  double sum = 0.0;
  for (std::int64_t i = 0; i < vocabulary; i += kChunk)
    sum += static_cast<double>(
        ops.exp_sum(out == nullptr ? nullptr : out + i, logits + i, std::min(kChunk, vocabulary - i), shift));
  return sum;
}

LogNormaliser log_normaliser(const OpTable& ops, const float* logits, std::int64_t vocabulary) {
  const RowScan row = ops.scan(logits, vocabulary);
  LogNormaliser result;
  result.finite = row.finite;
  if (!row.finite) return result;
  result.maximum = row.maximum;
  result.log_sum =
      ops.log(static_cast<float>(sum_exponentials(ops, nullptr, logits, vocabulary, row.maximum)));
  return result;
}

std::int32_t arg_max(const OpTable& ops, const float* logits, std::int64_t vocabulary) {
  const float maximum = ops.scan(logits, vocabulary).maximum;
  for (std::int64_t i = 0; i < vocabulary; ++i) {
    if (logits[i] == maximum) return static_cast<std::int32_t>(i);
  }
  return 0;
}

std::vector<TokenLogprob> top_logprobs(const float* logits, std::int64_t vocabulary,
                                       const LogNormaliser& normaliser, std::int32_t n) {
  const auto wanted = static_cast<std::size_t>(std::clamp<std::int64_t>(n, 0, vocabulary));
  std::vector<std::int32_t> heap;  // the best so far, the worst of them in front
  if (wanted == 0) return {};
  const auto better = [&](std::int32_t a, std::int32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  };
  heap.reserve(wanted + 1);
  for (std::int32_t i = 0; i < vocabulary; ++i) {
    if (heap.size() == wanted) {
      if (!(logits[i] > logits[heap.front()])) continue;  // equal: the earlier index stays
      std::pop_heap(heap.begin(), heap.end(), better);
      heap.back() = i;
    } else {
      heap.push_back(i);
    }
    std::push_heap(heap.begin(), heap.end(), better);
  }
  std::sort_heap(heap.begin(), heap.end(), better);
  std::vector<TokenLogprob> top;
  top.reserve(wanted);
  for (const std::int32_t token : heap) top.push_back({token, normaliser.of(logits[token])});
  return top;
}

ScoredRow score_row(const OpTable& ops, const float* logits, std::int64_t vocabulary, std::int32_t target,
                    std::int32_t top_n) {
  const LogNormaliser normaliser = log_normaliser(ops, logits, vocabulary);
  ScoredRow result;
  result.finite = normaliser.finite;
  if (!result.finite) return result;
  result.logprob = normaliser.of(logits[target]);
  result.is_greedy = arg_max(ops, logits, vocabulary) == target;
  result.top = top_logprobs(logits, vocabulary, normaliser, top_n);
  return result;
}

}  // namespace reckon::kernels::cpu
