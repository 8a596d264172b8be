#pragma once
// The CUDA back end: checks shapes, turns tensors into addresses, and queues the kernels of this folder.
// Results are the CPU back end's, bit for bit: the kernels keep its order of additions.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/backend.h"
#include "kernels/cpu/step.h"
#include "kernels/cuda/attention_kernels.h"
#include "kernels/cuda/buffers.h"
#include "kernels/cuda/cuts.h"
#include "kernels/cuda/dense_library.h"
#include "kernels/cuda/expert_kernels.h"
#include "kernels/cuda/head_kernels.h"
#include "kernels/cuda/head_products.h"
#include "kernels/cuda/logit_kernels.h"
#include "kernels/cuda/product_kernels.h"
#include "kernels/cuda/runtime.h"
#include "kernels/kv_page_layout.h"

namespace reckon::kernels::RECKON_CUDA_NS {

class CudaBackend final : public Backend {
 public:
  /// Errors: see Runtime.
  explicit CudaBackend(const BackendOptions& options);

  /// Seconds that the device takes for what `work` queues, by its own events; waits for it.
  double time(const std::function<void()>& work) { return runtime_.time(work); }
  Runtime& runtime() { return runtime_; }
  /// Weights loaded from now on are multiplied by it where it has an algorithm for them.
  void use_dense_library(std::unique_ptr<DenseLibrary> library);
  /// Memory for the cuts of attention that are computed before they are joined; changes no bit of the
  /// results.
  void limit_cuts(std::int64_t floats) { cut_floats_ = floats; }
  bool by_warp_groups() const { return options_.warp_groups; }
  GraphCounters graph_counters() const { return runtime_.graph_counters(); }

  DeviceInfo device() const override;
  MemoryUse memory_use() const override;

  BufferHandle allocate(std::uint64_t bytes) override { return buffers_.allocate(bytes); }
  void release(BufferHandle buffer) override { buffers_.release(buffer); }
  void upload(const Tensor& to, std::span<const std::byte> from) override;
  void download(std::span<std::byte> to, const Tensor& from) override;
  void copy(const Tensor& to, const Tensor& from) override;
  void wait() override;

  WeightHandle load_weight(const StoredTensor& stored, const Shard& shard) override;
  MlaWeightHandle load_mla_weight(const StoredTensor& whole, const MlaSpec& spec,
                                  const Shard& shard) override;
  std::uint64_t mla_weight_bytes(MlaWeightHandle weight, TokenRole role) override;
  Tensor load_vector(const StoredTensor& stored, const Shard& shard) override;

  KvCacheHandle create_kv_cache(const KvCacheSpec& spec) override;
  void release_kv_cache(KvCacheHandle cache) override;
  void copy_kv_page(KvCacheHandle cache, std::int32_t to, std::int32_t from) override;
  void write_kv(const KvLayer& layer, const StepTensors& step, const Tensor& keys,
                const Tensor& values) override;

  StepTensors begin_step(const RaggedBatch& batch) override;
  void embed(const Tensor& output, WeightHandle table, const Tensor& token_ids) override;
  void rms_norm(const Tensor& output, const Tensor& input, const Tensor& gain, float epsilon) override;
  void add(const Tensor& output, const Tensor& left, const Tensor& right) override;
  void linear(std::span<const LinearOutput> outputs, const Tensor& input) override;
  void gated_linear(const Tensor& output, const Tensor& input, WeightHandle gate, WeightHandle up,
                    Activation activation) override;
  void rope(const Tensor& heads, const StepTensors& step, const RopeSpec& spec) override;
  void prepare_heads(const Tensor& heads, const StepTensors& step,
                     const HeadPreparation& preparation) override;
  void write_prepared_kv(const KvLayer& layer, const StepTensors& step, const Tensor& keys,
                         const Tensor& values, const HeadPreparation& preparation) override;
  void attention(const Tensor& output, const Tensor& queries, const KvLayer& layer, const StepTensors& step,
                 float scale) override;
  void mla_attention(const Tensor& output, const Tensor& queries, const KvLayer& layer,
                     const StepTensors& step, MlaWeightHandle weight) override;
  void route(const Tensor& chosen, const Tensor& weights, const Tensor& logits, const Tensor& correction_bias,
             const RouterSpec& spec) override;
  void experts(const Tensor& output, const Tensor& input, const Tensor& chosen, const Tensor& weights,
               const ExpertWeights& experts) override;
  void gather_rows(const Tensor& output, const Tensor& input, const Tensor& rows) override;
  void mark_non_finite(const Tensor& first_bad, const Tensor& input, std::int32_t tag) override;

  void log_softmax(const Tensor& logits) override;
  void sample(std::vector<SampledRow>& results, const Tensor& logits,
              std::span<const SamplingRow> rows) override;
  void score(std::vector<ScoredRow>& results, const Tensor& logits, std::span<const std::int32_t> targets,
             std::int32_t top_n) override;

