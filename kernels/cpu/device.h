#pragma once
// What this machine is: processor name, features, memory that this process may still use.

#include <cstdint>
#include <string>
#include <vector>

namespace reckon::kernels::cpu {

std::string processor_name();                   ///< "model name" of /proc/cpuinfo, or the architecture
std::vector<std::string> processor_features();  ///< those of the instruction sets that matter here
std::uint64_t total_memory_bytes();             ///< the smaller of the machine's and the control group's
std::uint64_t free_memory_bytes();              ///< available now, within the control group's limit

/// Work of the processors that this process may run on, up to now.
struct ProcessorUse {
  double busy_seconds =
      0;                   ///< all processors together, of any process and of other machines on the same host
  double own_seconds = 0;  ///< of this process
  double clock_seconds = 0;
};
ProcessorUse processor_use();
/// Processors that others kept busy between two moments, on average; 0 where it is not known. Counted in
/// ticks of 10 ms: of short spans it says little.
double processors_of_others(const ProcessorUse& before, const ProcessorUse& after);

/// The same from given texts, for tests. `limit` and `usage` are the contents of the control group's files,
/// empty when there is none ("max" means no limit).
/// `allowed`: whether processor i counts.
double parse_busy_seconds(const std::string& stat, const std::vector<bool>& allowed, double ticks_per_second);
std::uint64_t parse_meminfo(const std::string& meminfo, const std::string& field);
std::uint64_t within_group_limit(std::uint64_t bytes, const std::string& limit, const std::string& usage);

}  // namespace reckon::kernels::cpu
