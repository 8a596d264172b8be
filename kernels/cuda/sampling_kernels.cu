// The draw of kernels/sampling.h: a block a row.
#include "kernels/cuda/exponential_sum.h"
#include "kernels/cuda/launch.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// Larger floats give larger numbers; the two zeros are one.
RECKON_DEVICE std::uint32_t ordered_bits(float x) {
  const std::uint32_t raw = bits_of(x + 0.0F);
  return (raw & 0x80000000U) != 0 ? ~raw : raw | 0x80000000U;
}
/// Descending order of these is descending order of value, ties to the lowest index. 0 stands for nothing.
RECKON_DEVICE std::uint64_t sort_key(float value, std::int64_t index) {
  return static_cast<std::uint64_t>(ordered_bits(value)) << 32U |
         (0xffffffffU - static_cast<std::uint32_t>(index));
}
RECKON_DEVICE std::int32_t index_of(std::uint64_t key) {
  return static_cast<std::int32_t>(0xffffffffU - static_cast<std::uint32_t>(key));
}

struct DrawToken {
  static constexpr int kThreads = 256;
  static constexpr int kSharedBytes = 32 + kThreads * 8;
  Draw a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = block_x();
    const Normaliser n = a.logits.normalisers[row];
    if (n.finite == 0) {
      if (thread_index() == 0) a.chosen[row] = Chosen();
      return;
    }
    const DrawParameters p = a.parameters[row];
    const Global<const float> logits = a.logits.data + row * a.logits.stride;
    std::int32_t token = n.arg_max;
    if (p.seen_count > 0 || p.temperature > 0.0F) {
      const Global<float> work = a.work + row * a.logits.columns;
      for (std::int64_t i = thread_index(); i < a.logits.columns; i += kThreads) work[i] = logits[i];
      sync_block();
      apply_penalties(p, work);
      const float maximum = largest(work, token);
      if (p.temperature > 0.0F) {
        for (std::int64_t i = thread_index(); i < a.logits.columns; i += kThreads)
          work[i] = (work[i] - maximum) / p.temperature;
        sync_block();
        token = choose(p, work, a.order + row * a.order_size);
      }
    }
    if (thread_index() != 0) return;
    Chosen result;
    result.token = token;
    result.logprob = (logits[token] - n.maximum) - n.log_sum;
    a.chosen[row] = result;
  }

 private:
  RECKON_DEVICE void apply_penalties(const DrawParameters& p, Global<float> work) const {
    constexpr float kLimit = 3.40282347e+38F / 4;
    for (int i = thread_index(); i < p.seen_count; i += kThreads) {
      const SeenToken seen = a.seen[p.first_seen + i];
      float logit = work[seen.token];
      if (p.repetition_penalty != 1.0F)
        logit = logit > 0.0F ? logit / p.repetition_penalty : logit * p.repetition_penalty;
      if (seen.count > 0)
        logit = logit - (p.frequency_penalty * static_cast<float>(seen.count) + p.presence_penalty);
      logit = logit < -kLimit ? -kLimit : logit > kLimit ? kLimit : logit;
      work[seen.token] = logit;
    }
    sync_block();
  }

  /// The largest and its first index, for every thread.
  RECKON_DEVICE float largest(Global<const float> work, std::int32_t& token) const {
    const Shared<float> values = shared_at<float>(32, kThreads);
    const Shared<std::int32_t> indices = shared_at<std::int32_t>(32 + kThreads * 4, kThreads);
    float best = -infinity();
    std::int32_t index = 0x7fffffff;
    for (std::int64_t i = thread_index(); i < a.logits.columns; i += kThreads) {
      const float x = work[i];
      if (x > best) {
        best = x;
        index = static_cast<std::int32_t>(i);
      }
    }
    values[thread_index()] = best;
    indices[thread_index()] = index;
    for (int step = kThreads / 2; step > 0; step /= 2) {
      sync_block();
      if (thread_index() >= step) continue;
      const float other = values[thread_index() + step];
      const std::int32_t other_index = indices[thread_index() + step];
      if (other > best || (other == best && other_index < index)) {
        best = other;
        index = other_index;
        values[thread_index()] = best;
        indices[thread_index()] = index;
      }
    }
    sync_block();
    token = indices[0];
    return values[0];
  }

  /// Steps 5 to 9 of sampling.h. Probabilities are kept as e^(l - l_max), sums of them in double.
  RECKON_DEVICE std::int32_t choose(const DrawParameters& p, Global<const float> work,
                                    Global<std::uint64_t> order) const {
    const Shared<std::int32_t> answer = shared_at<std::int32_t>(0, 1);
    const bool top_k = p.top_k > 0 && p.top_k < a.logits.columns;
    const Global<float> sums = a.logits.chunk_sums + block_x() * a.logits.chunks();
    const double everything = top_k ? 0.0 : sum_exponentials<kThreads>(work, a.logits.columns, 0.0F, sums);
    // e^-16: what lies deeper is drawn about once in a million times; then all are sorted.
    for (const float depth : {-16.0F, -infinity()}) {
      const int sorted = sort_down_to(depth, work, order);
      if (thread_index() == 0) answer[0] = walk(p, work, order, sorted, everything);
      sync_block();
      const std::int32_t token = answer[0];
      sync_block();
      if (token >= 0) return token;
    }
    return 0;
  }

  /// Sorts the values of at least `depth`; returns how many there are.
  RECKON_DEVICE int sort_down_to(float depth, Global<const float> work, Global<std::uint64_t> order) const {
    const Shared<std::int32_t> gathered = shared_at<std::int32_t>(16, 1);
    if (thread_index() == 0) gathered[0] = 0;
    sync_block();
    for (std::int64_t i = thread_index(); i < a.logits.columns; i += kThreads) {
      const float x = work[i];
      if (x >= depth) order[atomic_add_shared(gathered)] = sort_key(x, i);
    }
    sync_block();
    const int count = gathered[0];
    int size = 1;
    while (size < count) size *= 2;
    for (int i = count + thread_index(); i < size; i += kThreads) order[i] = 0;
    sync_block();
    // Bitonic: K. E. Batcher, "Sorting networks and their applications", 1968.
    for (int run = 2; run <= size; run *= 2) {
      for (int step = run / 2; step > 0; step /= 2) {
        for (int i = thread_index(); i < size / 2; i += kThreads) {
          const int low = i / step * 2 * step + i % step;
          const bool descending = (low & run) == 0;
          const std::uint64_t first = order[low];
          const std::uint64_t second = order[low + step];
          if ((first < second) == descending) {
            order[low] = second;
            order[low + step] = first;
          }
        }
        sync_block();
      }
    }
    return count;
  }

  RECKON_DEVICE static int atomic_add_shared(Shared<std::int32_t> counter) { return atomic_add(counter, 1); }

  /// By one thread: the token, or -1 when more has to be sorted.
  RECKON_DEVICE std::int32_t walk(const DrawParameters& p, Global<const float> work,
                                  Global<const std::uint64_t> order, int sorted, double total) const {
    const auto weight_at = [&](std::int64_t rank) {
      return static_cast<double>(exponential(work[index_of(order[rank])]));
    };
    std::int64_t kept = a.logits.columns;
    if (p.top_k > 0 && p.top_k < a.logits.columns) {
      kept = p.top_k;
      if (kept > sorted) return -1;
      total = 0.0;
      for (std::int64_t rank = 0; rank < kept; ++rank) total += weight_at(rank);
    }
    if (p.top_p < 1.0F || p.min_p > 0.0F) {
      const double enough = static_cast<double>(p.top_p) * total;
      const double least = static_cast<double>(p.min_p) * weight_at(0);
      double sum = 0.0;
      std::int64_t rank = 0;
      while (rank < kept) {
        if (rank >= sorted) return -1;
        const double weight = weight_at(rank);
        if (rank > 0 && weight < least) break;
        sum += weight;
        ++rank;
        if (p.top_p < 1.0F && sum >= enough) break;
      }
      kept = rank;
      total = sum;
    }
    const double threshold = static_cast<double>(p.uniform) * total;
    double running = 0.0;
    std::int32_t last = index_of(order[0]);
    for (std::int64_t rank = 0; rank < kept; ++rank) {
      if (rank >= sorted) return -1;
      const double weight = weight_at(rank);
      if (weight == 0.0) break;  // nothing but zeros follows; rounding left the threshold just above the sum
      last = index_of(order[rank]);
      running += weight;
      if (running > threshold) break;
    }
    return last;
  }
};

}  // namespace

void draw(const Stream& stream, const Draw& draw) {
  launch(stream, "sample", DrawToken{draw}, {draw.logits.rows}, DrawToken::kSharedBytes);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
