#pragma once
// Multi-head latent attention: DeepSeek-V2, arXiv 2405.04434, section 2.1; the absorbed form is its appendix
// on "absorbing" W_UK into W_UQ and W_UV into W_O, here per head and before the output projection.

#include <span>

#include "base/thread_pool.h"
#include "kernels/cpu/kv_store.h"
#include "kernels/cpu/linear/linear.h"
#include "kernels/cpu/mla_weight.h"
#include "kernels/cpu/step.h"

namespace reckon::kernels::cpu {

struct MlaInputs {
  const OpTable& ops;
  ThreadPool& pool;
  LinearRunner& runner;
  const KvStore& store;
  const KvLayer& layer;
  const RaggedBatch& batch;
  const MlaWeight& weight;
  View<float> queries;  ///< [T, H, nope_dim + rope_dim]
  View<float> output;   ///< [T, H, value_dim]
};

/// Scratch memory that is kept from call to call.
struct MlaScratch {
  AlignedBytes shared;
  AlignedBytes threads;
};

/// One run of prompt tokens: keys and values of every position through kv_b, cut by cut.
void mla_expanded(const MlaInputs& inputs, const RoleRun& run, MlaScratch& scratch);

/// All runs of generated tokens of a step: queries carried into the latent space, results carried out of it.
void mla_absorbed(const MlaInputs& inputs, std::span<const RoleRun> runs, MlaScratch& scratch);

/// Latent rows of positions [first, last] of a sequence as f32, dense [.., row_stride], the first at `to`.
void load_latent_rows(const MlaInputs& inputs, const SequenceSlice& slice, std::int64_t first,
                      std::int64_t last, float* to);

}  // namespace reckon::kernels::cpu
