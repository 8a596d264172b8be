#pragma once
// Times the kernels at the shapes of a model.

#include <string>

#include "harness/command_line.h"
#include "kernels/benchmarks/kernel_benchmarks.h"

namespace reckon::harness {

/// The shapes of a model's own operations. Errors: those of reading its config.
kernels::BenchmarkShapes benchmark_shapes(const ModelArguments& model);

/// Errors: a model without kernels of ours, a build without Google Benchmark.
kernels::KernelReport time_kernels(const ModelArguments& model, const kernels::BenchmarkOptions& options);

/// kernels.json of a run (docs/run_directory.md).
void write_kernel_table(const ModelArguments& model, const std::string& path);

}  // namespace reckon::harness
