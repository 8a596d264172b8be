#include "reports/estimate/serving.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/error.h"

namespace reckon::reports {
namespace {

class StepClock {
 public:
  StepClock(const ServingSetup& setup, const MachineRates& rates) : setup_(setup), rates_(rates) {
    options_.precision = setup.precision;
    options_.matrix_bytes = setup.matrix_bytes();
    options_.separate_quantisation = rates.measured == nullptr;
    options_.kv_bytes = setup.kv_bytes_per_number;
    options_.expert_imbalance = setup.balanced_experts ? 1 : rates.expert_imbalance;
  }

  StepTime run(const Step& step) {
    const ModelShape& shape = setup_.shape;
    layers(false, shape.layers - shape.expert_layers, step);
    layers(true, shape.expert_layers, step);
    if (!step.prefill && setup_.draft_tokens > 0) draft(step);
    add(time_of(head_work(shape, step, setup_.layout), rates_), 1, result_.work_seconds);
    hidden_ += last_seconds_;
    for (const auto& [name, part] : parts_) result_.parts.push_back(part);
    std::sort(result_.parts.begin(), result_.parts.end(),
              [](const TimedPart& a, const TimedPart& b) { return a.seconds > b.seconds; });
    result_.exposed_seconds = result_.work_seconds + result_.transfer_seconds;
    result_.overlapped_seconds = std::min(hidden_, result_.exposed_seconds);
    return result_;
  }

 private:
  void add(const TimedPart& part, double count, double& sum) {
    TimedPart& entry = parts_.try_emplace(part.name, TimedPart{part.name, 0, part.limit}).first->second;
    entry.seconds += part.seconds * count;
    sum += part.seconds * count;
    last_seconds_ = part.seconds * count;
  }

  // Work and transfers of one layer on part of the batch.
  std::pair<double, double> layer_seconds(bool experts, const Step& step) const {
    const LayerWork work = layer_work(setup_.shape, experts, step, setup_.layout, options_);
    double busy = 0;
    double moving = 0;
    for (const Operation& operation : work.operations) busy += time_of(operation, rates_).seconds;
    for (const Transfer& transfer : work.transfers) moving += time_of(transfer, rates_).seconds;
    return {busy, moving};
  }

  void layers(bool experts, double count, const Step& step) {
    if (count <= 0) return;
    const LayerWork work = layer_work(setup_.shape, experts, step, setup_.layout, options_);
    bool bulk = false;
    double layer_work_seconds = 0;
    for (const Operation& operation : work.operations) {
      add(time_of(operation, rates_), count, result_.work_seconds);
      layer_work_seconds += time_of(operation, rates_).seconds;
    }
    for (const Transfer& transfer : work.transfers) {
      add(time_of(transfer, rates_), count, result_.transfer_seconds);
      bulk = bulk || (transfer.bulk && transfer.kind != TransferKind::all_reduce);
    }
    if (work.transfers.empty()) {
      hidden_ += layer_work_seconds * count;
      return;
    }
    Step half = step;
    half.tokens /= 2;
    half.requests /= 2;
    half.head_rows /= 2;
    const auto [busy, moving] = layer_seconds(experts, half);
    const double slowed = bulk ? busy / (1 - rates_.communication_sm_share) : busy;
    hidden_ += 2 * std::max(slowed, moving) * count;
  }

  // A draft layer joins the last state and the next token's embedding, then works as the model's last layer.
  void draft(const Step& step) {
    const ModelShape& shape = setup_.shape;
    Step guess = step;
    guess.tokens = guess.head_rows = step.requests;
    Operation join{"drafting", Unit::gemm, 4 * guess.tokens * shape.hidden * shape.hidden,
                   2 * shape.hidden * shape.hidden * setup_.matrix_bytes(), 4};
    add(time_of(join, rates_), setup_.draft_tokens, result_.work_seconds);
    hidden_ += last_seconds_;
    layers(shape.expert_layers > 0, setup_.draft_tokens, guess);
    add(time_of(head_work(shape, guess, setup_.layout), rates_), setup_.draft_tokens, result_.work_seconds);
    hidden_ += last_seconds_;
  }

