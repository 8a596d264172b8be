// Random inputs of the benchmark cases.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {
namespace {

/// SplitMix64 (S. Vigna): random enough to keep every code in use.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// Byte offsets of the half-precision scales in a block of `type`.
std::vector<int> scale_offsets(DataType type) {
  switch (type) {
    case DataType::q4_0:
    case DataType::q5_0:
    case DataType::q8_0:
      return {0};
    case DataType::q4_1:
    case DataType::q5_1:
    case DataType::q4_k:
    case DataType::q5_k:
      return {0, 2};
    case DataType::q6_k:
      return {208};
    default:
      return {};
  }
}

/// A back end may use the bytes where they are: each copy has its own.
StoredTensor with_own_bytes(const StoredTensor& stored) {
  StoredTensor copy = stored;
  const auto bytes = std::make_shared<std::vector<std::byte>>(stored.data.begin(), stored.data.end());
  copy.data = *bytes;
  copy.owner = std::make_shared<std::pair<decltype(stored.owner), decltype(bytes)>>(stored.owner, bytes);
  return copy;
}

/// The rows of `all` that a device takes.
void upload_sampled(BenchmarkDevice& device, const Tensor& to, std::span<const std::byte> all) {
  const auto row = static_cast<std::size_t>(to.dim(1)) * 4;
  std::vector<std::byte> taken;
  for (const std::int64_t token : device.sampled_tokens) {
    const auto from = all.subspan(static_cast<std::size_t>(token) * row, row);
    taken.insert(taken.end(), from.begin(), from.end());
  }
  device.backend->upload(to, taken);
  device.backend->wait();
}

}  // namespace

KernelCase kernel_case(std::string name, std::string shape, double bytes, double flops,
                       std::function<PreparedCall(BenchmarkDevice&)> prepare) {
  KernelCase item;
  item.name = std::move(name);
  item.shape = std::move(shape);
  item.bytes = bytes;
  item.flops = flops;
  item.cached = true;
  item.prepare = std::move(prepare);
  return item;
}

double bytes_of(const KernelCase& item, const PreparedCall& prepared) {
  return prepared.bytes ? prepared.bytes() : item.bytes;
}

std::string tokens_text(std::int64_t tokens) {
  return std::to_string(tokens) + (tokens == 1 ? " token" : " tokens");
}

StoredTensor random_weight(DataType type, std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  auto data = std::make_shared<std::vector<std::byte>>(bytes_of(type, rows * columns));
  std::uint64_t state = seed;
  const std::size_t size = data->size();
  if (type == DataType::f32) {
    for (std::size_t i = 0; i < size; i += 4) {
      const float value = static_cast<float>(next_random(state) >> 40) * 0x1p-23F - 1.0F;
      std::memcpy(data->data() + i, &value, sizeof value);
    }
  } else if (type == DataType::f16 || type == DataType::bf16) {
    for (std::size_t i = 0; i < size; i += 2) {  // exponents of about one half, any sign and mantissa
      const std::uint64_t random = next_random(state);
      const std::uint16_t value = static_cast<std::uint16_t>(
          type == DataType::f16 ? 0x3800U | (random & 0x83ffU) : 0x3f00U | (random & 0x807fU));
      std::memcpy(data->data() + i, &value, sizeof value);
    }
  } else {
    std::uint64_t random = 0;
    for (std::size_t i = 0; i < size; ++i) {
      random = i % 8 == 0 ? next_random(state) : random >> 8;
      auto value = static_cast<std::uint8_t>(random);
      if (type == DataType::fp8_e4m3 && (value & 0x7fU) == 0x7fU) value = 0;  // NaN
      (*data)[i] = static_cast<std::byte>(value);
    }
    constexpr std::uint16_t kSmall = 0x2000;  // 2^-7 in half precision
    const auto block = static_cast<std::size_t>(type_info(type).block_bytes);
    for (const int offset : scale_offsets(type)) {
      for (std::size_t at = static_cast<std::size_t>(offset); at < size; at += block)
        std::memcpy(data->data() + at, &kSmall, sizeof kSmall);
    }
  }
  StoredTensor stored;
  stored.name = "random";
  stored.type = type;
  stored.rows = rows;
  stored.columns = columns;
  stored.data = *data;
  struct Owned {
    std::shared_ptr<std::vector<std::byte>> data;
    std::vector<float> scales;
  };
  auto owned = std::make_shared<Owned>();
  owned->data = data;
  if (type == DataType::fp8_e4m3) {
    owned->scales.assign(static_cast<std::size_t>((rows + 127) / 128 * ((columns + 127) / 128)), 0.01F);
    stored.scales = owned->scales;
  }
  stored.owner = owned;
  return stored;
}

