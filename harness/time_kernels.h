#pragma once
// Times the kernels at the shapes of a model.

#include <string>

#include "harness/command_line.h"
#include "kernels/benchmarks/kernel_benchmarks.h"

namespace reckon::harness {

/// The shapes of a model's own operations. Errors: those of reading its config.
kernels::BenchmarkShapes benchmark_shapes(const ModelArguments& model);

/// Products alone: "bf16:4096x14336,fp8_e4m3:7168x2048", types of weights with their inputs and outputs.
/// Errors: an unknown type, another form, inputs that a type's blocks do not divide.
kernels::BenchmarkShapes given_shapes(const std::string& text);

/// With the model's arguments (threads, activations). Errors: a build without Google Benchmark.
kernels::KernelReport time_kernels(const ModelArguments& model, const kernels::BenchmarkShapes& shapes,
                                   const kernels::BenchmarkOptions& options);

/// kernels.json of a run (docs/run_directory.md).
void write_kernel_table(const ModelArguments& model, const std::string& path);

}  // namespace reckon::harness
