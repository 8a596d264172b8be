#include "engine/model/transformer.h"

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "engine/model/attention_block.h"
#include "engine/model/scratch.h"
#include "engine/model/wanted_rows.h"
#include "engine/model/weights.h"

namespace reckon::engine {
namespace {

using kernels::LinearOutput;
using kernels::Tensor;

class Forward : public Transformer {
 public:
  Forward(const ModelSource& source, kernels::Backend& backend, const LoadOptions& options)
      : whole_(source.config()),
        part_(source.config(), options.parallel, backend.rank()),
        config_(part_.config()),
        backend_(backend),
        max_step_tokens_(options.max_step_tokens),
        weights_(load_weights(source, part_, backend, options)),
        scratch_(part_, backend, options.max_step_tokens, kLogitBlock),
        attention_(backend, scratch_, config_) {
    place_layers_in_cache();
    last_layer_ = config_.layers.size();
  }

  const ModelConfig& config() const override { return whole_; }
  kernels::Backend& backend() const override { return backend_; }
  std::int32_t max_step_tokens() const override { return max_step_tokens_; }
  void use_layers(std::int32_t first, std::int32_t last) override {
    const auto all = static_cast<std::int32_t>(config_.layers.size());
    if (first < 0 || last < first || last > all) fail_evaluation("layers {} to {} of {}", first, last, all);
    first_layer_ = static_cast<std::size_t>(first);
    last_layer_ = static_cast<std::size_t>(last);
  }
  Tensor first_non_finite() const override { return kernels::narrow(scratch_.first_bad, 0, 0, step_tokens_); }

  kernels::KvCacheSpec kv_spec(kernels::DataType type, std::int32_t page_tokens) const override {
    kernels::KvCacheSpec spec;
    spec.groups = groups_;
    for (kernels::KvGroupSpec& group : spec.groups) group.type = type;
    spec.page_tokens = page_tokens;
    spec.pages = 0;
    return spec;
  }

  Tensor forward(const kernels::RaggedBatch& batch, kernels::KvCacheHandle cache,
                 std::span<const std::int32_t> rows) override {
    step_tokens_ = tokens_ = static_cast<std::int32_t>(batch.token_ids.size());
    if (tokens_ > max_step_tokens_) {
      fail_evaluation("a step of {} tokens, but the model was loaded for at most {}", tokens_,
                      max_step_tokens_);
    }
    check_rows(rows);
    wanted_ = wanted_rows(batch, rows);
    const kernels::StepTensors step = backend_.begin_step(batch);
    const Tensor residual = part(scratch_.residual, tokens_, config_.hidden_size);
    const Tensor first_bad = first_non_finite();
    backend_.copy(first_bad, kernels::narrow(scratch_.minus_one, 0, 0, tokens_));
    backend_.embed(residual, weights_.embedding, step.token_ids);
    const auto whole_layer = [&](std::size_t i) {
      const AttentionConfig& config = config_.layers[i].attention;
      const AttentionWeights& weights = weights_.layers[i].attention;
      const Tensor input = normed_input(residual, weights);
      attention_.write_keys(config, weights, input, place(i, cache), step,
                            attention_.query_projection(config, weights, step.tokens));
      finish_layer(i, attention_.finish_queries(config, weights, step), residual, cache, step, first_bad);
    };
    const bool few_wanted = std::int64_t{wanted_.tokens()} * 4 <= std::int64_t{tokens_} * 3;
    const std::size_t last = config_.layers.size() - 1;
    const bool narrows = few_wanted && first_layer_ == 0 && last_layer_ > last;
    for (std::size_t i = first_layer_; i < (narrows ? last : last_layer_); ++i) whole_layer(i);
    return narrows ? last_layer_of_wanted(residual, cache, step) : final_hidden(residual, rows);
  }