  const ServingSetup& setup_;
  const MachineRates& rates_;
  WorkOptions options_;
  StepTime result_;
  std::map<std::string, TimedPart> parts_;
  double hidden_ = 0;
  double last_seconds_ = 0;
};

PhaseEstimate estimate_phase(const ServingSetup& setup, const Constants& constants, const Step& step,
                             double tokens) {
  const auto evaluate = [&](Corner corner) {
    return step_time(setup, step, rates_of(setup.machine, setup.precision, constants.at(corner), corner));
  };
  PhaseEstimate phase;
  phase.tokens = tokens;
  phase.middle = evaluate(Corner::middle);
  const double slow = evaluate(Corner::pessimistic).exposed_seconds;
  const StepTime best = evaluate(Corner::optimistic);
  const double fast = setup.schedule == Schedule::sequential ? best.exposed_seconds : best.overlapped_seconds;
  phase.step_seconds = {fast, std::sqrt(fast * slow), slow};
  phase.tokens_per_second = {tokens / slow, tokens / std::sqrt(fast * slow), tokens / fast};
  std::array<double, 5> by_limit{};
  for (const TimedPart& part : phase.middle.parts)
    by_limit[static_cast<std::size_t>(part.limit)] += part.seconds;
  phase.bottleneck =
      static_cast<Limit>(std::max_element(by_limit.begin(), by_limit.end()) - by_limit.begin());
  phase.bottleneck_part = phase.middle.parts.empty() ? "" : phase.middle.parts.front().name;
  return phase;
}

double weight_bytes_of(const ServingSetup& setup) {
  const ModelShape& shape = setup.shape;
  const Layout& layout = setup.layout;
  const double cut = layout.tensor_parallel;
  const AttentionShape& a = shape.attention;
  // The matrices to the latents are small and kept whole on each device.
  const double whole = a.latent ? shape.hidden * (a.q_lora_rank + a.kv_lora_rank + a.rope_dim) : 0;
  const double attention = whole + (shape.attention_parameters() - whole) / cut;
  const ExpertShape& e = shape.experts;
  double experts = (e.experts * shape.expert_parameters() + shape.shared_parameters()) / cut;
  if (layout.expert_parallel > 1) {
    experts = std::ceil((e.experts + layout.redundant_experts) / layout.expert_parallel) *
                  shape.expert_parameters() +
              shape.shared_parameters();
  }
  const double drafts = setup.draft_tokens > 0 ? std::max(1.0, shape.draft_layers) : 0;
  const double expert_layers = shape.expert_layers + (shape.expert_layers > 0 ? drafts : 0);
  const double dense_layers = shape.layers - shape.expert_layers + (shape.expert_layers > 0 ? 0 : drafts);
  const double in_weights = (shape.layers + drafts) * attention +
                            dense_layers * shape.dense_parameters() / cut + expert_layers * experts +
                            drafts * 2 * shape.hidden * shape.hidden;
  const double embeddings = shape.hidden * shape.vocabulary * (shape.tied_embeddings ? 1 : 2) / cut;
  const double embedding_bytes = shape.stored ? shape.stored->embedding_bytes : 2;
  return in_weights * setup.matrix_bytes() + embeddings * embedding_bytes +
         expert_layers * shape.router_parameters() * 2;
}

}  // namespace

double ServingSetup::matrix_bytes() const {
  if (shape.stored) return shape.stored->matrix_bytes;
  return precision == Precision::fp8 ? 1 : 2;
}

double ServingSetup::tokens_per_step() const {
  double tokens = 1;
  double right = 1;
  for (int i = 0; i < draft_tokens; ++i) tokens += right *= draft_acceptance;
  return tokens;
}

Range PhaseEstimate::per_device(const Layout& layout) const {
  const double n = layout.devices;
  return {tokens_per_second.low / n, tokens_per_second.middle / n, tokens_per_second.high / n};
}

void check(const ServingSetup& setup) {
  const Layout& layout = setup.layout;
  if (layout.devices % layout.tensor_parallel != 0) {
    fail_input("--tp {} does not divide --count {}", layout.tensor_parallel, layout.devices);
  }
  if (static_cast<int>(setup.shape.attention.heads) % layout.tensor_parallel != 0) {
    fail_input("--tp {} does not divide the {} attention heads of {}", layout.tensor_parallel,
               setup.shape.attention.heads, setup.shape.name);
  }
  if (layout.expert_parallel > 1) {
    if (setup.shape.expert_layers <= 0) {
      fail_input("--ep {}: {} has no experts to spread", layout.expert_parallel, setup.shape.name);
    }
    if (layout.devices % layout.expert_parallel != 0 ||
        layout.expert_parallel % layout.tensor_parallel != 0) {
      fail_input("--ep {} must divide --count {} and be a multiple of --tp {}", layout.expert_parallel,
                 layout.devices, layout.tensor_parallel);
    }
    if (layout.expert_parallel > setup.shape.experts.experts + layout.redundant_experts) {
      fail_input("--ep {}: {} has only {} experts", layout.expert_parallel, setup.shape.name,
                 setup.shape.experts.experts + layout.redundant_experts);
    }
  }
  if (setup.precision == Precision::fp8 && !setup.machine.has_fp8()) {
    fail_input("--precision fp8: {} has no FP8 arithmetic; --precision bf16", setup.machine.name());
  }
  if (layout.leaves_links() && !setup.machine.network_bytes_one_way()) {
    fail_input("{}: its network interface is not known; --network-gb-per-s gives it", setup.machine.name());
  }
  if (layout.devices > 1 && !setup.machine.card_is_known) {
    fail_input("--count {}: a profile alone says nothing of links; name the card with --device",
               layout.devices);
  }
}

StepTime step_time(const ServingSetup& setup, const Step& step, const MachineRates& rates) {
  return StepClock(setup, rates).run(step);
}

Step decode_step(const ServingSetup& setup) {
  Step step;
  step.requests = setup.requests / setup.layout.groups();
  step.tokens = step.head_rows = step.requests * (1 + setup.draft_tokens);
  step.positions = setup.context_tokens;
  return step;
}

Step prefill_step(const ServingSetup& setup) {
  Step step;
  step.prefill = true;
  step.tokens = setup.prefill_tokens * setup.layout.tensor_parallel;
  step.requests = step.head_rows = step.tokens / setup.prompt_tokens;
  step.positions = setup.prompt_tokens / 2;
  return step;
}

MemoryEstimate estimate_memory(const ServingSetup& setup, const Constants& constants) {
  MemoryEstimate memory;
  memory.weight_bytes = weight_bytes_of(setup);
  const AttentionShape& a = setup.shape.attention;
  const double kept =
      a.latent ? a.cached_per_token()
               : a.cached_per_token() / a.kv_heads * std::max(1.0, a.kv_heads / setup.layout.tensor_parallel);
  const double per_request = setup.shape.layers * kept * setup.kv_bytes_per_number * setup.context_tokens;
  const double groups = setup.layout.groups();
  memory.kv_bytes = setup.requests / groups * per_request;
  if (!setup.machine.card_is_known) return memory;
  memory.device_bytes = setup.machine.card.memory_bytes();
  const auto usable = [&](Corner corner) { return *memory.device_bytes * constants.at(corner).memory_share; };
  memory.usable_bytes = {usable(Corner::pessimistic), usable(Corner::middle), usable(Corner::optimistic)};
  const double needed = memory.weight_bytes + memory.kv_bytes;
  memory.fit = needed <= memory.usable_bytes.low    ? MemoryEstimate::Fit::yes
               : needed <= memory.usable_bytes.high ? MemoryEstimate::Fit::tight
                                                    : MemoryEstimate::Fit::no;
  const auto most = [&](double bytes) {
    return std::max(0.0, std::floor((bytes - memory.weight_bytes) / per_request) * groups);
  };
  memory.most_requests =
      Range{most(memory.usable_bytes.low), most(memory.usable_bytes.middle), most(memory.usable_bytes.high)};
  return memory;
}

ServingEstimate estimate_serving(const ServingSetup& setup, const Constants& given) {
  check(setup);
  const Constants constants = constants_for(setup.machine, given);
  ServingEstimate estimate;
  const Step prefill = prefill_step(setup);
  estimate.prefill = estimate_phase(setup, constants, prefill, prefill.tokens * setup.layout.groups());
  estimate.decode =
      estimate_phase(setup, constants, decode_step(setup), setup.requests * setup.tokens_per_step());
  const double gained = setup.tokens_per_step();
  const Range& step = estimate.decode.step_seconds;
  estimate.seconds_per_output_token = {step.low / gained, step.middle / gained, step.high / gained};
  estimate.memory = estimate_memory(setup, constants);
  return estimate;
}

const char* name_of(MemoryEstimate::Fit fit) {
  switch (fit) {
    case MemoryEstimate::Fit::yes:
      return "fits";
    case MemoryEstimate::Fit::tight:
      return "fits barely";
    case MemoryEstimate::Fit::no:
      return "does not fit";
    case MemoryEstimate::Fit::not_known:
      return "not known";
  }
  return "";
}

}  // namespace reckon::reports
