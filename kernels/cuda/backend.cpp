// The CUDA back end's memory, weights and caches.
#include "kernels/cuda/backend.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "kernels/cpu/linear/linear.h"
#include "kernels/cpu/mla_weight.h"
#include "kernels/cuda/faults.h"
#include "kernels/cuda/tensor_products.h"
#include "kernels/cuda/warp_group_products.h"
#include "kernels/shapes.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// The host's view of a weight: checked, and able to give its values as floats. Nothing of it is copied.
cpu::LinearOptions host_options() {
  cpu::LinearOptions options;
  options.repack = false;
  options.activations = ActivationPrecision::float32;
  return options;
}

/// The bytes are on the device now; those of the file need not stay in memory.
void give_back_pages(const StoredTensor& stored) {
  if (stored.file == nullptr) return;
  const std::span<const std::byte> map = stored.file->bytes();
  const auto begin = reinterpret_cast<std::uintptr_t>(stored.data.data());
  const auto from = reinterpret_cast<std::uintptr_t>(map.data());
  if (begin >= from && begin + stored.data.size() <= from + map.size())
    stored.file->release(begin - from, stored.data.size());
}

}  // namespace

CudaBackend::CudaBackend(const BackendOptions& options)
    : options_(options),
      pool_(options.threads > 0 ? options.threads : 1),
      runtime_(options.device),
      buffers_(runtime_) {
  const DeviceFacts& facts = runtime_.facts();
  if (options.warp_groups && !facts.warp_groups)
    fail_evaluation(
        "tensor_cores=wgmma: {} of compute capability {}.{} has no such products here; they need a card of "
        "9.0 "
        "(H100, H200) and a program built with 90a among RECKON_CUDA_ARCHITECTURES; leave tensor_cores=wgmma "
        "out",
        facts.name, facts.compute_major, facts.compute_minor);
  faults_ = runtime_.allocate("faults", sizeof fault_words_);
}

DeviceInfo CudaBackend::device() const {
  const DeviceFacts& facts = runtime_.facts();
  DeviceInfo info;
  info.backend = "cuda";
  info.name = facts.name;
  info.path = fmt::format("compute {}.{}, driver {}", facts.compute_major, facts.compute_minor, facts.driver);
  info.features = {fmt::format("multiprocessors={}", facts.multiprocessors), "bf16 tensor cores"};
  if (facts.multiplies_fp8()) info.features.emplace_back("fp8 tensor cores");
  if (facts.warp_groups) info.features.emplace_back("wgmma");
  info.threads = pool_.size();
  info.index = facts.index;
  info.memory_bytes = facts.memory_bytes;
  info.free_memory_bytes = runtime_.free_bytes();
  return info;
}

MemoryUse CudaBackend::memory_use() const {
  MemoryUse use;
  for (const Weight& weight : weights_) use.weight_bytes_repacked += weight.bytes;
  for (const MlaWeight& weight : mla_weights_) use.weight_bytes_repacked += weight.bytes;
  use.weight_bytes_repacked += vector_bytes_;
  use.buffer_bytes = buffers_.bytes_in_use() - vector_bytes_;
  for (const auto& [purpose, memory] : scratch_) use.buffer_bytes += memory->bytes();
  for (const auto& store : kv_stores_) {
    if (store) use.kv_bytes += store->bytes;
  }
  return use;
}

Scratch& CudaBackend::scratch(const char* purpose) {
  const auto found = scratch_.find(purpose);
  if (found != scratch_.end()) return *found->second;
  return *scratch_.emplace(purpose, std::make_unique<Scratch>(runtime_, purpose)).first->second;
}

void CudaBackend::upload(const Tensor& to, std::span<const std::byte> from) {
  const std::uint64_t bytes = dense_bytes(to, "upload");
  if (bytes != from.size())
    fail_input("upload: {} bytes into {} {} of {} bytes", from.size(), type_info(to.type).name,
               shape_text(to), bytes);
  runtime_.upload(buffers_.start(to, "upload", to.type), from.data(), bytes);
}

void CudaBackend::download(std::span<std::byte> to, const Tensor& from) {
  const std::uint64_t bytes = dense_bytes(from, "download");
  if (bytes != to.size())
    fail_input("download: {} {} of {} bytes into {} bytes", type_info(from.type).name, shape_text(from),
               bytes, to.size());
  runtime_.download(to.data(), buffers_.start(from, "download", from.type), bytes);
}

