#include "tests/cuda_on_host/runtime.h"

#include <chrono>
#include <cstring>
#include <map>
#include <vector>

#include "base/error.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/runtime.h"

namespace reckon::cuda_on_host {
namespace {

std::uint64_t memory_bytes = std::uint64_t{4} << 30;
std::uint64_t bytes_in_use = 0;

}  // namespace

void set_device_memory(std::uint64_t bytes) { memory_bytes = bytes; }
std::uint64_t device_memory_in_use() { return bytes_in_use; }

}  // namespace reckon::cuda_on_host

namespace reckon::kernels::RECKON_CUDA_NS {

namespace model = reckon::cuda_on_host;

struct Runtime::State {
  struct Download {
    void* to;
    std::vector<std::byte> bytes;
  };
  DeviceFacts facts;
  Stream stream;
  std::map<const model::Region*, std::unique_ptr<model::Region>> regions;
  std::vector<Download> downloads;  ///< what wait() hands over
};

Runtime::Runtime() : state_(std::make_unique<State>()) {
  state_->facts = {"execution model", 8, 0, 4, 99 << 10, model::memory_bytes, "none"};
}

Runtime::~Runtime() {
  for (const auto& [key, region] : state_->regions) model::bytes_in_use -= region->size();
}

const DeviceFacts& Runtime::facts() const { return state_->facts; }
std::uint64_t Runtime::free_bytes() const {
  return model::memory_bytes > model::bytes_in_use ? model::memory_bytes - model::bytes_in_use : 0;
}
const Stream& Runtime::stream() const { return state_->stream; }

Global<std::uint8_t> Runtime::allocate(const std::string& purpose, std::uint64_t bytes) {
  if (bytes > free_bytes())
    fail_evaluation("{}: {} bytes do not fit into the {} that are free of {}", purpose, bytes, free_bytes(),
                    model::memory_bytes);
  auto region = std::make_unique<model::Region>(purpose, bytes, true);
  model::bytes_in_use += bytes;
  model::Region* key = region.get();
  state_->regions[key] = std::move(region);
  return {key, 0};
}

void Runtime::release(Global<std::uint8_t> memory) {
  model::bytes_in_use -= memory.region()->size();
  state_->regions.erase(memory.region());
}

void Runtime::upload(Global<std::uint8_t> to, const void* from, std::uint64_t bytes) {
  if (bytes > 0) to.region()->host_write(static_cast<std::size_t>(to.offset()), bytes, from);
}

void Runtime::download(void* to, Global<const std::uint8_t> from, std::uint64_t bytes) {
  if (bytes == 0) return;
  std::vector<std::byte> copy(bytes);
  from.region()->host_read(static_cast<std::size_t>(from.offset()), bytes, copy.data());
  state_->downloads.push_back({to, std::move(copy)});
}

void Runtime::copy(Global<std::uint8_t> to, Global<const std::uint8_t> from, std::uint64_t bytes) {
  std::vector<std::byte> content(bytes);
  from.region()->host_read(static_cast<std::size_t>(from.offset()), bytes, content.data());
  upload(to, content.data(), bytes);
}

double Runtime::time(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void Runtime::wait() {
  for (const State::Download& download : state_->downloads)
    std::memcpy(download.to, download.bytes.data(), download.bytes.size());
  state_->downloads.clear();
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
