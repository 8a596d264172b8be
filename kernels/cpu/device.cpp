#include "kernels/cpu/device.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/ascii.h"

namespace reckon::kernels::cpu {
namespace {

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

/// The rest of the first line that starts with `key`, after its colon.
std::string field_of(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? std::string() : line.substr(start);
  }
  return {};
}

/// A group's usage less the file pages that the system drops first: mapped weights that were read once.
std::string without_file_cache(const std::string& usage, const std::string& statistics) {
  const std::uint64_t used = std::strtoull(usage.c_str(), nullptr, 10);
  std::istringstream lines(statistics);
  std::uint64_t cached = 0;
  for (std::string key; lines >> key;) {
    std::uint64_t value = 0;
    lines >> value;
    if (key == "inactive_file") cached = value;
  }
  return std::to_string(used - std::min(used, cached));
}

struct GroupFiles {
  std::string limit;
  std::string usage;
};

GroupFiles control_group() {
  GroupFiles files{text_of("/sys/fs/cgroup/memory.max"), text_of("/sys/fs/cgroup/memory.current")};
  files.usage = without_file_cache(files.usage, text_of("/sys/fs/cgroup/memory.stat"));
  if (files.limit.empty())
    files = {text_of("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
             text_of("/sys/fs/cgroup/memory/memory.usage_in_bytes")};
  return files;
}

}  // namespace

std::string processor_name() {
  std::string name = field_of(text_of("/proc/cpuinfo"), "model name");
  if (!name.empty()) return name;
  utsname system{};
  return uname(&system) == 0 ? std::string(system.machine) : std::string("unknown processor");
}

std::vector<std::string> processor_features() {
  static const char* const kWanted[] = {"sse4_2",   "avx",         "f16c",        "fma",      "avx2",
                                        "avx512f",  "avx512bw",    "avx512dq",    "avx512vl", "avx512_vnni",
                                        "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_int8"};
  std::istringstream flags(field_of(text_of("/proc/cpuinfo"), "flags"));
  std::vector<std::string> present;
  for (std::string flag; flags >> flag;) present.push_back(flag);
  std::vector<std::string> features;
  for (const char* wanted : kWanted) {
    if (std::find(present.begin(), present.end(), wanted) != present.end()) features.emplace_back(wanted);
  }
  return features;
}

std::uint64_t parse_meminfo(const std::string& meminfo, const std::string& field) {
  const std::string value = field_of(meminfo, field + ":");
  return std::strtoull(value.c_str(), nullptr, 10) * 1024;  // given in kB
}

std::uint64_t within_group_limit(std::uint64_t bytes, const std::string& limit, const std::string& usage) {
  char* end = nullptr;
  const std::uint64_t allowed = std::strtoull(limit.c_str(), &end, 10);
  if (end == limit.c_str()) return bytes;  // none, or "max"
  const std::uint64_t used = std::strtoull(usage.c_str(), nullptr, 10);
  return std::min(bytes, allowed > used ? allowed - used : 0);
}

double parse_busy_seconds(const std::string& stat, const std::vector<bool>& allowed,
                          double ticks_per_second) {
  // "cpu3 user nice system idle iowait irq softirq steal ..." in ticks (proc(5))
  double ticks = 0;
  std::istringstream lines(stat);
  for (std::string line; std::getline(lines, line);) {
    unsigned processor = 0;
    unsigned long long user = 0, nice = 0, system = 0, interrupts = 0, soft = 0, stolen = 0;
    if (line.size() < 4 || !is_digit(line[3])) continue;  // of all together
    if (std::sscanf(line.c_str(), "cpu%u %llu %llu %llu %*u %*u %llu %llu %llu", &processor, &user, &nice,
                    &system, &interrupts, &soft, &stolen) != 7 ||
        processor >= allowed.size() || !allowed[processor])
      continue;
    ticks += static_cast<double>(user + nice + system + interrupts + soft + stolen);
  }
  return ticks / ticks_per_second;
}

ProcessorUse processor_use() {
  ProcessorUse use;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return use;
  std::vector<bool> allowed(CPU_SETSIZE);
  for (std::size_t i = 0; i < allowed.size(); ++i) allowed[i] = CPU_ISSET(i, &set);
  use.busy_seconds =
      parse_busy_seconds(text_of("/proc/stat"), allowed, static_cast<double>(sysconf(_SC_CLK_TCK)));
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  for (const timeval& part : {own.ru_utime, own.ru_stime})
    use.own_seconds += static_cast<double>(part.tv_sec) + 1e-6 * static_cast<double>(part.tv_usec);
  use.clock_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  return use;
}

double processors_of_others(const ProcessorUse& before, const ProcessorUse& after) {
  const double span = after.clock_seconds - before.clock_seconds;
  const double others = after.busy_seconds - before.busy_seconds - (after.own_seconds - before.own_seconds);
  return span > 0 && others > 0 ? others / span : 0.0;
}

std::uint64_t total_memory_bytes() {
  return within_group_limit(parse_meminfo(text_of("/proc/meminfo"), "MemTotal"), control_group().limit, "0");
}

std::uint64_t free_memory_bytes() {
  const GroupFiles group = control_group();
  return within_group_limit(parse_meminfo(text_of("/proc/meminfo"), "MemAvailable"), group.limit,
                            group.usage);
}

}  // namespace reckon::kernels::cpu
