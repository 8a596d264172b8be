#include "suites/code/execution.h"

#include <atomic>

#include "base/error.h"
#include "suites/sandbox/isolation.h"

namespace reckon::suites::code {
namespace {

std::atomic<Execution>& chosen() {
  static std::atomic<Execution> value{Execution::sandboxed};
  return value;
}

}  // namespace

void set_execution(Execution execution) { chosen() = execution; }

Execution execution() { return chosen(); }

void require_execution(const std::string& asked_by) {
  if (execution() == Execution::unsafe || sandbox::sandbox_works()) {
    return;
  }
  fail_input(
      "{} runs code that the model writes, and there is no sandbox here: {}; `reckon doctor` lists the "
      "layers. To "
      "run it all the same, with this machine open to it: --sandbox none --confirm_run_unsafe_code",
      asked_by, sandbox::sandbox_problem());
}

sandbox::Layers layers_left_out() {
  return execution() == Execution::unsafe ? sandbox::all_but_limits() : sandbox::Layers{};
}

std::string isolation() { return sandbox::isolation_text(layers_left_out()); }

}  // namespace reckon::suites::code
