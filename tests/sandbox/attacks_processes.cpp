// Attacks with processes, memory, time and output.

#include "tests/sandbox/attacks.h"

namespace reckon::suites::sandbox::test {

std::vector<Attack> process_attacks() {
  using enum Layer;
  return {
      {"fork_bomb",
       {control_group, resource_limits},
       "import os, time\nfor i in range(60):\n  if os.fork() == 0: time.sleep(2); "
       "os._exit(0)\nprint('SUCCEEDED')"},
      {"thread_bomb",
       {control_group, resource_limits},
       "import threading, time\nfor i in range(60): threading.Thread(target=time.sleep, args=(0.5,), "
       "daemon=True).start()\n"
       "print('SUCCEEDED')"},
      {"opens_many_files",
       {resource_limits},
       "files = [open('/dev/null') for i in range(200)]\nprint('SUCCEEDED')"},
      {"memory_of_one_process",
       {control_group, resource_limits},
       "x = bytearray(400 << 20)\nprint('SUCCEEDED')"},
      {"memory_of_many_processes",
       {control_group},
       // Each says when it holds its memory and keeps it until the parent is gone; of one that was killed
       // nothing is heard.
       "import os\nend, keep = os.pipe()\nchildren = []\nfor i in range(4):\n  heard, say = os.pipe()\n"
       "  if os.fork() == 0:\n    os.close(keep)\n    x = bytearray(os.urandom(1 << 20) * 80)\n"
       "    os.write(say, b'x'); os.read(end, 1); os._exit(0)\n  os.close(say)\n  children.append(heard)\n"
       "print('SUCCEEDED' if all(os.read(c, 1) for c in children) else '')"},
      {"memory_in_files",
       {control_group, sized_tmp},
       "for i in range(50): open(f'/tmp/{i}', 'wb').write(b'x' * (7 << 20))\nprint('SUCCEEDED')"},
      {"uses_the_processor_beyond_its_limit",
       {resource_limits},
       "import time\nwhile time.process_time() < 3.5: pass\nprint('SUCCEEDED')"},
      {"ignores_the_signal_of_the_limit",
       {resource_limits},
       "import signal, time\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile time.process_time() < 3.5: "
       "pass\n"
       "print('SUCCEEDED')"},
      {"sleeps_beyond_the_clock", {wall_clock}, "import time\ntime.sleep(5)\nprint('SUCCEEDED')"},
      {"ignores_sigterm_and_sleeps",
       {wall_clock},
       "import signal, time\nfor n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(n, "
       "signal.SIG_IGN)\n"
       "time.sleep(5)\nprint('SUCCEEDED')"},
      {"stops_itself",
       {wall_clock},
       "import os, signal, time\nif os.fork() == 0:\n  time.sleep(5)\n  os.kill(os.getppid(), "
       "signal.SIGCONT); os._exit(0)\n"
       "os.kill(os.getpid(), signal.SIGSTOP)\nprint('SUCCEEDED')"},
      {"floods_standard_output",
       {output_limit},
       "import sys\nprint('x' * 300000)\nprint('end', file=sys.stderr)\nprint('SUCCEEDED', "
       "file=sys.stderr)"},
      {"floods_standard_error",
       {output_limit},
       "import sys\nprint('x' * 300000, file=sys.stderr)\nprint('SUCCEEDED')"},
      {"sees_a_process_of_the_host",
       {pid_namespace},
       "import os\ntry:\n  os.kill({PID}, 0)\n  print('SUCCEEDED')\nexcept PermissionError: "
       "print('SUCCEEDED')"},
      {"waits_for_a_process_of_the_host",
       {pid_namespace},
       "import os\nos.getpgid({PID})\nprint('SUCCEEDED')"},
      {"leaves_a_daemon_behind",
       {bubblewrap, seccomp, control_group},
       // The pipe closes as the daemon becomes its program.
       "import os\nbegun, begin = os.pipe()\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n"
       "    for n in range(3): os.close(n)\n"
       "    os.execv('/usr/bin/sleep', ['reckon-attack-daemon-{PID}', '20'])\n  os._exit(0)\n"
       "os.close(begin)\nos.read(begun, 1)"},
      {"runs_a_program_that_it_wrote_outside",
       {bubblewrap, seccomp, private_files},
       "import os, stat\nopen('{FOLDER}/run.sh', 'w').write('#!/bin/sh\\necho "
       "SUCCEEDED')\nos.chmod('{FOLDER}/run.sh', 0o755)\n"
       "os.execv('{FOLDER}/run.sh', ['run.sh'])"},
  };
}

}  // namespace reckon::suites::sandbox::test
