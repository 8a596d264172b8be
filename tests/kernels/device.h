#pragma once
// A CPU back end with vectors in and out, for tests of single operations.

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/cpu/backend.h"

namespace reckon::kernels::test {

/// The instruction paths that this processor runs.
inline std::vector<cpu::CpuPath> available_paths() {
  std::vector<cpu::CpuPath> paths;
  for (const cpu::CpuPath path : cpu::kCpuPaths) {
    if (cpu::path_available(path)) paths.push_back(path);
  }
  return paths;
}

struct Device {
  std::unique_ptr<Backend> backend;

  explicit Device(int threads = 1, cpu::CpuPath path = available_paths().back(), bool exact = true) {
    BackendOptions options;
    options.threads = threads;
    options.activations = exact ? ActivationPrecision::float32 : ActivationPrecision::by_weight;
    backend = cpu::make_cpu_backend_on(path, options);
  }
  Backend* operator->() const { return backend.get(); }

  Tensor empty(std::initializer_list<std::int64_t> shape, DataType type = DataType::f32) const {
    std::int64_t elements = 1;
    for (const std::int64_t extent : shape) elements *= extent;
    return dense(backend->allocate(bytes_of(type, elements)), type, shape);
  }
  Tensor floats(const std::vector<float>& values, std::initializer_list<std::int64_t> shape) const {
    const Tensor tensor = empty(shape);
    backend->upload(tensor, std::as_bytes(std::span(values)));
    return tensor;
  }
  Tensor integers(const std::vector<std::int32_t>& values, std::initializer_list<std::int64_t> shape) const {
    const Tensor tensor = empty(shape, DataType::i32);
    backend->upload(tensor, std::as_bytes(std::span(values)));
    return tensor;
  }
  std::vector<float> read(const Tensor& tensor) const {
    std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
    backend->download(std::as_writable_bytes(std::span(values)), tensor);
    backend->wait();
    return values;
  }
  std::vector<std::int32_t> read_integers(const Tensor& tensor) const {
    std::vector<std::int32_t> values(static_cast<std::size_t>(tensor.elements()));
    backend->download(std::as_writable_bytes(std::span(values)), tensor);
    backend->wait();
    return values;
  }
};

/// Reproducible values in (-scale, scale).
inline std::vector<float> noise(std::size_t count, std::uint32_t seed, float scale = 1.0F) {
  std::mt19937 engine(seed);
  std::vector<float> values(count);
  for (float& value : values) value = scale * (static_cast<float>(engine() >> 8) * 0x1p-23F - 1.0F);
  return values;
}

/// The message of the Error that `action` throws; empty when it throws none.
template <typename Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace reckon::kernels::test
