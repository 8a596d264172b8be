// Operations that back ends may do at once, made of those that every one has.
#include "kernels/backend.h"

namespace reckon::kernels {

void Backend::prepare_heads(const Tensor& heads, const StepTensors& step,
                            const HeadPreparation& preparation) {
  if (preparation.gain) {
    const Tensor normed = narrow(heads, 2, 0, preparation.norm_dim);
    rms_norm(normed, normed, preparation.gain, preparation.epsilon);
  }
  rope(narrow(heads, 2, preparation.rope_first, heads.dim(2) - preparation.rope_first), step,
       preparation.rope);
}

void Backend::write_prepared_kv(const KvLayer& layer, const StepTensors& step, const Tensor& keys,
                                const Tensor& values, const HeadPreparation& preparation) {
  prepare_heads(keys, step, preparation);
  write_kv(layer, step, keys, values);
}

}  // namespace reckon::kernels
