// kv_b_proj of latent attention, which GGUF files of today hold as two tensors.

#include <memory>
#include <vector>

#include "base/error.h"
#include "engine/formats/dequantise.h"
#include "engine/formats/mapped_tensor.h"
#include "engine/model/weights.h"

namespace reckon::engine {

kernels::StoredTensor kv_b_tensor(const ModelSource& source, std::int32_t layer) {
  const TensorNames& names = source.config().names;
  const AttentionConfig& attention = source.config().layers[static_cast<std::size_t>(layer)].attention;
  const std::int64_t heads = attention.heads;
  const std::int64_t nope = attention.nope_dim;
  const std::int64_t value = attention.value_dim;
  const std::int64_t latent = attention.kv_lora_rank;
  if (!names.kv_b.empty()) {
    return source.tensor(
        {tensor_name(names.kv_b, layer), heads * (nope + value), latent, TensorRole::linear});
  }
  // k_b [heads, latent, nope] is transposed, and quantised along nope; v_b [heads, value, latent] is not.
  auto whole =
      std::make_shared<std::vector<float>>(static_cast<std::size_t>(heads * (nope + value) * latent));
  for (std::int64_t head = 0; head < heads; ++head) {
    TensorRequest request{tensor_name(names.k_b, layer), latent, nope, TensorRole::linear};
    request.slice = head;
    request.slices = heads;
    const std::vector<float> keys = dequantise(source.tensor(request));
    request = {tensor_name(names.v_b, layer), value, latent, TensorRole::linear};
    request.slice = head;
    request.slices = heads;
    const std::vector<float> values = dequantise(source.tensor(request));
    float* out = whole->data() + head * (nope + value) * latent;
    for (std::int64_t row = 0; row < nope; ++row) {
      for (std::int64_t column = 0; column < latent; ++column) {
        *out++ = keys[static_cast<std::size_t>(column * nope + row)];
      }
    }
    for (const float element : values) *out++ = element;
  }
  kernels::StoredTensor tensor =
      described_tensor(tensor_name(names.k_b, layer), kernels::DataType::f32, heads * (nope + value), latent);
  tensor.data = std::as_bytes(std::span<const float>(*whole));
  tensor.owner = whole;
  return tensor;
}

}  // namespace reckon::engine
