#include "suites/sandbox/seccomp_filter.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

namespace reckon::suites::sandbox {
namespace {

/// What Python, a C++ compiler and the programs made by it use.
constexpr const char* kAllowed[] = {
    // files
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2",
    "open", "openat", "openat2", "creat", "close", "close_range", "lseek", "_llseek", "stat", "lstat",
    "fstat", "stat64", "lstat64", "fstat64", "fstatat64", "newfstatat", "statx", "statfs", "fstatfs",
    "access", "faccessat", "faccessat2", "getdents", "getdents64", "getcwd", "chdir", "fchdir", "mkdir",
    "mkdirat", "rmdir", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "symlink",
    "symlinkat", "readlink", "readlinkat", "chmod", "fchmod", "fchmodat", "umask", "truncate", "ftruncate",
    "fallocate", "fsync", "fdatasync", "sync_file_range", "fadvise64", "readahead", "utime", "utimes",
    "utimensat", "futimesat", "copy_file_range", "sendfile", "splice", "tee", "dup", "dup2", "dup3", "pipe",
    "pipe2", "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "getxattr", "lgetxattr", "fgetxattr",
    // memory
    "brk", "mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "msync", "mincore", "membarrier",
    "mlock", "munlock",
    // processes and threads
    "execve", "execveat", "exit", "exit_group", "fork", "vfork", "wait4", "waitid", "getpid", "getppid",
    "gettid", "getpgid", "getpgrp", "getsid", "setsid", "setpgid", "getuid", "geteuid", "getgid", "getegid",
    "getresuid", "getresgid", "getgroups", "capget", "kill", "tkill", "tgkill", "futex", "futex_waitv",
    "set_robust_list", "get_robust_list", "set_tid_address", "rseq", "arch_prctl", "prctl", "set_thread_area",
    "get_thread_area", "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam",
    "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min", "getpriority", "getcpu",
    // signals
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigpending", "rt_sigtimedwait",
    "rt_sigqueueinfo", "sigaltstack", "sigreturn", "pause", "alarm", "signalfd", "signalfd4",
    "restart_syscall",
    // time
    "time", "gettimeofday", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "times",
    "getitimer", "setitimer", "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun",
    "timer_delete", "timerfd_create", "timerfd_settime", "timerfd_gettime",
    // limits and the system
    "getrlimit", "setrlimit", "prlimit64", "getrusage", "uname", "sysinfo", "getrandom",
    // local sockets: the descriptor of socket() itself is checked below
    "socketpair", "bind", "connect", "listen", "accept", "accept4", "sendto", "recvfrom", "sendmsg",
    "recvmsg", "sendmmsg", "recvmmsg", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown"};

/// What no program that answers a question needs: the attempt ends it.
constexpr const char* kForbidden[] = {"ptrace",
                                      "process_vm_readv",
                                      "process_vm_writev",
                                      "process_madvise",
                                      "kcmp",
                                      "pidfd_getfd",
                                      "io_uring_setup",
                                      "io_uring_enter",
                                      "io_uring_register",
                                      "keyctl",
                                      "add_key",
                                      "request_key",
                                      "bpf",
                                      "userfaultfd",
                                      "perf_event_open",
                                      "mount",
                                      "umount",
                                      "umount2",
                                      "pivot_root",
                                      "chroot",
                                      "move_mount",
                                      "open_tree",
                                      "fsopen",
                                      "fsconfig",
                                      "fsmount",
                                      "fspick",
                                      "mount_setattr",
                                      "unshare",
                                      "setns",
                                      "kexec_load",
                                      "kexec_file_load",
                                      "init_module",
                                      "finit_module",
                                      "delete_module",
                                      "create_module",
                                      "swapon",
                                      "swapoff",
                                      "reboot",
                                      "name_to_handle_at",
                                      "open_by_handle_at",
                                      "quotactl",
                                      "quotactl_fd",
                                      "acct",
                                      "settimeofday",
                                      "clock_settime",
                                      "clock_adjtime",
                                      "adjtimex",
                                      "stime",
                                      "syslog",
                                      "iopl",
                                      "ioperm",
                                      "modify_ldt",
                                      "vm86",
                                      "vm86old",
                                      "lookup_dcookie",
                                      "nfsservctl",
                                      "personality",
                                      "sethostname",
                                      "setdomainname",
                                      "vhangup",
                                      "fanotify_init",
                                      "fanotify_mark",
                                      "move_pages",
                                      "migrate_pages"};

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM)), seccomp_release) {
    if (context_ == nullptr) {
      fail_evaluation("libseccomp gives no filter");
    }
    for (const char* name : kAllowed) {
      add(SCMP_ACT_ALLOW, name);
    }
    for (const char* name : kForbidden) {
      add(SCMP_ACT_KILL_PROCESS, name);
    }
    add_clone();
    add_socket();
    add_ioctl();
    add_fcntl();
    // glibc falls back to clone(), whose flags a filter can read.
    add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  }

  Descriptor exported() const {
    Descriptor file = memory_file("");
    const int status = seccomp_export_bpf(context_.get(), file.get());
    if (status != 0) {
      fail_evaluation("libseccomp cannot write the filter: {}", std::strerror(-status));
    }
    return file;
  }

 private:
  template <typename... Comparisons>
  void add(std::uint32_t action, const char* name, Comparisons... comparisons) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || number < 0) {
      return;  // a call of another architecture
    }
    const int status =
        seccomp_rule_add(context_.get(), action, number, sizeof...(comparisons), comparisons...);
    if (status != 0) {
      fail_evaluation("libseccomp refuses a rule for {}: {}", name, std::strerror(-status));
    }
  }

  void add_clone() {
    constexpr unsigned kNamespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                        CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
    scmp_datum_t all = 0;
    for (const unsigned flag : kNamespaces) {
      add(SCMP_ACT_KILL_PROCESS, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
      all |= flag;
    }
    add(SCMP_ACT_ALLOW, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, all, 0));
  }

  void add_socket() {
    add(SCMP_ACT_ALLOW, "socket", SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
    add(SCMP_ACT_KILL_PROCESS, "socket", SCMP_A0(SCMP_CMP_NE, AF_UNIX));
  }

  void add_ioctl() {
    for (const unsigned long request :
         {FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ, TIOCGPGRP}) {
      add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xFFFFFFFFU, request));
    }
    for (const unsigned long request : {TIOCSTI, TIOCLINUX}) {
      add(SCMP_ACT_KILL_PROCESS, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xFFFFFFFFU, request));
    }
  }

  /// No locks and leases: files of /usr are shared with the host, whose processes they would reach.
  void add_fcntl() {
    for (const char* name : {"fcntl", "fcntl64"}) {
      for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETPIPE_SZ}) {
        add(SCMP_ACT_ALLOW, name, SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
      }
    }
  }

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

}  // namespace

Descriptor seccomp_filter() {
  // Compiled once: the program is the same for every box.
  static const std::string bytes = [] {
    const Descriptor file = Filter().exported();
    std::string content(static_cast<std::size_t>(lseek(file.get(), 0, SEEK_END)), '\0');
    if (pread(file.get(), content.data(), content.size(), 0) != static_cast<ssize_t>(content.size())) {
      fail_evaluation("the filter of system calls cannot be read back");
    }
    return content;
  }();
  return memory_file(bytes);
}

}  // namespace reckon::suites::sandbox