void CudaBackend::copy(const Tensor& to, const Tensor& from) {
  bool same = to.rank == from.rank && to.type == from.type;
  for (int i = 0; same && i < to.rank; ++i) same = to.dim(i) == from.dim(i);
  check_shapes(same, "copy", {{"to", &to}, {"from", &from}});
  if (to.type != DataType::f32 && to.type != DataType::i32)
    fail_input("copy: {} where f32 or i32 is needed", type_info(to.type).name);
  StridedCopy arguments;
  arguments.to = pointer_cast<std::int32_t>(buffers_.start(to, "copy to", to.type));
  arguments.from = pointer_cast<std::int32_t>(buffers_.start(from, "copy from", from.type));
  for (int i = 0; i < to.rank; ++i) {
    arguments.shape[i] = to.dim(i);
    arguments.to_strides[i] = to.stride(i);
    arguments.from_strides[i] = from.stride(i);
  }
  RECKON_CUDA_NS::copy(runtime_.stream(), arguments);
}

void CudaBackend::wait() {
  try {
    runtime_.download(fault_words_, faults_, sizeof fault_words_);
    runtime_.run_list();
    if (options_.communicator && options_.communicator->takes_device_memory())
      options_.communicator->wait_until([this] { return runtime_.idle(); });
    runtime_.wait();
  } catch (...) {
    forget_results();
    throw;
  }
  const std::vector<std::function<void()>> finishers = std::exchange(finishers_, {});
  if (fault_words_[0] != 0) {
    const auto fault = static_cast<Fault>(fault_words_[0]);
    const std::int32_t value = fault_words_[1];
    const std::int32_t none[2] = {};
    runtime_.upload(faults_, none, sizeof none);
    if (fault == Fault::token_id) fail_input("embed: token id {} is outside the embedding table", value);
    if (fault == Fault::row_index) fail_input("gather_rows: row {} is not one of the input's", value);
    if (fault == Fault::capacity)
      fail_input("dispatch: rank {} has no room for the rows that are sent to it", value);
    fail_input("experts: a token's choice is expert {}, which does not exist", value);
  }
  for (const auto& finish : finishers) finish();
}

void CudaBackend::forget_results() noexcept {
  runtime_.forget_downloads();
  finishers_.clear();
}

CudaBackend::Weight CudaBackend::upload_weight(const StoredTensor& stored) {
  cpu::LinearWeight::make(stored, host_options());  // for its checks
  Weight weight;
  weight.name = stored.name;
  if (options_.activations == ActivationPrecision::by_weight) {
    if (stored.type == DataType::fp8_e4m3)
      weight.form = stored.activation_scales_power_of_two ? ProductForm::fp8_power_of_two : ProductForm::fp8;
    if (is_quantised(stored.type)) weight.form = ProductForm::int8;
  }
  WeightView& view = weight.view;
  view.type = stored.type;
  view.rows = stored.rows;
  view.columns = stored.columns;
  view.row_bytes = static_cast<std::int64_t>(bytes_of(stored.type, stored.columns));
  const Global<std::uint8_t> data = runtime_.allocate(stored.name, stored.data.size());
  runtime_.upload(data, stored.data.data(), stored.data.size());
  view.data = data;
  weight.bytes = stored.data.size();
  if (stored.type == DataType::fp8_e4m3) {
    view.scale_block_rows = stored.scale_block_rows;
    view.scale_block_columns = stored.scale_block_columns;
    view.scales_per_row = (stored.columns + stored.scale_block_columns - 1) / stored.scale_block_columns;
    const Global<std::uint8_t> scales = runtime_.allocate(stored.name, stored.scales.size_bytes());
    runtime_.upload(scales, stored.scales.data(), stored.scales.size_bytes());
    view.scales = pointer_cast<const float>(scales);
    weight.bytes += stored.scales.size_bytes();
  }
  // One algorithm for each type and shape, whatever the step: the choice is made here, once.
  if (options_.activations == ActivationPrecision::by_weight && !stored.float_activations &&
      fits_tensor_cores(view, runtime_.facts().multiplies_fp8())) {
    weight.on_tensor_cores = true;
    weight.by_warp_groups = options_.warp_groups && fits_warp_groups(view);
    if (stored.type == DataType::bf16) weight.form = ProductForm::bf16;
    if (stored.type == DataType::f16) weight.form = ProductForm::f16;
    weight.by_library = fits_library(view) && library_->choose(view.type, view.rows, view.columns);
  }
  give_back_pages(stored);
  return weight;
}

WeightHandle CudaBackend::load_weight(const StoredTensor& stored, const Shard& shard) {
  weights_.push_back(upload_weight(cpu::slice_stored(stored, shard)));
  return {static_cast<std::uint32_t>(weights_.size())};
}

