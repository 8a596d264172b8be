// A copy between two devices, timed.
#include <algorithm>
#include <vector>

#include "kernels/cuda/device_errors.h"
#include "kernels/cuda/runtime.h"

namespace reckon::kernels::cuda {

PeerCopy time_peer_copy(std::uint64_t bytes) {
  PeerCopy copy;
  if (visible_devices() < 2) {
    copy.why_not = "one card is visible";
    return copy;
  }
  int can = 0;
  cudaDeviceCanAccessPeer(&can, 0, 1);
  if (can == 0) {
    copy.why_not = "the first two cards cannot reach each other's memory";
    return copy;
  }
  void* memory[2] = {};
  cudaEvent_t events[2] = {};
  cudaError_t error = cudaSuccess;
  const auto step = [&](cudaError_t result) { error = error == cudaSuccess ? result : error; };
  for (int device = 0; device < 2; ++device) {
    step(cudaSetDevice(device));
    const cudaError_t enabled = cudaDeviceEnablePeerAccess(1 - device, 0);
    if (enabled != cudaErrorPeerAccessAlreadyEnabled) step(enabled);
    if (error == cudaSuccess) step(cudaMalloc(&memory[device], bytes));
  }
  // Bytes of every value, none of which stood there before.
  std::vector<std::uint8_t> sent(bytes);
  for (std::uint64_t i = 0; i < bytes; ++i) sent[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  // The host does not wait for a cudaMemset, nor does the other device's queue, which copies over it.
  if (error == cudaSuccess) step(cudaMemset(memory[1], 0, bytes));
  if (error == cudaSuccess) step(cudaDeviceSynchronize());
  step(cudaSetDevice(0));
  if (error == cudaSuccess) step(cudaMemcpy(memory[0], sent.data(), bytes, cudaMemcpyHostToDevice));
  for (cudaEvent_t& event : events) step(cudaEventCreate(&event));
  constexpr int kUnmeasured = 2;
  constexpr int kRuns = 9;
  for (int i = 0; i < kUnmeasured + kRuns && error == cudaSuccess; ++i) {
    float milliseconds = 0;
    step(cudaEventRecord(events[0], nullptr));
    step(cudaMemcpyPeerAsync(memory[1], 1, memory[0], 0, bytes, nullptr));
    step(cudaEventRecord(events[1], nullptr));
    step(cudaEventSynchronize(events[1]));
    step(cudaEventElapsedTime(&milliseconds, events[0], events[1]));
    if (milliseconds > 0 && i >= kUnmeasured)
      copy.seconds.push_back(static_cast<double>(milliseconds) * 1e-3);
  }
  if (error == cudaSuccess) {
    std::vector<std::uint8_t> received(bytes);
    step(cudaMemcpy(received.data(), memory[1], bytes, cudaMemcpyDeviceToHost));
    for (std::uint64_t i = 0; i < bytes; ++i) copy.wrong_bytes += received[i] == sent[i] ? 0 : 1;
  }
  for (const cudaEvent_t event : events) {
    if (event != nullptr) cudaEventDestroy(event);
  }
  for (void* place : memory) {
    if (place != nullptr) cudaFree(place);
  }
  cudaGetLastError();
  copy.bytes = bytes;
  if (error != cudaSuccess)
    copy.why_not = error_text(error);
  else if (!copy.seconds.empty())
    copy.bytes_per_second =
        static_cast<double>(bytes) / *std::min_element(copy.seconds.begin(), copy.seconds.end());
  return copy;
}

}  // namespace reckon::kernels::cuda