  std::int32_t ranks() const override { return options_.communicator ? options_.communicator->ranks() : 1; }
  std::int32_t rank() const override { return options_.communicator ? options_.communicator->rank() : 0; }
  void all_reduce(const Tensor& inout) override;
  void all_gather(const Tensor& output, const Tensor& input) override;
  void all_to_all(const Tensor& output, const Tensor& input) override;
  bool library_sum(const Tensor& output, const Tensor& input) override;
  void dispatch(const ExpertDispatch& to, const Tensor& input, const Tensor& chosen,
                std::int32_t experts) override;
  void expert_rows(const Tensor& output, const Tensor& input, const Tensor& chosen,
                   const ExpertWeights& experts) override;
  void combine(const Tensor& output, const Tensor& rows, const Tensor& places, const Tensor& chosen,
               const Tensor& weights) override;

 private:
  struct Weight {
    std::string name;
    WeightView view;
    ProductForm form = ProductForm::floats;
    bool on_tensor_cores = false;
    bool by_warp_groups = false;
    bool by_library = false;
    std::uint64_t bytes = 0;
  };
  /// One of MLA's matrices into and out of the latent space, in the forms that products by it want so far.
  struct LatentMatrix {
    HeadMatrix shape;
    Global<float> floats = nullptr;
    Global<std::uint16_t> rounded = nullptr;  ///< for tensor cores
    DataType type = DataType::f32;            ///< of `rounded`: that of the cache that was attended to last
    std::uint64_t bytes_read = 0;             ///< by the last product
  };
  struct MlaWeight {
    MlaSpec spec;
    Weight expand;      ///< [heads * (nope_dim + value_dim), latent_dim]
    LatentMatrix into;  ///< [heads][nope_dim][latent_dim]
    LatentMatrix out;   ///< [heads][latent_dim][value_dim]
    std::uint64_t bytes = 0;
  };
  struct KvStore {
    KvCacheSpec spec;
    KvPageLayout layout;
    Global<std::uint8_t> memory = nullptr;
    std::uint64_t bytes = 0;
  };
  /// Tables of one layer's experts on the device.
  struct ExpertPart {
    Global<const WeightView> views = nullptr;  ///< [experts]
    std::vector<std::uint32_t> handles;
    WeightView common;
    ProductForm form = ProductForm::floats;
    bool on_tensor_cores = false;
    bool by_warp_groups = false;
  };
  /// What of the current step lies on the device beside token ids and positions.
  struct Step {
    const RaggedBatch* host = nullptr;
    Global<const std::int32_t> sequences = nullptr;  ///< [T]
    PageTable table;
    Global<const QueryTile> tiles = nullptr;  ///< of all tokens, the generated ones first
    std::int64_t tile_count = 0;
    Global<const QueryTile> prompt_tiles = nullptr;  ///< of kPromptTileTokens
    std::int64_t prompt_tile_count = 0;
    Global<const QueryTile> generated_tiles = nullptr;  ///< first_row counts generated tokens
    std::int64_t generated_tile_count = 0;
    Global<const std::int32_t> generated_rows = nullptr;  ///< rows of the step
    std::int64_t generated = 0;
    std::int32_t generated_positions = 0;  ///< most positions that a generated token sees
    std::int64_t generated_cuts = 0;       ///< that generated tokens see, of all of them
    bool decodes = false;                  ///< all tokens are generated
    /// Runs of prompt tokens, with their tiles.
    struct PromptRun {
      cpu::RoleRun run;
      std::int64_t first_tile = 0, tile_count = 0;
      std::int64_t first_prompt_tile = 0, prompt_tile_count = 0;
    };
    std::vector<PromptRun> prompts;
  };

  Weight upload_weight(const StoredTensor& stored);
  const Weight& weight(WeightHandle handle, const char* operation) const;
  MlaWeight& mla_weight(MlaWeightHandle handle);
  KvStore& kv_store(KvCacheHandle handle, const char* operation) const;
  KvStore& kv_layer(const KvLayer& layer, const char* operation) const;
  static KvPlace place_of(const KvStore& store, const KvLayer& layer);
  void check_step(const StepTensors& step, const KvStore& store, const char* operation) const;

