#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "kernels/cpu/logits.h"
#include "kernels/philox.h"

namespace reckon::kernels::cpu {
namespace {

/// Indices of a row in descending order of value (ties to the lowest index), sorted only as far as they are
/// asked for.
class Descending {
 public:
  /// `values` are at most 0, with 0 the largest.
  explicit Descending(const std::vector<float>& values) : values_(values) { gather(kFirstDepth); }

  /// The index at place `rank`, which must be below the number of values.
  std::int32_t at(std::size_t rank) {
    while (rank >= sorted_) {
      if (sorted_ == order_.size()) gather(-std::numeric_limits<float>::infinity());
      sort_to(std::min(order_.size(), std::max(kFirstSorted, sorted_ * 8)));
    }
    return order_[rank];
  }

 private:
  // e^-16: what lies deeper is drawn about once in a million times.
  static constexpr float kFirstDepth = -16.0F;
  static constexpr std::size_t kFirstSorted = 64;
  // From here on counting is faster than comparing.
  static constexpr std::size_t kCompareUpTo = 4096;

  /// Appends the values down to `depth` that are not in the order yet.
  void gather(float depth) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i] >= depth && !(values_[i] >= depth_)) order_.push_back(static_cast<std::int32_t>(i));
    }
    depth_ = depth;
  }

  void sort_to(std::size_t count) {
    if (count > kCompareUpTo) {
      sort_by_digits();
      return;
    }
    const auto better = [&](std::int32_t a, std::int32_t b) {
      const float left = values_[static_cast<std::size_t>(a)];
      const float right = values_[static_cast<std::size_t>(b)];
      return left > right || (left == right && a < b);
    };
    const auto begin = order_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    const auto end = order_.begin() + static_cast<std::ptrdiff_t>(count);
    if (end != order_.end()) std::nth_element(begin, end, order_.end(), better);
    std::sort(begin, end, better);
    sorted_ = count;
  }

  /// Sorts all that is gathered: a stable radix sort, from the indices in ascending order. Values are at most
  /// 0, so that the bits of their magnitude ascend as they descend.
  void sort_by_digits() {
    struct Entry {
      std::uint32_t key;
      std::int32_t index;
    };
    constexpr unsigned kDigitBits = 11;  // three digits of 31 bits
    constexpr std::uint32_t kDigits = 1U << kDigitBits;
    std::vector<Entry> entries;
    entries.reserve(order_.size());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i] >= depth_)
        entries.push_back(
            {std::bit_cast<std::uint32_t>(values_[i]) & 0x7fffffffU, static_cast<std::int32_t>(i)});
    }
    std::vector<Entry> sorted(entries.size());
    for (unsigned shift = 0; shift < 31; shift += kDigitBits) {
      std::vector<std::size_t> place(kDigits + 1, 0);
      for (const Entry& entry : entries) ++place[((entry.key >> shift) & (kDigits - 1)) + 1];
      for (std::size_t digit = 1; digit <= kDigits; ++digit) place[digit] += place[digit - 1];
      for (const Entry& entry : entries) sorted[place[(entry.key >> shift) & (kDigits - 1)]++] = entry;
      entries.swap(sorted);
    }
    for (std::size_t i = 0; i < entries.size(); ++i) order_[i] = entries[i].index;
    sorted_ = order_.size();
  }

  const std::vector<float>& values_;
  std::vector<std::int32_t> order_;
  std::size_t sorted_ = 0;
  float depth_ = std::numeric_limits<float>::infinity();
};

void apply_penalties(const SamplingRow& row, std::vector<float>& logits) {
  // A huge penalty must not make an infinity of a finite logit.
  constexpr float kLimit = std::numeric_limits<float>::max() / 4;
  for (const auto& [token, count] : row.seen) {
    float& logit = logits[static_cast<std::size_t>(token)];
    if (row.repetition_penalty != 1.0F)
      logit = logit > 0.0F ? logit / row.repetition_penalty : logit * row.repetition_penalty;
    if (count > 0) logit -= row.frequency_penalty * static_cast<float>(count) + row.presence_penalty;
    logit = std::clamp(logit, -kLimit, kLimit);
  }
}

