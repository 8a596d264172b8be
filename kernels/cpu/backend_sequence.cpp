// The CPU back end's operations that look along a sequence, and those on logits.
#include <limits>

#include "base/error.h"
#include "kernels/attention_inputs.h"
#include "kernels/cpu/backend.h"
#include "kernels/cpu/step.h"
#include "kernels/shapes.h"

namespace reckon::kernels::cpu {
namespace {

View<float> logit_rows(const Memory& memory, const Tensor& logits, const char* operation) {
  const View<float> view = memory.floats(logits, operation);
  check_shapes(view.rank == 2 && view.dim(0) > 0 && view.dim(1) > 0 && view.dim(1) <= (std::int64_t{1} << 30),
               operation, {{"logits", &logits}});
  check_contiguous(logits, operation);
  return view;
}

}  // namespace

void CpuBackend::write_kv(const KvLayer& layer, const StepTensors& step, const Tensor& keys,
                          const Tensor& values) {
  KvStore& store = kv_layer(layer, "write_kv");
  const KvGroupSpec& group = store.group(layer.group);
  const bool latent = group.layout == KvLayout::latent;
  const View<float> key_view = memory_.floats(keys, "write_kv keys");
  const View<float> value_view = latent ? View<float>{} : memory_.floats(values, "write_kv values");
  check_write_kv(keys, values, step.tokens, group);
  store.write(layer, checked_batch(step, store, "write_kv"), key_view, value_view, ops_, pool_);
}

void CpuBackend::attention(const Tensor& output, const Tensor& queries, const KvLayer& layer,
                           const StepTensors& step, float scale) {
  KvStore& store = kv_layer(layer, "attention");
  const KvGroupSpec& group = store.group(layer.group);
  const View<float> in = memory_.floats(queries, "attention queries");
  const View<float> out = memory_.floats(output, "attention output");
  check_attention(output, queries, step.tokens, group);
  paged_attention(ops_, pool_, attention_scratch_, out, in, store, layer,
                  checked_batch(step, store, "attention"), scale, options_.activations);
}

void CpuBackend::mla_attention(const Tensor& output, const Tensor& queries, const KvLayer& layer,
                               const StepTensors& step, MlaWeightHandle handle) {
  KvStore& store = kv_layer(layer, "mla_attention");
  const KvGroupSpec& group = store.group(layer.group);
  const MlaWeight& weight = mla_weight(handle);
  const View<float> in = memory_.floats(queries, "mla_attention queries");
  const View<float> out = memory_.floats(output, "mla_attention output");
  check_mla_attention(output, queries, step.tokens, group, weight.spec);
  const MlaInputs inputs{ops_,   pool_, runner_, store, layer, checked_batch(step, store, "mla_attention"),
                         weight, in,    out};
  std::vector<RoleRun> generated;
  for (const RoleRun& run : role_runs(inputs.batch)) {
    if (run.role == TokenRole::generated)
      generated.push_back(run);
    else
      mla_expanded(inputs, run, mla_scratch_);
  }
  mla_absorbed(inputs, generated, mla_scratch_);
}

void CpuBackend::log_softmax(const Tensor& logits) {
  const View<float> view = logit_rows(memory_, logits, "log_softmax");
  const std::int64_t vocabulary = view.dim(1);
  for_row_blocks(view.dim(0), vocabulary, [&](std::int64_t first, std::int64_t last, int) {
    for (std::int64_t row = first; row < last; ++row) {
      float* values = view.data + row * view.stride(0);
      const LogNormaliser normaliser = log_normaliser(ops_, values, vocabulary);
      // A row that is not finite becomes NaN throughout, so that nothing reads a probability from it.
      const float shift = normaliser.finite ? normaliser.maximum : std::numeric_limits<float>::quiet_NaN();
      ops_.subtract(values, values, vocabulary, shift, normaliser.log_sum);
    }
  });
}

void CpuBackend::sample(std::vector<SampledRow>& results, const Tensor& logits,
                        std::span<const SamplingRow> rows) {
  const View<float> view = logit_rows(memory_, logits, "sample");
  const std::int64_t vocabulary = view.dim(1);
  if (static_cast<std::int64_t>(rows.size()) != view.dim(0))
    fail_input("sample: {} sampling rows for logits {}", rows.size(), shape_text(logits));
  for (const SamplingRow& row : rows) check_sampling_row(row, vocabulary);
  results.assign(rows.size(), {});
  std::vector<SampleScratch> scratch(static_cast<std::size_t>(pool_.size()));
  for_row_blocks(view.dim(0), vocabulary, [&](std::int64_t first, std::int64_t last, int thread) {
    for (std::int64_t row = first; row < last; ++row)
      results[static_cast<std::size_t>(row)] =
          sample_row(ops_, view.data + row * view.stride(0), vocabulary, rows[static_cast<std::size_t>(row)],
                     scratch[static_cast<std::size_t>(thread)]);
  });
}

void CpuBackend::score(std::vector<ScoredRow>& results, const Tensor& logits,
                       std::span<const std::int32_t> targets, std::int32_t top_n) {
  const View<float> view = logit_rows(memory_, logits, "score");
  const std::int64_t vocabulary = view.dim(1);
  if (static_cast<std::int64_t>(targets.size()) != view.dim(0) || top_n < 0)
    fail_input("score: {} targets and top_n = {} for logits {}", targets.size(), top_n, shape_text(logits));
  for (const std::int32_t target : targets) {
    if (target < 0 || target >= vocabulary)
      fail_input("score: target {} for logits {}", target, shape_text(logits));
  }
  results.assign(targets.size(), {});
  for_row_blocks(view.dim(0), vocabulary, [&](std::int64_t first, std::int64_t last, int) {
    for (std::int64_t row = first; row < last; ++row)
      results[static_cast<std::size_t>(row)] = score_row(ops_, view.data + row * view.stride(0), vocabulary,
                                                         targets[static_cast<std::size_t>(row)], top_n);
  });
}

}  // namespace reckon::kernels::cpu
