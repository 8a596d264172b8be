// The benchmarks of the CUDA back end, tried out on the execution model: every case runs, and its numbers are
// there.

#include <gtest/gtest.h>

#include "base/json.h"
#include "kernels/cuda/benchmarks/device_benchmarks.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

TEST(CudaBenchmarks, EveryCaseRunsAndIsWrittenDown) {
  DeviceBenchmarkOptions options;
  options.tiny = true;
  options.repetitions = options.most_repetitions = 2;
  options.warm_calls = 1;
  options.swept_bytes = 800;
  const DeviceBenchmarkReport report = run_device_benchmarks(options);
  EXPECT_GE(report.timings.size(), 9U);
  for (const DeviceTiming& timing : report.timings) {
    SCOPED_TRACE(timing.name);
    EXPECT_EQ(timing.cold_seconds.size(), 2U);
    EXPECT_GT(timing.cold_seconds[0], 0.0);
    EXPECT_GT(timing.bytes, 0.0);
  }
  const json::Document document = json::parse(device_benchmark_json(report), "report");
  ASSERT_EQ(document["benchmarks"].Size(), report.timings.size());
  for (const char* field :
       {"name", "run_type", "real_time", "cpu_time", "time_unit", "warm_time", "share_of_copy"})
    EXPECT_TRUE(document["benchmarks"][0].HasMember(field)) << field;
}

}  // namespace
}  // namespace reckon::kernels::RECKON_CUDA_NS
