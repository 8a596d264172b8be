#include "harness/interrupt.h"

#include <csignal>

namespace reckon::harness {
namespace {

volatile std::sig_atomic_t signals_seen = 0;

extern "C" void on_signal(int number) {
  if (signals_seen != 0) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
  signals_seen = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return signals_seen != 0; }

}  // namespace reckon::harness
