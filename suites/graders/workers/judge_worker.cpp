#include "suites/graders/workers/judge_worker.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <new>

#include "base/allocation.h"
#include "suites/graders/workers/frame.h"
#include "suites/graders/workers/pair_message.h"

namespace reckon::suites {
namespace {

constexpr std::size_t kStackBytes = std::size_t{64} << 20;

void limit_process() {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const rlimit memory{kWorkerMemoryBytes, kWorkerMemoryBytes};
  if (kWorkersAreLimited) setrlimit(RLIMIT_AS, &memory);
  // A key pressed in the terminal is the parent's to handle: a worker ends when its socket does.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(number, SIG_IGN);
}

struct Service {
  int socket;
  JudgeFunction judge;
};

void* serve(void* argument) {
  const auto [socket, judge] = *static_cast<const Service*>(argument);
  try {
    while (const std::optional<std::string> bytes = receive_frame(socket)) {
      const std::optional<PairRequest> request = decode_request(*bytes);
      if (!request) break;
      const math::Judgement judgement = judge(request->gold, request->answer, request->policy);
      if (!send_frame(socket, encode_judgement(judgement))) break;
    }
  } catch (const std::bad_alloc&) {
    _exit(kOutOfMemoryExit);
  }
  return nullptr;
}

}  // namespace

int run_judge_worker(int socket, JudgeFunction judge) {
  Service service{socket, judge};
  limit_process();
  keep_freed_memory();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread{};
  const int failed = pthread_create(&thread, &attributes, serve, &service);
  pthread_attr_destroy(&attributes);
  if (failed != 0) {
    std::perror("reckon: grading worker");
    return 1;
  }
  pthread_join(thread, nullptr);
  return 0;
}

}  // namespace reckon::suites