Tensor BenchmarkDevice::empty(std::initializer_list<std::int64_t> shape, DataType type) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape) elements *= extent;
  return dense(backend->allocate(bytes_of(type, elements)), type, shape);
}

Tensor BenchmarkDevice::floats(std::initializer_list<std::int64_t> shape) {
  const Tensor tensor = empty(shape);
  const StoredTensor random = random_weight(DataType::f32, 1, tensor.elements(), seed++);
  backend->upload(tensor, random.data);
  backend->wait();
  return tensor;
}

std::int64_t BenchmarkDevice::tokens(std::int64_t all) const {
  return sampled_tokens.empty() ? all : static_cast<std::int64_t>(sampled_tokens.size());
}

Tensor BenchmarkDevice::token_floats(std::int64_t all, std::int64_t width) {
  if (sampled_tokens.empty()) return floats({all, width});
  const StoredTensor random = random_weight(DataType::f32, all, width, seed++);
  const Tensor tensor = empty({tokens(all), width});
  upload_sampled(*this, tensor, random.data);
  return tensor;
}

Tensor BenchmarkDevice::token_integers(const std::vector<std::int32_t>& values, std::int64_t all) {
  const Tensor tensor = empty({tokens(all), static_cast<std::int64_t>(values.size()) / all}, DataType::i32);
  if (sampled_tokens.empty()) {
    backend->upload(tensor, std::as_bytes(std::span(values)));
    backend->wait();
  } else {
    upload_sampled(*this, tensor, std::as_bytes(std::span(values)));
  }
  return tensor;
}

std::int64_t BenchmarkDevice::copies(double bytes) {
  constexpr std::int64_t kMostCopies = 256;
  const auto count = static_cast<std::int64_t>(std::ceil(cold_bytes / std::max(bytes, 1.0)));
  most_copies_ = std::max(most_copies_, std::clamp<std::int64_t>(count, 1, kMostCopies));
  return std::clamp<std::int64_t>(count, 1, kMostCopies);
}

std::size_t BenchmarkDevice::turn(std::size_t copies) { return rotates ? next_++ % copies : 0; }

std::vector<WeightHandle> BenchmarkDevice::weights(DataType type, std::int64_t rows, std::int64_t columns,
                                                   std::int64_t copies) {
  const StoredTensor random = random_weight(type, rows, columns, seed++);
  std::vector<WeightHandle> all = {backend->load_weight(random)};
  for (std::int64_t i = 1; i < copies; ++i) all.push_back(backend->load_weight(with_own_bytes(random)));
  return all;
}

std::vector<MlaWeightHandle> BenchmarkDevice::mla_weights(const MlaSpec& spec, std::int64_t copies) {
  const StoredTensor random = random_weight(
      DataType::bf16, std::int64_t{spec.heads} * (spec.nope_dim + spec.value_dim), spec.latent_dim, seed++);
  std::vector<MlaWeightHandle> all = {backend->load_mla_weight(random, spec)};
  for (std::int64_t i = 1; i < copies; ++i)
    all.push_back(backend->load_mla_weight(with_own_bytes(random), spec));
  return all;
}

RaggedBatch even_batch(std::int32_t sequences, std::int32_t tokens, std::int32_t position,
                       std::int32_t page_tokens, TokenRole role) {
  RaggedBatch batch;
  std::int32_t page = 0;
  for (std::int32_t s = 0; s < sequences; ++s) {
    SequenceSlice slice;
    slice.first_token = s * tokens;
    slice.token_count = tokens;
    slice.first_position = position;
    for (std::int32_t i = 0; i < tokens; ++i) {
      batch.token_ids.push_back(0);
      batch.positions.push_back(position + i);
      batch.roles.push_back(role);
    }
    for (std::int32_t i = 0; i < (position + tokens + page_tokens - 1) / page_tokens; ++i)
      slice.pages.push_back(page++);
    batch.sequences.push_back(std::move(slice));
  }
  return batch;
}

}  // namespace reckon::kernels
