#pragma once
// Runs a body on every rank of a communicator of threads.

#include "kernels/run_ranks.h"

namespace reckon::kernels::test {

inline void run_ranks(std::int32_t ranks,
                      const std::function<void(const std::shared_ptr<Communicator>&)>& body) {
  kernels::run_ranks(make_thread_communicators(ranks), body);
}

}  // namespace reckon::kernels::test