/// Steps 5 to 9 of sampling.h. Probabilities are kept as e^(l - l_max), sums of them in double.
std::int32_t draw(const OpTable& ops, const SamplingRow& row, SampleScratch& scratch) {
  const auto vocabulary = scratch.logits.size();
  scratch.weights.resize(vocabulary);
  const double everything = sum_exponentials(ops, scratch.weights.data(), scratch.logits.data(),
                                             static_cast<std::int64_t>(vocabulary), 0.0F);
  const std::vector<float>& weights = scratch.weights;
  Descending order(scratch.logits);
  const auto weight_at = [&](std::size_t rank) {
    return static_cast<double>(weights[static_cast<std::size_t>(order.at(rank))]);
  };

  std::size_t kept = vocabulary;
  double total = 0.0;
  if (row.top_k > 0 && static_cast<std::size_t>(row.top_k) < vocabulary) {
    kept = static_cast<std::size_t>(row.top_k);
    for (std::size_t rank = 0; rank < kept; ++rank) total += weight_at(rank);
  } else {
    total = everything;
  }
  if (row.top_p < 1.0F || row.min_p > 0.0F) {
    const double enough = static_cast<double>(row.top_p) * total;
    const double least = static_cast<double>(row.min_p) * weight_at(0);
    double sum = 0.0;
    std::size_t rank = 0;
    while (rank < kept && (rank == 0 || weight_at(rank) >= least)) {
      sum += weight_at(rank++);
      if (row.top_p < 1.0F && sum >= enough) break;
    }
    kept = rank;
    total = sum;
  }
  const double threshold = static_cast<double>(uniform_of(row.seed, row.position)) * total;
  double running = 0.0;
  std::int32_t last = order.at(0);
  for (std::size_t rank = 0; rank < kept; ++rank) {
    const double weight = weight_at(rank);
    if (weight == 0.0) break;  // nothing but zeros follows; rounding left the threshold just above the sum
    last = order.at(rank);
    running += weight;
    if (running > threshold) break;
  }
  return last;
}

}  // namespace

void check_sampling_row(const SamplingRow& row, std::int64_t vocabulary) {
  const auto check = [](bool good, const char* name, float value, const char* wanted) {
    if (!good) fail_input("sample: {} = {}; it must be {}", name, value, wanted);
  };
  check(row.temperature >= 0.0F && std::isfinite(row.temperature), "temperature", row.temperature,
        "0 or above");
  check(row.top_p > 0.0F && row.top_p <= 1.0F, "top_p", row.top_p, "above 0 and at most 1");
  check(row.min_p >= 0.0F && row.min_p <= 1.0F, "min_p", row.min_p, "from 0 to 1");
  check(row.repetition_penalty > 0.0F && std::isfinite(row.repetition_penalty), "repetition_penalty",
        row.repetition_penalty, "above 0");
  check(std::isfinite(row.presence_penalty), "presence_penalty", row.presence_penalty, "finite");
  check(std::isfinite(row.frequency_penalty), "frequency_penalty", row.frequency_penalty, "finite");
  if (row.top_k < 0 || row.top_n < 0) fail_input("sample: top_k = {}, top_n = {}", row.top_k, row.top_n);
  for (const auto& [token, count] : row.seen) {
    if (token < 0 || token >= vocabulary || count < 0)
      fail_input("sample: penalised token {} seen {} times in a vocabulary of {}", token, count, vocabulary);
  }
}

SampledRow sample_row(const OpTable& ops, const float* logits, std::int64_t vocabulary,
                      const SamplingRow& row, SampleScratch& scratch) {
  const LogNormaliser normaliser = log_normaliser(ops, logits, vocabulary);
  SampledRow result;
  result.finite = normaliser.finite;
  if (!result.finite) return result;
  const bool penalised = !row.seen.empty();
  if (penalised || row.temperature > 0.0F) {
    scratch.logits.assign(logits, logits + vocabulary);
    if (penalised) apply_penalties(row, scratch.logits);
  }
  if (row.temperature == 0.0F) {
    result.token = arg_max(ops, penalised ? scratch.logits.data() : logits, vocabulary);
  } else {
    // Shifting by the maximum first keeps l / temperature finite for tiny temperatures.
    const float maximum = ops.scan(scratch.logits.data(), vocabulary).maximum;
    ops.shift_divide(scratch.logits.data(), scratch.logits.data(), vocabulary, maximum, row.temperature);
    result.token = draw(ops, row, scratch);
  }
  result.logprob = normaliser.of(logits[result.token]);
  result.top = top_logprobs(logits, vocabulary, normaliser, row.top_n);
  return result;
}

}  // namespace reckon::kernels::cpu