  Tensor logits(const Tensor& hidden, std::int32_t first, std::int32_t count) override {
    if (count < 1 || count > kLogitBlock || first < 0 || first + count > hidden.dim(0)) {
      fail_evaluation("logits of rows {} to {} of {}; at most {} at once", first, first + count,
                      hidden.dim(0), kLogitBlock);
    }
    const Tensor output = part(scratch_.logits, count, config_.vocab_size);
    const Tensor input = kernels::narrow(hidden, 0, first, count);
    const std::int64_t parts = part_.cut_vocabulary().count;
    if (parts == 1) {
      linear(weights_.output, output, input);
      return output;
    }
    const std::int64_t columns = config_.vocab_size / parts;
    const Tensor own = part(scratch_.logit_part, count, columns);
    const Tensor all = part(scratch_.logit_parts, parts * count, columns);
    linear(weights_.output, own, input);
    backend_.all_gather(all, own);
    for (std::int64_t i = 0; i < parts; ++i)
      backend_.copy(kernels::narrow(output, 1, i * columns, columns),
                    kernels::narrow(all, 0, i * count, count));
    return output;
  }

 private:
  // Layers that store their positions alike form one group of the cache.
  void place_layers_in_cache() {
    for (const LayerConfig& layer : config_.layers) {
      const AttentionConfig& attention = layer.attention;
      kernels::KvGroupSpec wanted;
      if (attention.kind == AttentionConfig::Kind::latent) {
        wanted.layout = kernels::KvLayout::latent;
        wanted.kv_heads = 1;
        wanted.key_dim = attention.kv_lora_rank + attention.rope_dim;
      } else {
        wanted.layout = attention.window > 0 ? kernels::KvLayout::window : kernels::KvLayout::full;
        wanted.kv_heads = attention.kv_heads;
        wanted.key_dim = attention.key_dim;
        wanted.value_dim = attention.value_dim;
        wanted.window = attention.window;
      }
      std::size_t group = 0;
      while (group < groups_.size() && !same_storage(groups_[group], wanted)) ++group;
      if (group == groups_.size()) groups_.push_back(wanted);
      places_.emplace_back(static_cast<std::int32_t>(group), groups_[group].layers++);
    }
  }

  static bool same_storage(const kernels::KvGroupSpec& a, const kernels::KvGroupSpec& b) {
    return a.layout == b.layout && a.kv_heads == b.kv_heads && a.key_dim == b.key_dim &&
           a.value_dim == b.value_dim && a.window == b.window;
  }

  void linear(kernels::WeightHandle weight, const Tensor& output, const Tensor& input,
              const Tensor& bias = {}) {
    const std::array<LinearOutput, 1> outputs{LinearOutput{weight, output, bias}};
    backend_.linear(outputs, input);
  }

  Tensor scratch(const Tensor& whole, std::int64_t columns) const { return part(whole, tokens_, columns); }

  // The last layer, keys and values for all rows and the rest for the wanted ones alone; their hidden states.
  Tensor last_layer_of_wanted(const Tensor& residual, kernels::KvCacheHandle cache,
                              const kernels::StepTensors& step) {
    const std::size_t last = config_.layers.size() - 1;
    const AttentionConfig& config = config_.layers[last].attention;
    const AttentionWeights& weights = weights_.layers[last].attention;
    const Tensor input = normed_input(residual, weights);
    attention_.write_keys(config, weights, input, place(last, cache), step, {});
    tokens_ = wanted_.tokens();
    if (tokens_ == 0) return final_hidden(residual, {});
    const Tensor wanted_input = wanted_part(scratch_.hidden_rows, input);
    const Tensor wanted_residual = wanted_part(scratch_.hidden, residual);
    const Tensor wanted_bad = wanted_part(scratch_.wanted_bad, scratch_.first_bad);
    const kernels::StepTensors wanted_step = backend_.begin_step(wanted_.batch);
    const LinearOutput projection = attention_.query_projection(config, weights, wanted_step.tokens);
    backend_.linear(std::span(&projection, 1), wanted_input);
    finish_layer(last, attention_.finish_queries(config, weights, wanted_step), wanted_residual, cache,
                 wanted_step, wanted_bad);
    for (const WantedRows::Range& range : wanted_.ranges)
      backend_.copy(kernels::narrow(scratch_.first_bad, 0, range.first, range.count),
                    kernels::narrow(wanted_bad, 0, range.at, range.count));
    return final_hidden(wanted_residual, wanted_.rows);
  }

  // The wanted rows of a tensor of the whole step, in `memory`.
  Tensor wanted_part(const Tensor& memory, const Tensor& whole) {
    const Tensor rows =
        whole.rank == 1 ? kernels::narrow(memory, 0, 0, tokens_) : part(memory, tokens_, whole.dim(1));
    for (const WantedRows::Range& range : wanted_.ranges)
      backend_.copy(kernels::narrow(rows, 0, range.at, range.count),
                    kernels::narrow(whole, 0, range.first, range.count));
    return rows;
  }

