#pragma once
// Multi-head, grouped-query and multi-query attention over paged keys and values.

#include "base/thread_pool.h"
#include "kernels/cpu/cut_attention.h"
#include "kernels/cpu/kv_store.h"
#include "kernels/weights.h"

namespace reckon::kernels::cpu {

/// queries [T, H, key_dim] -> output [T, H, value_dim], over a layer of a full or window group. Shapes and
/// pages are checked already. `scratch` is grown as needed. Prompt tokens over a cache of F16 or BF16 are
/// computed in 16-bit fixed point (fixed_cut.h) unless activations are exact, all others in float32
/// (cut_attention.h).
void paged_attention(const OpTable& ops, ThreadPool& pool, AlignedBytes& scratch, const View<float>& output,
                     const View<float>& queries, const KvStore& store, const KvLayer& layer,
                     const RaggedBatch& batch, float scale, ActivationPrecision activations);

}  // namespace reckon::kernels::cpu
