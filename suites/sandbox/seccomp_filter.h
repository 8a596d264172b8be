#pragma once
// The system calls that a program in a box may make.

#include "suites/sandbox/descriptor.h"

namespace reckon::suites::sandbox {

/// The filter as BPF in an anonymous file, as bubblewrap's --seccomp takes it. What programs need is allowed;
/// what only attacks need (tracing, mounting, namespaces, sockets other than local ones, kernel keys,
/// io_uring
/// ...) ends the process with SIGSYS; anything else fails with EPERM. Errors: libseccomp refuses.
Descriptor seccomp_filter();

}  // namespace reckon::suites::sandbox
