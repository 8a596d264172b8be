#pragma once
// The CPU back end: checks shapes, turns tensors into addresses, and calls the loops of ops/ and linear/.
// Operations run at once, on the calling thread and the pool; wait() has nothing left to wait for.

#include <functional>
#include <memory>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/backend.h"
#include "kernels/cpu/attention.h"
#include "kernels/cpu/kv_store.h"
#include "kernels/cpu/linear/linear.h"
#include "kernels/cpu/logits.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/mla_attention.h"
#include "kernels/cpu/ops/op_tables.h"
#include "kernels/cpu/router.h"

namespace reckon::kernels::cpu {

class CpuBackend final : public Backend {
 public:
  /// Errors: a path that this processor cannot run.
  CpuBackend(const BackendOptions& options, CpuPath path);

  DeviceInfo device() const override;
  MemoryUse memory_use() const override;
  std::uint64_t read_weights() override;

  BufferHandle allocate(std::uint64_t bytes) override;
  void release(BufferHandle buffer) override;
  void upload(const Tensor& to, std::span<const std::byte> from) override;
  void download(std::span<std::byte> to, const Tensor& from) override;
  void copy(const Tensor& to, const Tensor& from) override;
  void wait() override {}

  WeightHandle load_weight(const StoredTensor& stored, const Shard& shard) override;
  MlaWeightHandle load_mla_weight(const StoredTensor& kv_b, const MlaSpec& spec, const Shard& shard) override;
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
  void dispatch(const ExpertDispatch& to, const Tensor& input, const Tensor& chosen,
                std::int32_t experts) override;
  void expert_rows(const Tensor& output, const Tensor& input, const Tensor& chosen,
                   const ExpertWeights& experts) override;
  void combine(const Tensor& output, const Tensor& rows, const Tensor& places, const Tensor& chosen,
               const Tensor& weights) override;

 private:
  const LinearWeight& weight(WeightHandle handle, const char* operation) const;
  const MlaWeight& mla_weight(MlaWeightHandle handle) const;
  KvStore& kv_store(KvCacheHandle handle, const char* operation) const;
  /// The store of a layer after checks of group and layer.
  KvStore& kv_layer(const KvLayer& layer, const char* operation) const;
  /// The step's batch after checks of its pages against `store`.
  const RaggedBatch& checked_batch(const StepTensors& step, const KvStore& store,
                                   const char* operation) const;
  LinearOptions linear_options() const;
  struct ExpertHandles;
  ExpertHandles expert_tables(const ExpertWeights& experts, const char* operation) const;
  /// Calls body(first, last, thread) over blocks of rows that are each worth a thread's while.
  void for_row_blocks(std::int64_t rows, std::int64_t row_elements,
                      const std::function<void(std::int64_t first, std::int64_t last, int thread)>& body);

  BackendOptions options_;
  CpuPath path_;
  const OpTable& ops_;
  mutable ThreadPool pool_;
  LinearRunner runner_;
  Memory memory_;
  std::vector<std::unique_ptr<LinearWeight>> weights_;   // index = id - 1
  std::vector<std::unique_ptr<MlaWeight>> mla_weights_;  // index = id - 1
  std::vector<std::unique_ptr<KvStore>> kv_stores_;      // index = id - 1; released ones are null
  std::uint64_t vector_bytes_ = 0;                       // of load_vector's tensors
  BufferHandle step_buffer_;                             // token ids, then positions
  std::int64_t step_capacity_ = 0;                       // tokens
  AlignedBytes attention_scratch_;
  AlignedBytes gathered_;  // what all_reduce adds
  MlaScratch mla_scratch_;
};

std::unique_ptr<Backend> make_cpu_backend_on(CpuPath path, const BackendOptions& options = {});

}  // namespace reckon::kernels::cpu
