// Attacks by system calls that no answer needs, most of them through ctypes.

#include "tests/sandbox/attacks.h"

namespace reckon::suites::sandbox::test {
namespace {

/// The call succeeded, or failed for its arguments alone. x86-64 numbers.
#define RECKON_CALL(arguments)                                                                    \
  "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nresult = libc.syscall(" arguments \
  ")\n"                                                                                           \
  "print('SUCCEEDED' if result >= 0 else os.strerror(ctypes.get_errno()))"

}  // namespace

std::vector<Attack> system_call_attacks() {
  using enum Layer;
  return {
      {"is_traced", {seccomp}, RECKON_CALL("101, 0, 0, 0, 0")},
      {"traces_a_child",
       {seccomp},
       "import ctypes, os, signal, time\nlibc = ctypes.CDLL(None, use_errno=True)\npid = os.fork()\n"
       "if pid == 0: time.sleep(2); os._exit(0)\nprint('SUCCEEDED' if libc.syscall(101, 0x4206, pid, 0, 0) "
       "== 0 else '')\n"
       "os.kill(pid, signal.SIGKILL)"},
      {"reads_the_memory_of_a_process",
       {seccomp},
       "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\na, b = ctypes.create_string_buffer(b'x' "
       "* 8), ctypes.create_string_buffer(8)\n"
       "class V(ctypes.Structure): _fields_ = [('p', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
       "l, r = V(ctypes.addressof(b), 8), V(ctypes.addressof(a), 8)\n"
       "print('SUCCEEDED' if libc.syscall(310, os.getpid(), ctypes.byref(l), 1, ctypes.byref(r), 1, 0) == 8 "
       "else '')"},
      {"compares_kernel_objects", {seccomp}, RECKON_CALL("312, os.getpid(), os.getpid(), 0, 0, 0")},
      {"makes_an_io_uring",
       {seccomp},
       "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
       "print('SUCCEEDED' if libc.syscall(425, 4, ctypes.create_string_buffer(200)) >= 0 else '')"},
      {"keeps_a_key_in_the_kernel",
       {seccomp},
       RECKON_CALL("248, b'user', b'reckon', b'x', ctypes.c_size_t(1), -3")},
      {"looks_into_kernel_key_rings", {seccomp}, RECKON_CALL("250, 0, -3, 1")},
      {"handles_page_faults", {seccomp}, RECKON_CALL("323, 1")},
      {"makes_a_user_namespace", {seccomp}, RECKON_CALL("272, 0x10000000")},
      {"mounts_a_file_system",
       {seccomp},
       "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nassert libc.unshare(0x10020000) == 0\n"
       "os.mkdir('/tmp/m')\nprint('SUCCEEDED' if libc.mount(b'x', b'/tmp/m', b'tmpfs', 0, None) == 0 else "
       "'')"},
      {"clones_into_a_namespace",
       {seccomp},
       "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\npid = libc.syscall(56, 0x10000000 | 17, "
       "0, 0, 0, 0)\n"
       "if pid == 0: os._exit(0)\nprint('SUCCEEDED' if pid > 0 else '')"},
      {"locks_a_file_of_the_host",
       {seccomp},
       "import fcntl\nfcntl.flock(open('/usr/bin/python3'), fcntl.LOCK_SH | "
       "fcntl.LOCK_NB)\nprint('SUCCEEDED')"},
      {"locks_a_part_of_a_file_of_the_host",
       {seccomp},
       "import fcntl\nfcntl.lockf(open('/usr/bin/python3'), fcntl.LOCK_SH | fcntl.LOCK_NB, "
       "1)\nprint('SUCCEEDED')"},
      {"watches_files_of_the_host", {seccomp}, RECKON_CALL("254, libc.syscall(253), b'/usr/bin', 1")},
      {"keeps_memory_in_an_anonymous_file", {seccomp}, "import os\nos.memfd_create('x')\nprint('SUCCEEDED')"},
      {"keeps_shared_memory", {seccomp}, RECKON_CALL("29, 0, 4096, 0o1600")},
      {"attaches_shared_memory_of_the_host", {seccomp, ipc_namespace}, RECKON_CALL("29, {KEY}, 0, 0")},
      {"makes_a_message_queue", {seccomp}, RECKON_CALL("68, 0, 0o1600")},
      {"makes_semaphores", {seccomp}, RECKON_CALL("64, 0, 1, 0o1600")},
      {"turns_off_address_randomisation", {seccomp}, RECKON_CALL("135, 0x0040000")},
      {"takes_a_file_handle",
       {seccomp},
       "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nh = ctypes.create_string_buffer(200)\n"
       "ctypes.cast(h, ctypes.POINTER(ctypes.c_uint))[0] = 128\nm = ctypes.c_int()\n"
       "print('SUCCEEDED' if libc.syscall(303, -100, b'/usr/bin', h, ctypes.byref(m), 0) == 0 else "
       "os.strerror(ctypes.get_errno()))"},
      {"reads_the_clock_s_discipline", {seccomp}, RECKON_CALL("159, ctypes.create_string_buffer(400)")},
      {"makes_a_kernel_crypto_socket",
       {seccomp},
       "import socket\nsocket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)\nprint('SUCCEEDED')"},
  };
}

}  // namespace reckon::suites::sandbox::test
