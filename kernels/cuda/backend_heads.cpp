// The CUDA back end's operations on heads between their projection and attention.
#include "base/error.h"
#include "kernels/attention_inputs.h"
#include "kernels/cuda/backend.h"
#include "kernels/cuda/cuts.h"
#include "kernels/shapes.h"

namespace reckon::kernels::RECKON_CUDA_NS {

HeadWork CudaBackend::head_work(const char* operation, const Tensor& heads, const StepTensors& step,
                                const HeadPreparation& preparation) {
  HeadWork work;
  const std::string role = std::string(operation) + " heads";
  work.heads = head_rows<float>(buffers_.floats(heads, role.c_str()), heads);
  work.positions = buffers_.integers(step.positions, "step positions");
  check_shapes(heads.rank == 3 && step.positions.rank == 1 && heads.dim(0) == step.positions.dim(0) &&
                   heads.dim(1) > 0,
               operation, {{"heads", &heads}, {"positions", &step.positions}});
  check_contiguous(heads, role.c_str());
  work.tokens = heads.dim(0);
  work.head_count = static_cast<std::int32_t>(heads.dim(1));
  work.dim = static_cast<std::int32_t>(heads.dim(2));
  if (preparation.gain) {
    if (preparation.norm_dim < 1 || preparation.norm_dim > work.dim)
      fail_input("{}: a norm of {} elements of heads {}", operation, preparation.norm_dim, shape_text(heads));
    work.gain = buffers_.vector(preparation.gain, preparation.norm_dim, "norm gain");
    work.norm_dim = preparation.norm_dim;
    work.epsilon = preparation.epsilon;
  }
  const RopeSpec& rope = preparation.rope;
  if (rope.rotary_dim < 2 || rope.rotary_dim % 2 != 0 || preparation.rope_first < 0 ||
      rope.rotary_dim > work.dim - preparation.rope_first)
    fail_input("{}: rotary_dim {} of heads {}", operation, rope.rotary_dim, shape_text(heads));
  work.rope_first = preparation.rope_first;
  work.half = rope.rotary_dim / 2;
  work.inverse_frequencies = buffers_.vector(rope.inverse_frequencies, work.half, "rope inverse_frequencies");
  work.adjacent = rope.pairing == RopeSpec::Pairing::adjacent;
  work.magnitude = rope.magnitude;
  return work;
}

void CudaBackend::rope(const Tensor& heads, const StepTensors& step, const RopeSpec& spec) {
  HeadPreparation rotation;
  rotation.rope = spec;
  RECKON_CUDA_NS::prepare_heads(runtime_.stream(), "rope", head_work("rope", heads, step, rotation));
}

void CudaBackend::prepare_heads(const Tensor& heads, const StepTensors& step,
                                const HeadPreparation& preparation) {
  RECKON_CUDA_NS::prepare_heads(runtime_.stream(), "prepare_heads",
                                head_work("prepare_heads", heads, step, preparation));
}

void CudaBackend::store_kv(const char* operation, const KvLayer& layer, const StepTensors& step,
                           const HeadWork& work, const Tensor& keys, const Tensor& values) {
  const KvStore& store = kv_layer(layer, operation);
  const KvGroupSpec& group = store.spec.groups[static_cast<std::size_t>(layer.group)];
  KvWrite write;
  write.latent = group.layout == KvLayout::latent;
  if (!write.latent)
    write.values = head_rows<const float>(buffers_.floats(values, "write_kv values"), values);
  check_write_kv(keys, values, step.tokens, group);
  check_step(step, store, operation);
  write.place = place_of(store, layer);
  write.table = step_.table;
  write.value_dim = group.value_dim;
  write.sequences = step_.sequences;
  store_heads(runtime_.stream(), operation, work, write);
}

void CudaBackend::write_kv(const KvLayer& layer, const StepTensors& step, const Tensor& keys,
                           const Tensor& values) {
  HeadWork work;  // nothing is done to the keys
  work.heads = head_rows<float>(buffers_.floats(keys, "write_kv keys"), keys);
  work.positions = buffers_.integers(step.positions, "step positions");
  work.tokens = step.tokens;
  work.head_count = static_cast<std::int32_t>(keys.dim(1));
  work.dim = static_cast<std::int32_t>(keys.dim(2));
  store_kv("write_kv", layer, step, work, keys, values);
}

void CudaBackend::write_prepared_kv(const KvLayer& layer, const StepTensors& step, const Tensor& keys,
                                    const Tensor& values, const HeadPreparation& preparation) {
  store_kv("write_prepared_kv", layer, step, head_work("write_prepared_kv", keys, step, preparation), keys,
           values);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
