#include "reports/estimate/operations.h"

#include <cmath>

namespace reckon::reports {
namespace {

constexpr double kBytes16 = 2;
// One float32 scale for every 128 numbers that travel as FP8.
constexpr double kFp8OnTheWire = 1 + 4.0 / 128;

class Builder {
 public:
  Builder(const ModelShape& shape, const Step& step, const Layout& layout, const WorkOptions& options)
      : shape_(shape), step_(step), layout_(layout), options_(options), cut_(layout.tensor_parallel) {}

  LayerWork build(bool expert_layer) {
    if (shape_.attention.latent) {
      latent_attention();
    } else {
      grouped_attention();
    }
    elementwise("norms and residuals", 8 * shape_.hidden * kBytes16 * step_.tokens, 2);
    all_reduce("all-reduce after attention");
    if (!expert_layer) {
      quantise(step_.tokens * shape_.hidden);
      quantise(step_.tokens * shape_.dense_intermediate / cut_);
      gemm("feed-forward", step_.tokens, shape_.hidden, shape_.dense_intermediate / cut_, 3, 2);
      elementwise("activation", 3 * shape_.dense_intermediate / cut_ * kBytes16 * step_.tokens, 1);
      all_reduce("all-reduce after feed-forward");
    } else if (layout_.expert_parallel > 1) {
      spread_experts();
    } else {
      cut_experts();
    }
    if (quantised_ > 0) elementwise("quantisation of inputs", quantised_ * (kBytes16 + 1), quantisations_);
    return std::move(work_);
  }

 private:
  // What goes into a product.
  double activation_bytes() const { return options_.precision == Precision::fp8 ? 1 : kBytes16; }

  // `matrices` of one shape in `kernels` calls.
  void gemm(const char* name, double tokens, double inputs, double outputs, double matrices = 1,
            double kernels = 1) {
    const double numbers = inputs * outputs * matrices;
    work_.operations.push_back(
        {name, Unit::gemm, 2 * tokens * numbers,
         numbers * options_.matrix_bytes + tokens * (inputs + outputs * matrices) * kBytes16, kernels, tokens,
         inputs * outputs});
  }

  // `numbers` become the inputs of FP8 products.
  void quantise(double numbers) {
    if (options_.precision != Precision::fp8 || !options_.separate_quantisation) return;
    quantised_ += numbers;
    ++quantisations_;
  }

  void elementwise(const char* name, double bytes, double kernels) {
    work_.operations.push_back({name, Unit::elementwise, 0, bytes, kernels});
  }

  void latent_attention() {
    const AttentionShape& a = shape_.attention;
    const double heads = a.heads / cut_;
    const double tokens = step_.tokens;
    quantise(tokens * shape_.hidden);
    if (a.q_lora_rank > 0) {
      quantise(tokens * a.q_lora_rank);
      gemm("query, to its latent", tokens, shape_.hidden, a.q_lora_rank);
      gemm("query, from its latent", tokens, a.q_lora_rank, heads * a.key_dim);
    } else {
      gemm("query", tokens, shape_.hidden, heads * a.key_dim);
    }
    gemm("key and value, to their latent", tokens, shape_.hidden, a.kv_lora_rank + a.rope_dim);
    elementwise("latent norms, rotation, cache",
                tokens * kBytes16 * 2 * (a.q_lora_rank + a.kv_lora_rank + a.rope_dim + heads * a.rope_dim),
                4);
    if (step_.prefill) {
      quantise(tokens * a.kv_lora_rank);
      gemm("key and value, from their latent", tokens, a.kv_lora_rank, heads * (a.nope_dim + a.value_dim));
      // Each head's key is put together of its own part and the rotated one that all share.
      elementwise("assembly of keys", tokens * heads * (2 * a.nope_dim + a.rope_dim) * kBytes16, 1);
      prefill_attention(heads, heads);
    } else {
      // Absorbed form: the query is brought to the latent, the result from it; both in 16 bits.
      const double numbers = heads * a.kv_lora_rank * (a.nope_dim + a.value_dim);
      work_.operations.push_back(
          {"absorption of the latent's matrix", Unit::gemm_16bit, 2 * tokens * numbers,
           numbers * kBytes16 + tokens * heads * (a.nope_dim + a.value_dim + 2 * a.kv_lora_rank) * kBytes16,
           2, tokens, numbers});
      const double flops = 2 * heads * (2 * a.kv_lora_rank + a.rope_dim) * tokens * step_.positions;
      work_.operations.push_back({"attention over the cache", Unit::decode_attention, flops,
                                  step_.requests * step_.positions * a.cached_per_token() * options_.kv_bytes,
                                  2});
    }
    quantise(tokens * heads * a.value_dim);
    gemm("attention output", tokens, heads * a.value_dim, shape_.hidden);
  }

