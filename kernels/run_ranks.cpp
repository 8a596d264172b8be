#include "kernels/run_ranks.h"

#include <exception>
#include <thread>

namespace reckon::kernels {

void run_ranks(const std::vector<std::shared_ptr<Communicator>>& communicators,
               const std::function<void(const std::shared_ptr<Communicator>&)>& body) {
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

}  // namespace reckon::kernels
