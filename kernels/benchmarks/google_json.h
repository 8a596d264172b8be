#pragma once
// Timings in the layout of Google Benchmark's JSON, so that its compare.py reads them.

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "kernels/benchmarks/measure.h"

namespace reckon::kernels {

double spread_of(const std::vector<double>& values);  ///< (largest - least) / median

/// Adds to "benchmarks" an entry a repetition (run_type iteration), of which compare.py tests the difference,
/// then one for their median (run_type aggregate). `extend`: adds further fields to an entry; `repetition` is
/// that of the entry, the number of them for the median.
void add_repetitions(
    json::Value& benchmarks, json::Allocator& allocator, const std::string& name,
    const std::vector<double>& seconds,
    const std::function<void(json::Value& entry, double seconds, std::size_t repetition)>& extend);

}  // namespace reckon::kernels