  /// The activations in the form that a product wants, in memory that the next call for that form reuses.
  Activations prepare(ProductForm form, const RowsOf<const float>& input);
  class SharedInput;
  bool fits_library(const WeightView& view) const;
  void multiply_or_note(const LibraryProduct& product);
  void multiply_by_library(const Weight& weight, const Activations& input, const RowsOf<float>& output,
                           Global<const float> bias);
  void run_product(const char* operation, const Weight& weight, const RowsOf<float>& output,
                   const RowsOf<const float>& input);
  /// Dense rows in memory of one purpose.
  RowsOf<float> scratch_rows(const char* purpose, std::int64_t rows, std::int64_t columns);
  const ExpertPart& expert_part(const std::vector<WeightHandle>& handles);
  /// Outputs of the experts for every pair (token, choice), [T * K, columns] by pair; -1 is no expert.
  void run_experts(const char* operation, const RowsOf<float>& output, const RowsOf<const float>& input,
                   Global<const std::int32_t> chosen, std::int32_t top_k, const ExpertWeights& experts);
  /// `call(received, sent, stream)` of the communicator: on device memory between two graphs, or through the
  /// host.
  using CommunicatorCall = std::function<void(void*, const void*, void*)>;
  void communicate(Global<std::uint8_t> to, std::uint64_t received_bytes, Global<const std::uint8_t> from,
                   std::uint64_t sent_bytes, const CommunicatorCall& call);
  /// `bytes` from each rank to each (or to all alike).
  enum class Exchange : std::uint8_t { all_gather, all_to_all };
  void exchange(Exchange kind, Global<std::uint8_t> to, Global<const std::uint8_t> from, std::uint64_t bytes);

  /// Computes cuts [first, last) of `attention` in as few calls as memory allows, and joins them.
  void run_cuts(Attention attention, std::int32_t first, std::int32_t last);
  /// The heads, with what is to be done to them.
  HeadWork head_work(const char* operation, const Tensor& heads, const StepTensors& step,
                     const HeadPreparation& preparation);
  void store_kv(const char* operation, const KvLayer& layer, const StepTensors& step, const HeadWork& work,
                const Tensor& keys, const Tensor& values);
  JoinState join_state(const Attention& attention);
  void give_cut_memory(Attention& attention, std::int32_t cuts);
  std::int32_t cuts_at_once(const Attention& attention) const;
  void absorbed(MlaWeight& weight, Attention attention);
  bool fills_device_by_rows(std::int32_t heads) const;
  bool on_tensor_cores(const LatentMatrix& matrix, DataType type) const;
  Global<const float> as_floats(MlaWeight& weight, LatentMatrix& matrix);
  Global<const std::uint16_t> as_rounded(MlaWeight& weight, LatentMatrix& matrix, DataType type);
  /// Those that caches of this kind will want: a model that does not fit is found out before its first step.
  void make_latent_matrices(MlaWeight& weight, const KvCacheSpec& spec);
  /// The product by one of the matrices; `type` is the cache's.
  void multiply_by(MlaWeight& weight, LatentMatrix& matrix, HeadProduct product, DataType type);
  void expanded(const MlaWeight& weight, Attention attention, const Step::PromptRun& prompt);
  void attend_expanded(Attention attention, const Step::PromptRun& prompt, std::int64_t positions);

  /// Memory of one purpose, kept from call to call.
  Scratch& scratch(const char* purpose);

  LogitRows normalised(const Tensor& logits, const char* operation);
  /// `entries` of them in all; none: null.
  Global<TopEntry> find_answers_top(const LogitRows& rows, const std::vector<std::int32_t>& counts,
                                    const std::vector<std::int32_t>& first, std::size_t entries);
  /// Results that were asked for and not handed over: of a step that threw. Who asked may be gone.
  void forget_results() noexcept;
  /// All of `to`, after wait().
  template <class T>
  void fetch(std::vector<T>& to, Global<T> from) {
    runtime_.download(to.data(), pointer_cast<const std::uint8_t>(from), to.size() * sizeof(T));
  }
  /// Copies host values to the device; valid until the next call with this purpose.
  template <class T>
  Global<const T> send(const char* purpose, const std::vector<T>& values) {
    const auto count = static_cast<std::int64_t>(values.size());
    const Global<T> to = scratch(purpose).get<T>(count > 0 ? count : 1);
    runtime_.upload(pointer_cast<std::uint8_t>(to), values.data(), values.size() * sizeof(T));
    return to;
  }

  BackendOptions options_;
  std::unique_ptr<DenseLibrary> library_;
  ThreadPool pool_;
  Runtime runtime_;
  Buffers buffers_;
  std::vector<Weight> weights_;                       // index = id - 1
  std::vector<MlaWeight> mla_weights_;                // index = id - 1
  std::vector<std::unique_ptr<KvStore>> kv_stores_;   // index = id - 1; released ones are null
  std::map<std::uint32_t, ExpertPart> expert_parts_;  // by the handle of expert 0
  std::uint64_t vector_bytes_ = 0;
  BufferHandle step_buffer_;  // token ids, then positions
  std::int64_t step_capacity_ = 0;
  Step step_;
  std::int64_t cut_floats_ = kCutFloats;
  Global<std::uint8_t> faults_ = nullptr;
  std::int32_t fault_words_[2] = {};
  std::vector<std::function<void()>> finishers_;  // what wait() has to hand over

  std::map<std::string, std::unique_ptr<Scratch>, std::less<>> scratch_;
};

}  // namespace reckon::kernels::RECKON_CUDA_NS