  Tensor normed_input(const Tensor& residual, const AttentionWeights& weights) {
    const Tensor input = scratch(scratch_.normed, config_.hidden_size);
    backend_.rms_norm(input, residual, weights.norm, config_.norm_epsilon);
    return input;
  }

  kernels::KvLayer place(std::size_t layer, kernels::KvCacheHandle cache) const {
    return {cache, places_[layer].first, places_[layer].second};
  }

  // What of a layer comes after its queries; adds it to the residual.
  void finish_layer(std::size_t index, const Tensor& queries, const Tensor& residual,
                    kernels::KvCacheHandle cache, const kernels::StepTensors& step, const Tensor& first_bad) {
    const LayerConfig& layer = config_.layers[index];
    const LayerWeights& weights = weights_.layers[index];
    const Tensor branch = scratch(scratch_.branch, config_.hidden_size);
    attention_.attend(layer.attention, weights.attention, queries, branch, place(index, cache), step);
    add_partial_sums(branch);
    backend_.add(residual, residual, branch);
    feed_forward(layer.feed_forward, weights.feed_forward, residual, branch);
    backend_.add(residual, residual, branch);
    backend_.mark_non_finite(first_bad, residual, static_cast<std::int32_t>(index));
  }

  // Where each rank has a part of the heads or channels, its result is a part of the sum.
  void add_partial_sums(const Tensor& output) {
    if (part_.plan().tensor > 1) backend_.all_reduce(output);
  }

  void feed_forward(const FeedForwardConfig& config, const FeedForwardWeights& weights,
                    const Tensor& residual, const Tensor& output) {
    const Tensor input = scratch(scratch_.normed, config_.hidden_size);
    backend_.rms_norm(input, residual, weights.norm, config_.norm_epsilon);
    const std::int64_t width = config.has_experts() ? config.shared_intermediate : config.intermediate;
    if (width > 0) {
      const Tensor gated = scratch(scratch_.gated, width);
      backend_.gated_linear(gated, input, weights.gate, weights.up, config.activation);
      linear(weights.down, output, gated);
    } else {
      backend_.copy(output, scratch(scratch_.zeros, config_.hidden_size));
    }
    if (config.has_experts() && part_.plan().expert == 1) {
      const Routing routing = route(config, weights, input);
      backend_.experts(output, input, routing.chosen, routing.shares, weights.experts);
    }
    add_partial_sums(output);
    if (config.has_experts() && part_.plan().expert > 1) divided_experts(config, weights, input, output);
  }

  struct Routing {
    Tensor chosen, shares;  ///< i32 and f32 [T, K]
  };

  Routing route(const FeedForwardConfig& config, const FeedForwardWeights& weights, const Tensor& input) {
    const std::int64_t tokens = input.dim(0);
    const Tensor router_logits = part(scratch_.router_logits, tokens, config.router.experts);
    const Routing routing{part(scratch_.chosen, tokens, config.router.top_k),
                          part(scratch_.expert_weights, tokens, config.router.top_k)};
    if (tokens == 0) return routing;
    linear(weights.router, router_logits, input);
    backend_.route(routing.chosen, routing.shares, router_logits, weights.router_bias, config.router);
    return routing;
  }

