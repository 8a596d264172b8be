#pragma once
// What this machine is: processor name, features, memory that this process may still use.

#include <cstdint>
#include <string>
#include <vector>

namespace reckon::kernels::cpu {

std::string processor_name();                   ///< "model name" of /proc/cpuinfo, or the architecture
std::vector<std::string> processor_features();  ///< those of the instruction sets that matter here
std::uint64_t total_memory_bytes();             ///< the smaller of the machine's and the control group's
int other_running_tasks();                      ///< beside the thread that asks; 0 where it is not known
std::uint64_t free_memory_bytes();              ///< available now, within the control group's limit

/// The same from given texts, for tests. `limit` and `usage` are the contents of the control group's files,
/// empty when there is none ("max" means no limit).
int parse_running_tasks(const std::string& loadavg);
std::uint64_t parse_meminfo(const std::string& meminfo, const std::string& field);
std::uint64_t within_group_limit(std::uint64_t bytes, const std::string& limit, const std::string& usage);

}  // namespace reckon::kernels::cpu
