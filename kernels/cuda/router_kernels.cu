#include "kernels/cuda/launch.h"
#include "kernels/cuda/logit_kernels.h"
#include "kernels/cuda/math.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// Of a and b (values with their index) the larger; ties to the lower index; a NaN only when nothing else is
/// there; index -1 is none.
struct Candidate {
  float value = 0.0F;
  int index = -1;
};
RECKON_DEVICE Candidate better(const Candidate& a, const Candidate& b) {
  if (a.index < 0) return b;
  if (b.index < 0) return a;
  const bool a_nan = a.value != a.value;
  const bool b_nan = b.value != b.value;
  if (a_nan != b_nan) return a_nan ? b : a;
  if (!a_nan && a.value != b.value) return a.value > b.value ? a : b;
  return a.index < b.index ? a : b;
}

/// The best of values [begin, end) that are not masked, for the whole warp.
RECKON_DEVICE Candidate best_of(Shared<float> values, Shared<std::int32_t> masked, int begin, int end) {
  Candidate best;
  for (int i = begin + lane(); i < end; i += kWarpThreads) {
    if (masked[i] != 0) continue;
    Candidate candidate;
    candidate.value = values[i];
    candidate.index = i;
    best = better(best, candidate);
  }
  for (int step = 16; step > 0; step /= 2) {
    Candidate other;
    other.value = shuffle_xor(best.value, step);
    other.index = shuffle_xor(best.index, step);
    best = better(best, other);
  }
  return best;
}

/// A warp a token.
struct Route {
  static constexpr int kThreads = kWarpThreads;
  Routing a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t token = block_x();
    const Global<const float> logits = a.logits.row(token);
    const Shared<float> scores = shared_at<float>(0, a.experts);
    const Shared<float> biased = shared_at<float>(a.experts * 4, a.experts);
    const Shared<std::int32_t> masked = shared_at<std::int32_t>(a.experts * 8, a.experts);
    compute_scores(logits, scores);
    for (int i = lane(); i < a.experts; i += kWarpThreads) {
      biased[i] = a.bias != nullptr ? scores[i] + a.bias[i] : static_cast<float>(scores[i]);
      masked[i] = 0;
    }
    sync_warp();
    if (a.kept_groups < a.groups) mask_groups(biased, masked);

    float total = 0.0F;
    for (int k = 0; k < a.top_k; ++k) {
      const int expert = best_of(biased, masked, 0, a.experts).index;
      sync_warp();
      total = total + scores[expert];
      if (lane() == 0) {
        masked[expert] = 1;
        a.chosen[token * a.chosen_stride + k] = expert;
      }
      sync_warp();
    }
    for (int k = lane(); k < a.top_k; k += kWarpThreads) {
      float weight = scores[a.chosen[token * a.chosen_stride + k]];
      if (a.normalise) weight = weight / (total + 1e-20F);
      a.weights[token * a.weights_stride + k] = weight * a.scaling;
    }
  }

 private:
  RECKON_DEVICE void compute_scores(Global<const float> logits, Shared<float> scores) const {
    if (a.sigmoid) {
      for (int i = lane(); i < a.experts; i += kWarpThreads) scores[i] = sigmoid(logits[i]);
      sync_warp();
      return;
    }
    float maximum = -infinity();
    for (int i = lane(); i < a.experts; i += kWarpThreads) maximum = larger(logits[i], maximum);
    for (int step = 16; step > 0; step /= 2) maximum = larger(maximum, shuffle_xor(maximum, step));
    // Sixteen lanes and a tree; the upper half of the warp computes the same again.
    float sum = 0.0F;
    for (int i = lane() % 16; i < a.experts; i += 16) {
      const float value = exponential(logits[i] - maximum);
      if (lane() < 16) scores[i] = value;
      sum = sum + value;
    }
    sum = sum_of_16(sum);
    if (lane() < 16) {
      for (int i = lane(); i < a.experts; i += 16) scores[i] = scores[i] / sum;
    }
    sync_warp();
  }

  /// Masks the experts of every group but the kept ones.
  RECKON_DEVICE void mask_groups(Shared<float> biased, Shared<std::int32_t> masked) const {
    const Shared<float> group_scores = shared_at<float>(a.experts * 12, a.groups);
    const Shared<std::int32_t> kept = shared_at<std::int32_t>(a.experts * 12 + a.groups * 4, a.groups);
    const int size = a.experts / a.groups;
    for (int g = 0; g < a.groups; ++g) {
      const Candidate top = best_of(biased, masked, g * size, (g + 1) * size);
      float score = top.value;
      if (a.top2_sum) {
        sync_warp();
        if (lane() == 0) masked[top.index] = 1;
        sync_warp();
        score = top.value + best_of(biased, masked, g * size, (g + 1) * size).value;
        sync_warp();
        if (lane() == 0) masked[top.index] = 0;
        sync_warp();
      }
      if (lane() == 0) {
        group_scores[g] = score;
        kept[g] = 0;
      }
    }
    sync_warp();
    for (int i = 0; i < a.kept_groups; ++i) {
      const int best = best_of(group_scores, kept, 0, a.groups).index;
      sync_warp();
      if (lane() == 0) kept[best] = 1;
      sync_warp();
    }
    for (int i = lane(); i < a.experts; i += kWarpThreads) masked[i] = kept[i / size] != 0 ? 0 : 1;
    sync_warp();
  }
};

}  // namespace

void route(const Stream& stream, const Routing& routing) {
  launch(stream, "route", Route{routing}, {routing.logits.rows}, routing.experts * 12 + routing.groups * 8);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
