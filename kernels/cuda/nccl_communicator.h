#pragma once
// Ranks on several devices of one machine, by NCCL. The library is opened when it is first needed, so that
// the program starts without it.

#include <memory>
#include <string>
#include <vector>

#include "kernels/communicator.h"

namespace reckon::kernels::cuda {

/// Rank r's calls come from a thread whose current device is its own. A rank that waits longer than
/// RECKON_NCCL_TIMEOUT seconds (default 300) for the others fails with an error. Errors (exit code 3):
/// libnccl.so.2 is missing or too old.
std::vector<std::shared_ptr<Communicator>> make_nccl_communicators(std::int32_t ranks);

/// What is opened in place of libnccl.so.2, by a program that has not opened it yet.
void use_nccl_library(const std::string& name);

}  // namespace reckon::kernels::cuda
