#include "kernels/cpu/router.h"

#include <algorithm>

#include "base/error.h"

namespace reckon::kernels::cpu {
namespace {

/// The largest value of [begin, end) that is not masked, ties to the lowest index; a NaN is taken only when
/// nothing else is left. -1 when all are masked.
std::int32_t best_of(const std::vector<float>& values, const std::vector<std::uint8_t>& masked,
                     std::int32_t begin, std::int32_t end) {
  std::int32_t best = -1;
  for (std::int32_t i = begin; i < end; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (masked[at] != 0) continue;
    if (best < 0) {
      best = i;
      continue;
    }
    const float leader = values[static_cast<std::size_t>(best)];
    if (values[at] > leader || (leader != leader && values[at] == values[at])) best = i;
  }
  return best;
}

float group_score(const RouterSpec& spec, RouterScratch& scratch, std::int32_t begin, std::int32_t end) {
  const auto top = static_cast<std::size_t>(best_of(scratch.biased, scratch.masked, begin, end));
  if (spec.group_score == RouterSpec::GroupScore::maximum) return scratch.biased[top];
  scratch.masked[top] = 1;
  const auto second = static_cast<std::size_t>(best_of(scratch.biased, scratch.masked, begin, end));
  scratch.masked[top] = 0;
  return scratch.biased[top] + scratch.biased[second];
}

/// Masks the experts of every group but the kept ones: they count as -infinity, below any biased score.
void mask_groups(const RouterSpec& spec, RouterScratch& scratch) {
  const std::int32_t size = spec.experts / spec.groups;
  std::vector<float> group_scores(static_cast<std::size_t>(spec.groups));
  std::vector<std::uint8_t> kept(static_cast<std::size_t>(spec.groups), 0);
  for (std::int32_t g = 0; g < spec.groups; ++g)
    group_scores[static_cast<std::size_t>(g)] = group_score(spec, scratch, g * size, (g + 1) * size);
  for (std::int32_t i = 0; i < spec.kept_groups; ++i)
    kept[static_cast<std::size_t>(best_of(group_scores, kept, 0, spec.groups))] = 1;
  for (std::int32_t g = 0; g < spec.groups; ++g)
    std::fill_n(scratch.masked.begin() + g * size, size, kept[static_cast<std::size_t>(g)] != 0 ? 0 : 1);
}

}  // namespace

void check_router(const RouterSpec& spec) {
  constexpr std::int32_t kMaxExperts = 1 << 20;
  if (spec.experts < 1 || spec.experts > kMaxExperts || spec.groups < 1 || spec.top_k < 1)
    fail_input("route: {} experts in {} groups, {} chosen", spec.experts, spec.groups, spec.top_k);
  if (spec.experts % spec.groups != 0)
    fail_input("route: {} experts do not divide into {} groups", spec.experts, spec.groups);
  if (spec.kept_groups < 1 || spec.kept_groups > spec.groups)
    fail_input("route: {} of {} groups are to be kept", spec.kept_groups, spec.groups);
  const std::int32_t size = spec.experts / spec.groups;
  if (spec.top_k > size * spec.kept_groups)
    fail_input("route: {} experts are to be chosen, but the {} kept groups of {} hold {}", spec.top_k,
               spec.kept_groups, size, size * spec.kept_groups);
  if (spec.kept_groups < spec.groups && spec.group_score == RouterSpec::GroupScore::top2_sum && size < 2)
    fail_input("route: groups of one expert have no top-2 sum");
}

void route_token(const OpTable& ops, const RouterSpec& spec, const float* logits, const float* bias,
                 std::int32_t* chosen, float* weights, RouterScratch& scratch) {
  const auto experts = static_cast<std::size_t>(spec.experts);
  scratch.scores.resize(experts);
  scratch.biased.resize(experts);
  scratch.masked.assign(experts, 0);
  if (spec.score == RouterSpec::Score::sigmoid) {
    ops.sigmoid(scratch.scores.data(), logits, spec.experts);
  } else {
    const float maximum = ops.scan(logits, spec.experts).maximum;
    const float sum = ops.exp_sum(scratch.scores.data(), logits, spec.experts, maximum);
    ops.divide(scratch.scores.data(), scratch.scores.data(), spec.experts, sum);
  }
  if (bias != nullptr)
    ops.add(scratch.biased.data(), scratch.scores.data(), bias, spec.experts);
  else
    scratch.biased = scratch.scores;
  if (spec.kept_groups < spec.groups) mask_groups(spec, scratch);

  float total = 0.0F;
  for (std::int32_t k = 0; k < spec.top_k; ++k) {
    const std::int32_t expert = best_of(scratch.biased, scratch.masked, 0, spec.experts);
    const auto at = static_cast<std::size_t>(expert);
    scratch.masked[at] = 1;
    chosen[k] = expert;
    weights[k] = scratch.scores[at];
    total += weights[k];
  }
  for (std::int32_t k = 0; k < spec.top_k; ++k) {
    if (spec.normalise) weights[k] = weights[k] / (total + 1e-20F);
    weights[k] = weights[k] * spec.scaling;
  }
}

}  // namespace reckon::kernels::cpu
