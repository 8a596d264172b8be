#pragma once
// What a program in a box may use, and the layers that hold it.

#include <cstddef>
#include <set>
#include <string>

namespace reckon::suites::sandbox {

struct Limits {
  double cpu_seconds =
      10.0;  ///< of all its processes together where a control group counts them, else of each
  double wall_seconds = 60.0;  ///< kept by the parent
  std::size_t memory_bytes = std::size_t{1}
                             << 30;  ///< address space of each process, and memory of all together
  int processes = 32;                ///< processes and threads at once
  std::size_t output_bytes = std::size_t{4} << 20;  ///< of standard output, and of standard error
  std::size_t file_bytes = std::size_t{64} << 20;   ///< of one file, and of all that is under /tmp
  std::size_t stack_bytes = std::size_t{8} << 20;   ///< of the first thread, and the default of the others
  int open_files = 64;
};

/// One layer of the isolation. All stand unless a test removes one to show what it holds.
enum class Layer {
  bubblewrap,         ///< all namespaces and the file system below
  ordinary_user,      ///< a uid of its own when reckon runs as root
  empty_environment,  ///< no variable of the caller
  private_files,      ///< only /usr's programs and libraries are visible
  read_only_root,     ///< nothing but /tmp can be written
  sized_tmp,          ///< /tmp has a size
  no_proc,            ///< no /proc
  pid_namespace,      ///< processes outside cannot be seen, and all inside die with the first
  ipc_namespace,
  uts_namespace,
  network_namespace,
  new_session,      ///< no controlling terminal
  closed_files,     ///< no descriptor of the caller
  seccomp,          ///< a filter of system calls
  control_group,    ///< memory and number of processes of all together
  resource_limits,  ///< setrlimit(2)
  wall_clock,
  output_limit,
};
const char* to_string(Layer layer);

using Layers = std::set<Layer>;

}  // namespace reckon::suites::sandbox