MlaWeightHandle CudaBackend::load_mla_weight(const StoredTensor& whole, const MlaSpec& spec,
                                             const Shard& shard) {
  const StoredTensor kv_b = cpu::slice_stored(whole, shard);
  cpu::check_mla_weight(kv_b, spec);
  MlaWeight weight;
  weight.spec = spec;
  weight.expand = upload_weight(kv_b);
  weight.bytes = weight.expand.bytes;
  HeadMatrix into;
  into.weight = weight.expand.view;
  into.heads = spec.heads;
  into.inner = spec.nope_dim;
  into.columns = spec.latent_dim;
  into.width = cpu::pad_lanes(spec.latent_dim);
  into.head_rows = spec.nope_dim + spec.value_dim;
  HeadMatrix out = into;
  out.inner = spec.latent_dim;
  out.columns = spec.value_dim;
  out.width = cpu::pad_lanes(spec.value_dim);
  out.first_row = spec.nope_dim;
  out.transposed = true;
  weight.into.shape = into;
  weight.out.shape = out;
  mla_weights_.push_back(std::move(weight));
  for (const auto& store : kv_stores_) {
    if (store) make_latent_matrices(mla_weights_.back(), store->spec);
  }
  return {static_cast<std::uint32_t>(mla_weights_.size())};
}

Tensor CudaBackend::load_vector(const StoredTensor& stored, const Shard& shard) {
  const auto host = cpu::LinearWeight::make(cpu::slice_stored(stored, shard), host_options());
  std::vector<float> values(static_cast<std::size_t>(host->rows() * host->columns()));
  host->dequantise(0, host->rows(), values.data());
  const auto elements = static_cast<std::int64_t>(values.size());
  const std::uint64_t bytes = bytes_of(DataType::f32, elements);
  const Tensor tensor = dense(allocate(bytes), DataType::f32, {elements});
  vector_bytes_ += bytes;
  upload(tensor, std::as_bytes(std::span(values)));
  return tensor;
}

KvCacheHandle CudaBackend::create_kv_cache(const KvCacheSpec& spec) {
  auto store = std::make_unique<KvStore>();
  store->spec = spec;
  store->layout = kv_page_layout(spec);
  if (spec.pages < 1) fail_input("KV cache: {} pages", spec.pages);
  const auto pages = static_cast<std::uint64_t>(spec.pages);
  if (store->layout.page_bytes > (std::uint64_t{1} << 46) / pages)
    fail_evaluation("KV cache: {} pages of {} bytes are more than any memory", pages,
                    store->layout.page_bytes);
  for (MlaWeight& weight : mla_weights_) make_latent_matrices(weight, spec);
  store->bytes = store->layout.page_bytes * pages;
  store->memory = runtime_.allocate("KV cache", store->bytes);
  kv_stores_.push_back(std::move(store));
  return {static_cast<std::uint32_t>(kv_stores_.size())};
}

void CudaBackend::release_kv_cache(KvCacheHandle cache) {
  runtime_.release(kv_store(cache, "release_kv_cache").memory);
  kv_stores_[cache.id - 1].reset();
}

void CudaBackend::copy_kv_page(KvCacheHandle cache, std::int32_t to, std::int32_t from) {
  const KvStore& store = kv_store(cache, "copy_kv_page");
  for (const std::int32_t page : {to, from}) {
    if (page < 0 || page >= store.spec.pages)
      fail_input("copy_kv_page: page {} of a cache of {} pages", page, store.spec.pages);
  }
  const auto place = [&](std::int32_t page) {
    return store.memory +
           static_cast<std::int64_t>(static_cast<std::uint64_t>(page) * store.layout.page_bytes);
  };
  if (to != from) runtime_.copy(place(to), place(from), store.layout.page_bytes);
}

const CudaBackend::Weight& CudaBackend::weight(WeightHandle handle, const char* operation) const {
  if (handle.id == 0 || handle.id > weights_.size())
    fail_input("{}: weight {} does not exist", operation, handle.id);
  return weights_[handle.id - 1];
}

CudaBackend::MlaWeight& CudaBackend::mla_weight(MlaWeightHandle handle) {
  if (handle.id == 0 || handle.id > mla_weights_.size())
    fail_input("mla_attention: weight {} does not exist", handle.id);
  return mla_weights_[handle.id - 1];
}

CudaBackend::KvStore& CudaBackend::kv_store(KvCacheHandle handle, const char* operation) const {
  if (handle.id == 0 || handle.id > kv_stores_.size() || !kv_stores_[handle.id - 1])
    fail_input("{}: KV cache {} does not exist", operation, handle.id);
  return *kv_stores_[handle.id - 1];
}

CudaBackend::KvStore& CudaBackend::kv_layer(const KvLayer& layer, const char* operation) const {
  KvStore& store = kv_store(layer.cache, operation);
  const auto groups = static_cast<std::int32_t>(store.spec.groups.size());
  if (layer.group < 0 || layer.group >= groups)
    fail_input("{}: group {} of a KV cache of {} groups", operation, layer.group, groups);
  const std::int32_t layers = store.spec.groups[static_cast<std::size_t>(layer.group)].layers;
  if (layer.layer < 0 || layer.layer >= layers)
    fail_input("{}: layer {} of a KV group of {} layers", operation, layer.layer, layers);
  return store;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
