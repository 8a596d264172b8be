#pragma once
// Threads of a block as fibres: each has a stack of its own and runs until it gives control back.

#include <cstddef>
#include <functional>

namespace reckon::cuda_on_host {

/// A stack and where to go on in it. Reused from kernel to kernel.
class Fibre {
 public:
  Fibre();
  ~Fibre();
  Fibre(const Fibre&) = delete;
  Fibre& operator=(const Fibre&) = delete;

  /// The next resume() begins `body`, which must not throw; what an earlier body left undone is forgotten.
  void start(std::function<void()> body);
  /// Runs the body until it calls suspend() or ends; not from inside of a fibre.
  void resume();
  /// Gives control back to resume(); called by the body.
  void suspend();
  bool done() const { return done_; }

 private:
  static void enter(Fibre* fibre);
  void switch_in();
  void switch_out();

  std::byte* stack_ = nullptr;
  void* own_ = nullptr;     ///< where the body goes on
  void* caller_ = nullptr;  ///< where resume() goes on
  // What AddressSanitizer is told of each switch.
  void* fake_stack_ = nullptr;
  const void* caller_stack_ = nullptr;
  std::size_t caller_bytes_ = 0;
  std::function<void()> body_;
  bool done_ = true;
};

}  // namespace reckon::cuda_on_host