  // Every rank routes its own part of the tokens: their rows travel to the ranks of their experts, come back,
  // and are added to what `output` holds as on one device; then all ranks get all rows again.
  void divided_experts(const FeedForwardConfig& config, const FeedForwardWeights& weights,
                       const Tensor& input, const Tensor& output) {
    const std::int64_t ranks = part_.plan().ranks();
    const std::int64_t width = config_.hidden_size;
    const std::int64_t own_tokens = (tokens_ + ranks - 1) / ranks;
    const std::int64_t first = std::min<std::int64_t>(part_.rank() * own_tokens, tokens_);
    const std::int64_t count = std::min<std::int64_t>(own_tokens, tokens_ - first);
    const Scratch::ExpertParallel& memory = scratch_.divided;
    const Tensor own = part(memory.own, own_tokens, width);
    const Tensor own_input = kernels::narrow(input, 0, count > 0 ? first : 0, count);
    const Routing routing = route(config, weights, own_input);

    // A token sends at most this many rows to one rank, so that none is ever left out.
    const std::int64_t most = std::min(config.router.top_k, part_.expert_count(config));
    const std::int64_t rows = ranks * own_tokens * most;
    const auto ids = [&](const Tensor& whole) { return kernels::reshape(part(whole, rows, 1), {rows}); };
    const kernels::ExpertDispatch sent{part(memory.sent, rows, width), ids(memory.sent_experts),
                                       part(memory.places, count, config.router.top_k)};
    const Tensor received = part(memory.received, rows, width);
    const Tensor results = part(memory.results, rows, width);
    const Tensor returned = part(memory.returned, rows, width);
    backend_.dispatch(sent, own_input, routing.chosen, config.router.experts);
    backend_.all_to_all(ids(memory.received_experts), sent.experts);
    backend_.all_to_all(received, sent.rows);
    backend_.expert_rows(results, received, ids(memory.received_experts), weights.experts);
    backend_.all_to_all(returned, results);
    if (count > 0) {
      const Tensor sum = part(memory.own, count, width);
      backend_.copy(sum, kernels::narrow(output, 0, first, count));
      backend_.combine(sum, returned, sent.places, routing.chosen, routing.shares);
    }
    backend_.all_gather(part(scratch_.branch, own_tokens * ranks, width), own);
  }

  void check_rows(std::span<const std::int32_t> rows) const {
    if (rows.size() > static_cast<std::size_t>(max_step_tokens_)) {
      fail_evaluation("{} rows asked for, but the model was loaded for at most {}", rows.size(),
                      max_step_tokens_);
    }
    for (const std::int32_t row : rows) {
      if (row < 0 || row >= tokens_) fail_evaluation("row {} asked for in a step of {} tokens", row, tokens_);
    }
  }

  Tensor final_hidden(const Tensor& residual, std::span<const std::int32_t> rows) {
    const auto count = static_cast<std::int64_t>(rows.size());
    const Tensor hidden = part(scratch_.hidden, count, config_.hidden_size);
    if (count == 0) return hidden;
    const Tensor row_ids = kernels::narrow(scratch_.rows, 0, 0, count);
    backend_.upload(row_ids, std::as_bytes(rows));
    const Tensor picked = part(scratch_.hidden_rows, count, config_.hidden_size);
    backend_.gather_rows(picked, residual, row_ids);
    backend_.rms_norm(hidden, picked, weights_.final_norm, config_.norm_epsilon);
    return hidden;
  }

  const ModelConfig whole_;
  const RankPart part_;
  const ModelConfig& config_;  ///< of this rank's part
  kernels::Backend& backend_;
  std::int32_t max_step_tokens_;
  ModelWeights weights_;
  Scratch scratch_;
  AttentionBlock attention_;
  std::int32_t step_tokens_ = 0;
  std::int32_t tokens_ = 0;                       ///< of the tensors at hand: the step's, or those of wanted_
  WantedRows wanted_;                             ///< lives until wait(), as a batch has to
  std::size_t first_layer_ = 0, last_layer_ = 0;  ///< what forward() goes through
  std::vector<kernels::KvGroupSpec> groups_;
  std::vector<std::pair<std::int32_t, std::int32_t>> places_;  ///< per layer: group, index in it
};

}  // namespace

std::unique_ptr<Transformer> Transformer::load(const ModelSource& source, kernels::Backend& backend,
                                               const LoadOptions& options) {
  if (backend.ranks() != options.parallel.ranks())
    fail_input("a model divided into {} parts for {} ranks", options.parallel.ranks(), backend.ranks());
  if (options.max_step_tokens < 1)
    fail_input("max_step_tokens is {}; it should be positive", options.max_step_tokens);
  try {
    return std::make_unique<Forward>(source, backend, options);
  } catch (const std::bad_alloc&) {
    fail_evaluation("{}: there is not enough memory to load it", source.path());
  } catch (const std::length_error&) {
    fail_evaluation("{}: its config asks for more memory than any machine has", source.path());
  }
}

std::string describe_non_finite(const ModelConfig& config, std::int32_t value) {
  if (value >= 0 && static_cast<std::size_t>(value) < config.layers.size())
    return "layer " + std::to_string(value);
  return "the final norm or the output matrix";
}

}  // namespace reckon::engine
