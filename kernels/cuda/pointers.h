#pragma once
// Pointers to the memory of a device, as host code and kernels name them.
//
// Everything of the back end compiles twice: for a device, where these are plain pointers, and with
// RECKON_CUDA_ON_HOST for the execution model of tests/cuda_on_host, where each access is checked. The two
// lie in namespaces of their own, so that one program may hold both.

#include <cstdint>

#if defined(RECKON_CUDA_ON_HOST)
#define RECKON_CUDA_NS cuda_on_host
#include "tests/cuda_on_host/memory.h"
#else
#define RECKON_CUDA_NS cuda
#endif

namespace reckon::kernels::RECKON_CUDA_NS {

#if defined(__CUDACC__)
#define RECKON_HOST_DEVICE __host__ __device__
#else
#define RECKON_HOST_DEVICE
#endif

#if defined(RECKON_CUDA_ON_HOST)
template <class T>
using Global = reckon::cuda_on_host::Pointer<T>;

/// The same memory as elements of another type.
template <class To, class From>
Global<To> pointer_cast(Global<From> from) {
  return {from.region(), from.offset()};
}
template <class T>
bool lies_on_16(Global<T> pointer) {
  return pointer.offset() % 16 == 0;  // memory itself lies on a border of 256
}
#else
template <class T>
using Global = T*;

template <class To, class From>
RECKON_HOST_DEVICE inline To* pointer_cast(From* from) {
  return reinterpret_cast<To*>(from);
}
template <class T>
bool lies_on_16(T* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0;
}
#endif

}  // namespace reckon::kernels::RECKON_CUDA_NS
