#include "kernels/cpu/simd/dispatch.h"

#include <cstdlib>

#include "base/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace reckon::kernels::cpu {
namespace {

#if defined(__x86_64__)
// Not a name that every compiler's __builtin_cpu_supports knows: CPUID leaf 1, ECX bit 29.
bool has_f16c() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1U << 29U)) != 0;
}
#endif

}  // namespace

const char* path_name(CpuPath path) {
  switch (path) {
    case CpuPath::portable:
      return "portable";
    case CpuPath::avx2:
      return "avx2";
    case CpuPath::avx512:
      return "avx512";
  }
  return "unknown";
}

// The compiler's checks include the operating system's support for the wider registers.
bool path_available(CpuPath path) {
  if (path == CpuPath::portable) return true;
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  if (path == CpuPath::avx2) return avx2;
  return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

CpuPath path_from(std::string_view wanted) {
  if (wanted.empty()) {
    if (path_available(CpuPath::avx512)) return CpuPath::avx512;
    return path_available(CpuPath::avx2) ? CpuPath::avx2 : CpuPath::portable;
  }
  for (const CpuPath path : kCpuPaths) {
    if (wanted != path_name(path)) continue;
    if (path_available(path)) return path;
    fail_input(
        "RECKON_CPU={}: this processor cannot run that path; the best one here is {}. Unset RECKON_CPU.",
        wanted, path_name(path_from("")));
  }
  fail_input("RECKON_CPU={}: no such instruction path; use portable, avx2 or avx512, or unset it.", wanted);
}

CpuPath chosen_path() {
  const char* wanted = std::getenv("RECKON_CPU");
  return path_from(wanted == nullptr ? "" : wanted);
}

std::vector<std::string_view> cpu_features() {
  std::vector<std::string_view> found;
#if defined(__x86_64__)
  const auto add = [&found](bool has, std::string_view name) {
    if (has) found.push_back(name);
  };
  add(__builtin_cpu_supports("avx2"), "avx2");
  add(__builtin_cpu_supports("fma"), "fma");
  add(has_f16c(), "f16c");
  add(__builtin_cpu_supports("avx512f"), "avx512f");
  add(__builtin_cpu_supports("avx512bw"), "avx512bw");
  add(__builtin_cpu_supports("avx512vnni"), "avx512_vnni");
  add(__builtin_cpu_supports("avx512bf16"), "avx512_bf16");
#endif
  return found;
}

}  // namespace reckon::kernels::cpu
