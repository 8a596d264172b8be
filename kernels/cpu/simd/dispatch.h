#pragma once
// Which instruction path this process runs. Not for kernel sources (see vec16.h): for the code that calls
// them.

#include <array>
#include <string_view>
#include <vector>

namespace reckon::kernels::cpu {

enum class CpuPath { portable, avx2, avx512 };
inline constexpr std::array kCpuPaths = {CpuPath::portable, CpuPath::avx2, CpuPath::avx512};

const char* path_name(CpuPath path);  ///< "portable", "avx2", "avx512"

/// Compiled in and supported by this processor and system. avx2 needs AVX2, FMA and F16C; avx512 needs
/// AVX-512 F, BW, VL, DQ and VNNI.
bool path_available(CpuPath path);

/// The path named by RECKON_CPU, else the best one available. Errors: RECKON_CPU names no path, or one that
/// this processor cannot run.
CpuPath chosen_path();
/// The same for a given value of RECKON_CPU ("" chooses the best).
CpuPath path_from(std::string_view wanted);

/// Instruction sets that matter here and that this processor has, for reports: "avx2", "avx512_vnni", ...
std::vector<std::string_view> cpu_features();

/// The table of one path, where the kernel sources of each define `const T table` in their namespace:
///   namespace portable { extern const T table; } and so on, then pick<T>(path, &portable::table,
///   RECKON_X86_TABLE(avx2::table), RECKON_X86_TABLE(avx512::table)).
template <typename T>
const T& pick(CpuPath path, const T* portable, const T* avx2, const T* avx512) {
  const T* chosen = path == CpuPath::avx512 ? avx512 : path == CpuPath::avx2 ? avx2 : portable;
  return chosen != nullptr ? *chosen : *portable;
}

}  // namespace reckon::kernels::cpu

// Null where those paths are not compiled.
#if defined(__x86_64__)
#define RECKON_X86_TABLE(table) (&(table))
#else
#define RECKON_X86_TABLE(table) nullptr
#endif