  void grouped_attention() {
    const AttentionShape& a = shape_.attention;
    const double heads = a.heads / cut_;
    const double kv_heads = std::max(1.0, a.kv_heads / cut_);
    quantise(step_.tokens * shape_.hidden);
    gemm("query, key and value", step_.tokens, shape_.hidden,
         heads * a.key_dim + kv_heads * (a.key_dim + a.value_dim));
    elementwise("rotation and cache",
                step_.tokens * kBytes16 * 2 * (heads * a.key_dim + kv_heads * (a.key_dim + a.value_dim)), 2);
    if (step_.prefill) {
      prefill_attention(heads, kv_heads);
    } else {
      const double flops = 2 * heads * (a.key_dim + a.value_dim) * step_.tokens * step_.positions;
      const double bytes =
          step_.requests * step_.positions * kv_heads * (a.key_dim + a.value_dim) * options_.kv_bytes;
      work_.operations.push_back({"attention over the cache", Unit::decode_attention, flops, bytes, 2});
    }
    quantise(step_.tokens * heads * a.value_dim);
    gemm("attention output", step_.tokens, heads * a.value_dim, shape_.hidden);
  }

  void prefill_attention(double heads, double kv_heads) {
    const AttentionShape& a = shape_.attention;
    const double flops = 2 * heads * (a.key_dim + a.value_dim) * step_.tokens * step_.positions;
    const double bytes = step_.tokens * kBytes16 * (heads + kv_heads) * (a.key_dim + a.value_dim);
    work_.operations.push_back({"attention over the prompt", Unit::prefill_attention, flops, bytes, 1});
  }

  void router(double tokens) {
    const double numbers = shape_.router_parameters();
    work_.operations.push_back(
        {"router", Unit::gemm_16bit, 2 * tokens * numbers, numbers * kBytes16, 1, tokens, numbers});
    elementwise("choice of experts", tokens * shape_.experts.experts * 4 * 2, 2);
  }

  // Products of `pairs` (token, expert) with `touched` experts of width `inner`.
  void grouped_gemm(double tokens, double pairs, double touched, double inner) {
    const double numbers = 3 * shape_.hidden * inner;
    work_.operations.push_back(
        {"routed experts", Unit::expert_gemm, 2 * pairs * numbers,
         touched * numbers * options_.matrix_bytes + pairs * (2 * shape_.hidden + 3 * inner) * kBytes16, 2,
         tokens, numbers / 3});
    elementwise("experts' activation and permutation",
                pairs * (3 * inner * kBytes16 + shape_.hidden * (2 * activation_bytes() + 2 * kBytes16)), 4);
  }

  void shared_experts(double tokens, double inner) {
    if (inner <= 0) return;
    quantise(tokens * shape_.hidden);
    quantise(tokens * inner);
    gemm("shared experts", tokens, shape_.hidden, inner, 3, 2);
    elementwise("shared experts' activation", tokens * 3 * inner * kBytes16, 1);
  }

