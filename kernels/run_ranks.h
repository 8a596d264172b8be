#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kernels/communicator.h"

namespace reckon::kernels {

/// body(communicator) on a thread of its own for each; rethrows the error of the first rank that has one,
/// after the others were woken.
void run_ranks(const std::vector<std::shared_ptr<Communicator>>& communicators,
               const std::function<void(const std::shared_ptr<Communicator>&)>& body);

}  // namespace reckon::kernels
