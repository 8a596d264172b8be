#include "kernels/benchmarks/google_json.h"

#include <algorithm>

namespace reckon::kernels {

double spread_of(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return (*most - *least) / median_of(values);
}

void add_repetitions(
    json::Value& benchmarks, json::Allocator& allocator, const std::string& name,
    const std::vector<double>& seconds,
    const std::function<void(json::Value& entry, double seconds, std::size_t repetition)>& extend) {
  const auto count = static_cast<std::uint64_t>(seconds.size());
  for (std::size_t i = 0; i <= seconds.size(); ++i) {
    const bool median = i == seconds.size();
    const double own = median ? median_of(seconds) : seconds[i];
    json::Value entry(rapidjson::kObjectType);
    entry.AddMember("name", json::string(median ? name + "_median" : name, allocator), allocator);
    entry.AddMember("run_name", json::string(name, allocator), allocator);
    entry.AddMember("run_type", json::string(median ? "aggregate" : "iteration", allocator), allocator);
    entry.AddMember("repetitions", count, allocator);
    if (median) {
      entry.AddMember("aggregate_name", "median", allocator);
      entry.AddMember("aggregate_unit", "time", allocator);
    } else {
      entry.AddMember("repetition_index", static_cast<std::uint64_t>(i), allocator);
    }
    entry.AddMember("iterations", median ? count : 1, allocator);
    entry.AddMember("real_time", own * 1e6, allocator);
    entry.AddMember("cpu_time", own * 1e6, allocator);
    entry.AddMember("time_unit", "us", allocator);
    extend(entry, own, i);
    benchmarks.PushBack(entry, allocator);
  }
}

}  // namespace reckon::kernels
