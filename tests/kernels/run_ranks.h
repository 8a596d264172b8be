#pragma once
// Runs a body on every rank of a communicator of threads.

#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "kernels/communicator.h"

namespace reckon::kernels::test {

/// body(communicator) on one thread a rank; rethrows the first rank's error, after the others were woken.
inline void run_ranks(std::int32_t ranks,
                      const std::function<void(const std::shared_ptr<Communicator>&)>& body) {
  const auto communicators = make_thread_communicators(ranks);
  std::vector<std::exception_ptr> errors(communicators.size());
  std::vector<std::thread> threads;
  for (std::size_t r = 0; r < communicators.size(); ++r) {
    threads.emplace_back([&, r] {
      try {
        body(communicators[r]);
      } catch (...) {
        errors[r] = std::current_exception();
        communicators[r]->abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace reckon::kernels::test
