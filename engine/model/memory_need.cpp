#include "engine/model/memory_need.h"

#include "base/error.h"

namespace reckon::engine {
namespace {

class Weigher {
 public:
  Weigher(const ModelSource& source, const ParallelPlan& plan, std::uint64_t latent_element_bytes)
      : source_(source),
        whole_(source.config()),
        part_(whole_, plan, 0),
        latent_element_bytes_(latent_element_bytes) {}

  MemoryNeed weigh() {
    const TensorNames& names = whole_.names;
    add(names.embedding, whole_.vocab_size, whole_.hidden_size, TensorRole::embedding);
    const std::int32_t cuts = part_.cut_vocabulary().count;
    if (!whole_.tied_embeddings || cuts > 1)
      add(whole_.tied_embeddings ? names.embedding : names.output, whole_.vocab_size / cuts,
          whole_.hidden_size, TensorRole::precise_linear);
    for (layer_ = 0; layer_ < static_cast<std::int32_t>(whole_.layers.size()); ++layer_) {
      const LayerConfig& layer = part_.config().layers[static_cast<std::size_t>(layer_)];
      add_attention(layer.attention);
      add_feed_forward(layer.feed_forward);
    }
    MemoryNeed need;
    need.weight_bytes = static_cast<std::uint64_t>(weights_);
    need.latent_bytes = latent_;
    return need;
  }

 private:
  static double elements_of(const TensorRecord& record) {
    double elements = 1;
    for (const std::int64_t extent : record.shape) elements *= static_cast<double>(extent);
    return elements;
  }

  double element_bytes(const std::string& name, TensorRole role) const {
    if (source_.format() == "dummy") {  // see draw_dummy_tensor()
      if (role == TensorRole::linear && whole_.fp8_block_rows > 0)
        return 1.0 + 4.0 / (static_cast<double>(whole_.fp8_block_rows) * whole_.fp8_block_columns);
      return whole_.weight_type == kernels::DataType::bf16 || whole_.weight_type == kernels::DataType::f16
                 ? 2.0
                 : 4.0;
    }
    const TensorRecord* record = source_.find_tensor(name);
    if (record == nullptr) return 0;  // loading says what is missing
    auto bytes = static_cast<double>(record->bytes);
    if (const TensorRecord* scales = source_.find_tensor(name + "_scale_inv"))
      bytes += static_cast<double>(scales->bytes);
    return bytes / elements_of(*record);
  }

  /// A matrix of this rank, in the type that the whole one is stored in.
  void add(const std::string& pattern, std::int64_t rows, std::int64_t columns,
           TensorRole role = TensorRole::linear, std::int64_t copies = 1) {
    if (pattern.empty()) return;
    weights_ += element_bytes(tensor_name(pattern, layer_), role) * static_cast<double>(rows * columns) *
                static_cast<double>(copies);
  }

  void add_attention(const AttentionConfig& own) {
    const TensorNames& names = whole_.names;
    const std::int64_t width = whole_.hidden_size;
    const std::int64_t heads = own.heads;
    add(names.o, width, heads * own.value_dim);
    if (own.kind == AttentionConfig::Kind::grouped) {
      add(names.q, heads * own.key_dim, width);
      add(names.k, std::int64_t{own.kv_heads} * own.key_dim, width);
      add(names.v, std::int64_t{own.kv_heads} * own.value_dim, width);
      return;
    }
    if (own.q_lora_rank == 0) {
      add(names.q, heads * own.key_dim, width);
    } else {
      add(names.q_a, own.q_lora_rank, width);
      add(names.q_b, heads * own.key_dim, own.q_lora_rank);
    }
    add(names.kv_a, std::int64_t{own.kv_lora_rank} + own.rope_dim, width);
    const std::int64_t expanded = heads * (own.nope_dim + own.value_dim) * own.kv_lora_rank;
    latent_ += static_cast<std::uint64_t>(expanded) * latent_element_bytes_;
    if (names.kv_b.empty())
      weights_ += static_cast<double>(expanded) * sizeof(float);  // two tensors, joined as floats
    else
      add(names.kv_b, heads * (own.nope_dim + own.value_dim), own.kv_lora_rank);
  }

  void add_feed_forward(const FeedForwardConfig& own) {
    const TensorNames& names = whole_.names;
    const std::int64_t width = whole_.hidden_size;
    if (!own.has_experts()) {
      add(names.gate, own.intermediate, width);
      add(names.up, own.intermediate, width);
      add(names.down, width, own.intermediate);
      return;
    }
    const std::int64_t experts = part_.expert_count(own);
    add(names.router, own.router.experts, width, TensorRole::precise_linear);
    add(names.expert_gate, own.expert_intermediate, width, TensorRole::linear, experts);
    add(names.expert_up, own.expert_intermediate, width, TensorRole::linear, experts);
    add(names.expert_down, width, own.expert_intermediate, TensorRole::linear, experts);
    add(names.shared_gate, own.shared_intermediate, width);
    add(names.shared_up, own.shared_intermediate, width);
    add(names.shared_down, width, own.shared_intermediate);
  }

  const ModelSource& source_;
  const ModelConfig& whole_;
  RankPart part_;
  std::uint64_t latent_element_bytes_;
  std::int32_t layer_ = 0;
  double weights_ = 0;
  std::uint64_t latent_ = 0;
};

double gibibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0); }

}  // namespace

std::uint64_t latent_element_bytes(const kernels::DeviceInfo& device,
                                   kernels::ActivationPrecision activations, kernels::DataType cache) {
  const bool rounded = device.backend == "cuda" && activations == kernels::ActivationPrecision::by_weight;
  return rounded ? kernels::bytes_of(cache, 1) : sizeof(float);
}

MemoryNeed memory_need(const ModelSource& source, const ParallelPlan& plan, std::uint64_t cache_bytes,
                       std::uint64_t latent_element_bytes) {
  MemoryNeed need = Weigher(source, plan, latent_element_bytes).weigh();
  need.cache_bytes = cache_bytes;
  return need;
}

void check_fits(const MemoryNeed& need, const ModelSource& source, const kernels::DeviceInfo& device,
                std::int32_t sharers) {
  if (device.backend == "cpu" && source.format() != "dummy") return;
  const auto ranks = static_cast<std::uint64_t>(sharers);
  if (need.total() <= device.free_memory_bytes / ranks) return;
  std::string parts = fmt::format("weights {:.3f} GiB", gibibytes(need.weight_bytes * ranks));
  if (need.latent_bytes > 0)
    parts += fmt::format(", MLA's matrices {:.3f}", gibibytes(need.latent_bytes * ranks));
  parts += fmt::format(", KV cache {:.3f}", gibibytes(need.cache_bytes * ranks));
  fail_evaluation(
      "{}: takes at least {:.3f} GiB ({}){}, and of the {:.3f} GiB of {} only {:.3f} are free; another "
      "program "
      "may hold the rest, more devices (tensor_parallel_size, expert_parallel_size) take a part each, and a "
      "quantised model, a smaller kv_cache_bytes or max_sequences need less",
      source.path(), gibibytes(need.total() * ranks), parts,
      sharers > 1 ? fmt::format(" for {} ranks", sharers) : "", gibibytes(device.memory_bytes), device.name,
      gibibytes(device.free_memory_bytes));
}

}  // namespace reckon::engine
