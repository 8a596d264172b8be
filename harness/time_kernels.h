#pragma once
// Times the kernels at the shapes of a model and writes the kernel table of a run.

#include <string>

#include "harness/command_line.h"

namespace reckon::harness {

/// The kernel table (docs/run_directory.md, kernels.json) as JSON text. Errors: a model that has no kernels
/// of ours.
std::string time_kernels(const ModelArguments& model);
void write_kernel_table(const ModelArguments& model, const std::string& path);

}  // namespace reckon::harness