  void cut_experts() {
    const ExpertShape& e = shape_.experts;
    router(step_.tokens);
    grouped_gemm(step_.tokens, step_.tokens * e.chosen, touched_experts(e.experts, e.chosen, step_.tokens),
                 e.intermediate / cut_);
    shared_experts(step_.tokens, e.shared_intermediate / cut_);
    all_reduce("all-reduce after experts");
  }

  void spread_experts() {
    const ExpertShape& e = shape_.experts;
    // After attention each device of a group goes on with its part of the group's tokens.
    const double tokens = step_.tokens / cut_;
    const double places = layout_.expert_parallel;
    const double copies = e.experts + layout_.redundant_experts;
    const double held = std::ceil(copies / places);
    router(tokens);
    exchange("dispatch", TransferKind::dispatch, tokens,
             options_.precision == Precision::fp8 ? kFp8OnTheWire : kBytes16);
    const double touched = held * touched_experts(copies, e.chosen, tokens * places) / copies;
    grouped_gemm(tokens, tokens * e.chosen * options_.expert_imbalance, touched, e.intermediate);
    shared_experts(tokens, e.shared_intermediate);
    exchange("combine", TransferKind::combine, tokens, kBytes16);
  }

  void exchange(const char* name, TransferKind kind, double tokens, double bytes_per_number) {
    const double places = layout_.expert_parallel;
    const double domain = std::min<double>(layout_.link_domain, places);
    const double nodes = std::ceil(places / domain);
    const double volume = tokens * shape_.hidden * bytes_per_number * options_.expert_imbalance;
    Transfer transfer{name, kind, step_.prefill, 0, 0};
    if (step_.prefill) {
      // A token travels once to each node, and from there once to each device.
      transfer.network_bytes = volume * touched_places(shape_.experts, nodes) * (nodes - 1) / nodes;
      transfer.link_bytes = volume * touched_places(shape_.experts, places) * (domain - 1) / domain;
    } else {
      // Low latency: a token travels once to each expert.
      transfer.network_bytes = volume * shape_.experts.chosen * (places - domain) / places;
      transfer.link_bytes = volume * shape_.experts.chosen * (domain - 1) / places;
    }
    work_.transfers.push_back(transfer);
  }

  void all_reduce(const char* name) {
    if (layout_.tensor_parallel < 2) return;
    const double bytes = 2 * (cut_ - 1) / cut_ * step_.tokens * shape_.hidden * kBytes16;
    Transfer transfer{name, TransferKind::all_reduce, true, 0, 0};
    (layout_.tensor_parallel > layout_.link_domain ? transfer.network_bytes : transfer.link_bytes) = bytes;
    work_.transfers.push_back(transfer);
  }

