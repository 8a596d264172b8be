#include "tests/cuda_on_host/fibre.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace reckon::cuda_on_host {
namespace {

constexpr std::size_t kStackBytes = std::size_t{128} << 10;

}  // namespace

#if defined(__x86_64__)

// System V ABI: the callee keeps rbx, rbp and r12 to r15. What ucontext adds to that is a system call for the
// signal mask at every switch, which is most of its time.
extern "C" void reckon_switch_stack(void** save, void* load);
asm(R"(
.text
.globl reckon_switch_stack
.type reckon_switch_stack, @function
reckon_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size reckon_switch_stack, .-reckon_switch_stack
)");

namespace {

Fibre* starting = nullptr;

}  // namespace

void Fibre::start(std::function<void()> body) {
  body_ = std::move(body);
  done_ = false;
  // A stack on which the first switch pops six registers and "returns" to the entry.
  auto* top = reinterpret_cast<std::uintptr_t*>(stack_ + kStackBytes);
  *--top = 0;  // the entry's own return address, which keeps the stack aligned as after a call
  *--top = reinterpret_cast<std::uintptr_t>(+[] { enter(starting); });
  for (int i = 0; i < 6; ++i) *--top = 0;
  own_ = top;
}

void Fibre::switch_in() {
  starting = this;
  reckon_switch_stack(&caller_, own_);
}

void Fibre::switch_out() { reckon_switch_stack(&own_, caller_); }

#else

struct Contexts {
  ucontext_t own, caller;
};

void Fibre::start(std::function<void()> body) {
  body_ = std::move(body);
  done_ = false;
  if (own_ == nullptr) own_ = new Contexts;
  auto* contexts = static_cast<Contexts*>(own_);
  getcontext(&contexts->own);
  contexts->own.uc_stack.ss_sp = stack_;
  contexts->own.uc_stack.ss_size = kStackBytes;
  contexts->own.uc_link = nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&contexts->own, reinterpret_cast<void (*)()>(+[](unsigned high, unsigned low) {
    enter(reinterpret_cast<Fibre*>(std::uintptr_t{high} << 32U | low));
  }),
              2, static_cast<unsigned>(address >> 32U), static_cast<unsigned>(address));
}

void Fibre::switch_in() {
  auto* contexts = static_cast<Contexts*>(own_);
  swapcontext(&contexts->caller, &contexts->own);
}

void Fibre::switch_out() {
  auto* contexts = static_cast<Contexts*>(own_);
  swapcontext(&contexts->own, &contexts->caller);
}

#endif

Fibre::Fibre() {
  void* map = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<std::byte*>(map);
}

Fibre::~Fibre() {
#if !defined(__x86_64__)
  delete static_cast<Contexts*>(own_);
#endif
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(stack_, kStackBytes);
#endif
  munmap(stack_, kStackBytes);
}

void Fibre::resume() {
#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, stack_, kStackBytes);
  switch_in();
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#else
  switch_in();
#endif
}

void Fibre::suspend() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&fake_stack_, caller_stack_, caller_bytes_);
  switch_out();
  __sanitizer_finish_switch_fiber(fake_stack_, &caller_stack_, &caller_bytes_);
#else
  switch_out();
#endif
}

void Fibre::enter(Fibre* fibre) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &fibre->caller_stack_, &fibre->caller_bytes_);
  // A body that was left in the middle leaves its frames marked.
  ASAN_UNPOISON_MEMORY_REGION(fibre->stack_, kStackBytes - 1024);
#endif
  fibre->body_();
  fibre->done_ = true;
  fibre->suspend();
  std::abort();  // an ended body is not resumed
}

}  // namespace reckon::cuda_on_host
