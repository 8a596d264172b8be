#include "kernels/cuda/logit_kernels.h"

#include "kernels/cuda/exponential_sum.h"
#include "kernels/cuda/launch.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// Maximum and its first index over a block, and whether all are finite; every thread gets it.
template <int kThreads>
struct BlockScan {
  float maximum;
  int index;
  bool finite;

  static constexpr int kWarps = kThreads / kWarpThreads;
  static constexpr int kSharedBytes = kWarps * 12;

  RECKON_DEVICE static BlockScan of(float value, int index, bool finite, int shared_begin) {
    const Shared<float> maxima = shared_at<float>(shared_begin, kWarps);
    const Shared<int> indices = shared_at<int>(shared_begin + kWarps * 4, kWarps);
    const Shared<int> flags = shared_at<int>(shared_begin + kWarps * 8, kWarps);
    for (int step = 16; step > 0; step /= 2) {
      const float other = shuffle_xor(value, step);
      const int other_index = shuffle_xor(index, step);
      if (other > value || (other == value && other_index < index)) {
        value = other;
        index = other_index;
      }
    }
    const bool warp_finite = ballot(!finite) == 0;
    if (lane() == 0) {
      const int warp = thread_index() / kWarpThreads;
      maxima[warp] = value;
      indices[warp] = index;
      flags[warp] = warp_finite ? 1 : 0;
    }
    sync_block();
    BlockScan result;
    result.maximum = maxima[0];
    result.index = indices[0];
    result.finite = flags[0] != 0;
    for (int w = 1; w < kWarps; ++w) {
      const float other = maxima[w];
      const int other_index = indices[w];
      if (other > result.maximum || (other == result.maximum && other_index < result.index)) {
        result.maximum = other;
        result.index = other_index;
      }
      result.finite = result.finite && flags[w] != 0;
    }
    sync_block();
    return result;
  }
};

constexpr int kNoIndex = 0x7fffffff;

struct Normalise {
  static constexpr int kThreads = 256;
  LogitRows a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = block_x();
    const Global<const float> logits = a.data + row * a.stride;
    float maximum = -infinity();
    int index = kNoIndex;
    bool finite = true;
    for (std::int64_t i = thread_index(); i < a.columns; i += kThreads) {
      const float x = logits[i];
      finite = finite && is_finite(x);
      if (x > maximum) {
        maximum = x;
        index = static_cast<int>(i);
      }
    }
    const auto scan = BlockScan<kThreads>::of(maximum, index, finite, 0);
    if (!scan.finite) {
      if (thread_index() == 0) {
        Normaliser bad;
        bad.finite = 0;
        a.normalisers[row] = bad;
      }
      return;
    }
    const double total =
        sum_exponentials<kThreads>(logits, a.columns, scan.maximum, a.chunk_sums + row * a.chunks());
    if (thread_index() != 0) return;
    Normaliser result;
    result.maximum = scan.maximum;
    result.log_sum = logarithm(static_cast<float>(total));
    result.arg_max = scan.index;
    a.normalisers[row] = result;
  }
};

struct LogSoftmax {
  static constexpr int kThreads = 256;
  LogitRows a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = block_x();
    const std::int64_t i = std::int64_t{block_y()} * kThreads + thread_index();
    if (i >= a.columns) return;
    const Normaliser n = a.normalisers[row];
    const float shift = n.finite != 0 ? n.maximum : not_a_number();
    const Global<float> logits = a.data + row * a.stride;
    logits[i] = (logits[i] - shift) - n.log_sum;
  }
};

struct FindTop {
  static constexpr int kThreads = 256;
  TopRows a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = block_x();
    const Normaliser n = a.logits.normalisers[row];
    const int count = a.counts[row];
    if (n.finite == 0) return;
    const Global<const float> logits = a.logits.data + row * a.logits.stride;
    const Global<TopEntry> top = a.top + a.first[row];
    float last = infinity();
    int last_index = -1;
    for (int rank = 0; rank < count; ++rank) {
      float best = -infinity();
      int index = kNoIndex;
      for (std::int64_t i = thread_index(); i < a.logits.columns; i += kThreads) {
        const float x = logits[i];
        const bool after = x < last || (x == last && i > last_index);
        if (after && x > best) {
          best = x;
          index = static_cast<int>(i);
        }
      }
      const auto scan = BlockScan<kThreads>::of(best, index, true, 0);
      last = scan.maximum;
      last_index = scan.index;
      if (thread_index() == 0) {
        TopEntry entry;
        entry.token = scan.index;
        entry.logprob = (scan.maximum - n.maximum) - n.log_sum;
        top[rank] = entry;
      }
    }
  }
};

struct Score {
  static constexpr int kThreads = 32;
  LogitRows a;
  Global<const std::int32_t> targets;
  Global<Chosen> scored;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = block_x();
    if (thread_index() != 0) return;
    const Normaliser n = a.normalisers[row];
    Chosen result;
    if (n.finite != 0) {
      result.token = n.arg_max;
      result.logprob = (a.data[row * a.stride + targets[row]] - n.maximum) - n.log_sum;
    }
    scored[row] = result;
  }
};

}  // namespace

void normalise(const Stream& stream, const LogitRows& logits) {
  launch(stream, "log_softmax (sums)", Normalise{logits}, {logits.rows},
         BlockScan<Normalise::kThreads>::kSharedBytes);
}

void log_softmax(const Stream& stream, const LogitRows& logits) {
  launch(stream, "log_softmax", LogSoftmax{logits},
         {logits.rows, blocks_for(logits.columns, LogSoftmax::kThreads)});
}

void find_top(const Stream& stream, const TopRows& rows) {
  launch(stream, "sample (top n)", FindTop{rows}, {rows.logits.rows},
         BlockScan<FindTop::kThreads>::kSharedBytes);
}

void score(const Stream& stream, const LogitRows& logits, Global<const std::int32_t> targets,
           Global<Chosen> scored) {
  launch(stream, "score", Score{logits, targets, scored}, {logits.rows});
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