  const ModelShape& shape_;
  const Step& step_;
  const Layout& layout_;
  const WorkOptions& options_;
  double cut_;
  double quantised_ = 0;  // numbers
  double quantisations_ = 0;
  LayerWork work_;
};

double choose(double n, double k) {
  return k < 0 || k > n ? 0 : std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
}

}  // namespace

const char* name_of(Limit limit) {
  switch (limit) {
    case Limit::compute:
      return "arithmetic";
    case Limit::memory:
      return "memory bandwidth";
    case Limit::link:
      return "links inside the node";
    case Limit::network:
      return "network between nodes";
    case Limit::latency:
      return "latency";
  }
  return "";
}

double touched_experts(double experts, double chosen, double tokens) {
  return experts * (1 - std::pow(1 - chosen / experts, tokens));
}

double touched_places(const ExpertShape& e, double places) {
  if (places <= 1) return 1;
  const double per_place = e.groups / places;  // groups that one place holds
  if (per_place < 1) {
    // A group lies on several places: its share of the chosen experts falls on each of them.
    const double in_group = 1 - std::pow(1 - per_place / e.chosen_groups, e.chosen);
    return places * e.chosen_groups / e.groups * in_group;
  }
  const double held = std::round(per_place);
  double untouched = 0;  // m of the place's groups are among the chosen, and no expert falls on them
  for (int count = 0; count <= static_cast<int>(std::min(held, e.chosen_groups)); ++count) {
    const double m = count;
    const double chance =
        choose(held, m) * choose(e.groups - held, e.chosen_groups - m) / choose(e.groups, e.chosen_groups);
    untouched += chance * std::pow(1 - m / e.chosen_groups, e.chosen);
  }
  return places * (1 - untouched);
}

LayerWork layer_work(const ModelShape& shape, bool expert_layer, const Step& step, const Layout& layout,
                     const WorkOptions& options) {
  return Builder(shape, step, layout, options).build(expert_layer);
}

Operation head_work(const ModelShape& shape, const Step& step, const Layout& layout) {
  const double numbers = shape.hidden * shape.vocabulary / layout.tensor_parallel;
  const double bytes = numbers * (shape.stored ? shape.stored->embedding_bytes : kBytes16);
  return {"output matrix", Unit::gemm_16bit, 2 * step.head_rows * numbers, bytes, 2, step.head_rows, numbers};
}

TimedPart time_of(const Operation& operation, const MachineRates& rates) {
  double flops = rates.gemm_flops;
  double bytes = rates.gemm_bytes;
  switch (operation.unit) {
    case Unit::gemm:
    case Unit::expert_gemm:
      break;
    case Unit::gemm_16bit:
      flops = rates.gemm_16bit_flops;
      break;
    case Unit::decode_attention:
      flops = rates.decode_attention_flops;
      bytes = rates.decode_attention_bytes;
      break;
    case Unit::prefill_attention:
      flops = rates.prefill_attention_flops;
      break;
    case Unit::elementwise:
      bytes = rates.elementwise_bytes;
      break;
  }
  double compute = operation.flops > 0 ? operation.flops / flops : 0;
  double memory = operation.bytes / bytes;
  if (rates.measured != nullptr && operation.tokens > 0) {
    const Precision precision = operation.unit == Unit::gemm_16bit ? Precision::bf16 : rates.precision;
    const double reached = measured_flops(*rates.measured, operation.unit == Unit::expert_gemm, precision,
                                          operation.numbers, operation.tokens, rates.corner);
    // What was measured holds both; which of the two it waited for says the plain model.
    const bool by_arithmetic = compute > memory;
    compute = by_arithmetic ? operation.flops / reached : 0;
    memory = by_arithmetic ? 0 : operation.flops / reached;
  }
  const double latency = operation.kernels * rates.kernel_seconds;
  const double work = std::max(compute, memory);
  const Limit limit = latency > work ? Limit::latency : compute > memory ? Limit::compute : Limit::memory;
  return {operation.name, work + latency, limit};
}

TimedPart time_of(const Transfer& transfer, const MachineRates& rates) {
  const double link_rate =
      transfer.bulk || transfer.kind == TransferKind::all_reduce ? rates.link_bulk : rates.link_small;
  double network_rate = rates.network_bulk;
  if (!transfer.bulk) {
    network_rate = transfer.kind == TransferKind::dispatch ? rates.network_dispatch : rates.network_combine;
  }
  const double link = transfer.link_bytes > 0 ? transfer.link_bytes / link_rate : 0;
  const double network = transfer.network_bytes > 0 ? transfer.network_bytes / network_rate : 0;
  // An all-reduce is a reduce-scatter and an all-gather.
  const double messages = transfer.kind == TransferKind::all_reduce ? 2 : 1;
  const double latency =
      messages * (network > 0 ? rates.network_message_seconds : rates.link_message_seconds);
  const double work = std::max(link, network);
  const Limit limit = latency > work ? Limit::latency : network >= link ? Limit::network : Limit::link;
  return {transfer.name, work + latency, limit};
}

}  // namespace reckon::reports
