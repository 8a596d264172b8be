// The CPU back end's memory, weights and caches.
#include "kernels/cpu/backend.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/error.h"
#include "kernels/cpu/device.h"
#include "kernels/cpu/step.h"
#include "kernels/shapes.h"

namespace reckon::kernels {

std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options) {
  return cpu::make_cpu_backend_on(cpu::chosen_path(), options);
}

namespace cpu {

std::unique_ptr<Backend> make_cpu_backend_on(CpuPath path, const BackendOptions& options) {
  return std::make_unique<CpuBackend>(options, path);
}

CpuBackend::CpuBackend(const BackendOptions& options, CpuPath path)
    : options_(options),
      path_(path),
      ops_(op_table(path)),
      pool_(options.threads > 0 ? options.threads : available_threads()),
      runner_(pool_, path) {
  if (!path_available(path)) fail_input("this processor cannot run the {} path", path_name(path));
}

DeviceInfo CpuBackend::device() const {
  DeviceInfo info;
  info.backend = "cpu";
  info.name = processor_name();
  info.path = path_name(path_);
  for (const std::string_view feature : cpu_features()) info.features.emplace_back(feature);
  info.threads = pool_.size();
  info.memory_bytes = total_memory_bytes();
  info.free_memory_bytes = free_memory_bytes();
  return info;
}

std::uint64_t CpuBackend::read_weights() {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::vector<std::span<const std::byte>> pieces;
  std::uint64_t bytes = 0;
  for (const auto& weight : weights_) {
    std::span<const std::byte> left = weight->held();
    left = left.first(left.size() / 512 * 512);
    bytes += left.size();
    while (!left.empty()) {
      pieces.push_back(left.first(std::min(kPiece, left.size())));
      left = left.subspan(pieces.back().size());
    }
  }
  std::atomic<float> sum{0.0F};  // seen from outside, so that no read is left out
  pool_.parallel_for(static_cast<std::int64_t>(pieces.size()), [&](std::int64_t i, int) {
    const std::span<const std::byte> piece = pieces[static_cast<std::size_t>(i)];
    sum.store(ops_.read(reinterpret_cast<const float*>(piece.data()),
                        static_cast<std::int64_t>(piece.size() / sizeof(float))),
              std::memory_order_relaxed);
  });
  return bytes;
}

MemoryUse CpuBackend::memory_use() const {
  MemoryUse use;
  const auto count = [&](const LinearWeight& weight) {
    use.weight_bytes_in_place += weight.in_place_bytes();
    use.weight_bytes_repacked += weight.repacked_bytes();
  };
  for (const auto& weight : weights_) count(*weight);
  for (const auto& weight : mla_weights_) {
    count(*weight->expand);
    use.weight_bytes_repacked += weight->keys.size() + weight->values.size();
  }
  use.weight_bytes_repacked += vector_bytes_;
  use.buffer_bytes = memory_.bytes_in_use() - vector_bytes_ + runner_.scratch_bytes() +
                     attention_scratch_.size() + gathered_.size() + mla_scratch_.shared.size() +
                     mla_scratch_.threads.size();
  for (const auto& store : kv_stores_) {
    if (store) use.kv_bytes += store->bytes();
  }
  return use;
}

BufferHandle CpuBackend::allocate(std::uint64_t bytes) { return memory_.allocate(bytes); }

void CpuBackend::release(BufferHandle buffer) { memory_.release(buffer); }

void CpuBackend::upload(const Tensor& to, std::span<const std::byte> from) {
  const std::span<std::byte> bytes = memory_.bytes(to, "upload");
  if (bytes.size() != from.size())
    fail_input("upload: {} bytes into {} {} of {} bytes", from.size(), type_info(to.type).name,
               shape_text(to), bytes.size());
  if (!from.empty()) std::memcpy(bytes.data(), from.data(), from.size());
}

void CpuBackend::download(std::span<std::byte> to, const Tensor& from) {
  const std::span<std::byte> bytes = memory_.bytes(from, "download");
  if (bytes.size() != to.size())
    fail_input("download: {} {} of {} bytes into {} bytes", type_info(from.type).name, shape_text(from),
               bytes.size(), to.size());
  if (!to.empty()) std::memcpy(to.data(), bytes.data(), bytes.size());
}

void CpuBackend::copy(const Tensor& to, const Tensor& from) {
  bool same = to.rank == from.rank && to.type == from.type;
  for (int i = 0; same && i < to.rank; ++i) same = to.dim(i) == from.dim(i);
  check_shapes(same, "copy", {{"to", &to}, {"from", &from}});
  if (to.type != DataType::f32 && to.type != DataType::i32)
    fail_input("copy: {} where f32 or i32 is needed", type_info(to.type).name);
  // Both types are four bytes wide: one loop of integers moves either.
  Tensor to_bits = to;
  Tensor from_bits = from;
  to_bits.type = from_bits.type = DataType::i32;
  View<std::int32_t> target = memory_.integers(to_bits, "copy to");
  View<std::int32_t> source = memory_.integers(from_bits, "copy from");
  std::int64_t index[kMaxRank] = {};
  const std::int64_t inner = to.rank > 0 ? to.dim(to.rank - 1) : 1;
  const std::int64_t target_step = to.rank > 0 ? target.stride(to.rank - 1) : 1;
  const std::int64_t source_step = to.rank > 0 ? source.stride(to.rank - 1) : 1;
  const std::int64_t outer = inner > 0 ? to.elements() / inner : 0;
  for (std::int64_t row = 0; row < outer; ++row) {
    std::int32_t* target_row = target.data;
    const std::int32_t* source_row = source.data;
    for (int i = 0; i + 1 < to.rank; ++i) {
      target_row += index[i] * target.stride(i);
      source_row += index[i] * source.stride(i);
    }
    if (target_step == 1 && source_step == 1) {
      std::memmove(target_row, source_row, static_cast<std::size_t>(inner) * sizeof(std::int32_t));
    } else {
      for (std::int64_t i = 0; i < inner; ++i) target_row[i * target_step] = source_row[i * source_step];
    }
    for (int i = to.rank - 2; i >= 0; --i) {
      if (++index[i] < to.dim(i)) break;
      index[i] = 0;
    }
  }
}

LinearOptions CpuBackend::linear_options() const {
  // A copy must leave room for the caches and the rest of the process.
  constexpr std::uint64_t kReserveBytes = std::uint64_t{256} << 20;
  const std::uint64_t free_bytes = options_.repack ? free_memory_bytes() : 0;
  LinearOptions options;
  options.repack = options_.repack;
  options.activations = options_.activations;
  options.repack_limit_bytes = free_bytes > kReserveBytes ? free_bytes - kReserveBytes : 0;
  return options;
}

WeightHandle CpuBackend::load_weight(const StoredTensor& stored, const Shard& shard) {
  weights_.push_back(LinearWeight::make(slice_stored(stored, shard), linear_options(), &pool_));
  return {static_cast<std::uint32_t>(weights_.size())};
}

MlaWeightHandle CpuBackend::load_mla_weight(const StoredTensor& kv_b, const MlaSpec& spec,
                                            const Shard& shard) {
  mla_weights_.push_back(make_mla_weight(slice_stored(kv_b, shard), spec, linear_options(), pool_));
  return {static_cast<std::uint32_t>(mla_weights_.size())};
}

std::uint64_t CpuBackend::mla_weight_bytes(MlaWeightHandle handle, TokenRole role) {
  const MlaWeight& weight = mla_weight(handle);
  return role == TokenRole::prompt ? weight.expand->in_place_bytes() + weight.expand->repacked_bytes()
                                   : weight.keys.size() + weight.values.size();
}

Tensor CpuBackend::load_vector(const StoredTensor& stored, const Shard& shard) {
  LinearOptions options = linear_options();
  options.repack = false;
  const auto vector = LinearWeight::make(slice_stored(stored, shard), options, nullptr);
  const std::int64_t elements = vector->rows() * vector->columns();
  const std::uint64_t before = memory_.bytes_in_use();
  const Tensor tensor = dense(memory_.allocate(bytes_of(DataType::f32, elements)), DataType::f32, {elements});
  vector_bytes_ += memory_.bytes_in_use() - before;
  vector->dequantise(0, vector->rows(), memory_.floats(tensor, "load_vector").data);
  return tensor;
}

KvCacheHandle CpuBackend::create_kv_cache(const KvCacheSpec& spec) {
  kv_stores_.push_back(std::make_unique<KvStore>(spec));
  return {static_cast<std::uint32_t>(kv_stores_.size())};
}

void CpuBackend::release_kv_cache(KvCacheHandle cache) {
  kv_store(cache, "release_kv_cache");
  kv_stores_[cache.id - 1].reset();
}

void CpuBackend::copy_kv_page(KvCacheHandle cache, std::int32_t to, std::int32_t from) {
  kv_store(cache, "copy_kv_page").copy_page(to, from);
}

const LinearWeight& CpuBackend::weight(WeightHandle handle, const char* operation) const {
  if (handle.id == 0 || handle.id > weights_.size())
    fail_input("{}: weight {} does not exist", operation, handle.id);
  return *weights_[handle.id - 1];
}

const MlaWeight& CpuBackend::mla_weight(MlaWeightHandle handle) const {
  if (handle.id == 0 || handle.id > mla_weights_.size())
    fail_input("mla_attention: weight {} does not exist", handle.id);
  return *mla_weights_[handle.id - 1];
}

KvStore& CpuBackend::kv_store(KvCacheHandle handle, const char* operation) const {
  if (handle.id == 0 || handle.id > kv_stores_.size() || !kv_stores_[handle.id - 1])
    fail_input("{}: KV cache {} does not exist", operation, handle.id);
  return *kv_stores_[handle.id - 1];
}

KvStore& CpuBackend::kv_layer(const KvLayer& layer, const char* operation) const {
  KvStore& store = kv_store(layer.cache, operation);
  const auto groups = static_cast<std::int32_t>(store.spec().groups.size());
  if (layer.group < 0 || layer.group >= groups)
    fail_input("{}: group {} of a KV cache of {} groups", operation, layer.group, groups);
  if (layer.layer < 0 || layer.layer >= store.group(layer.group).layers)
    fail_input("{}: layer {} of a KV group of {} layers", operation, layer.layer,
               store.group(layer.group).layers);
  return store;
}

}  // namespace cpu
}  // namespace reckon::kernels
