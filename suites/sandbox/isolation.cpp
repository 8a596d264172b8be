#include "suites/sandbox/isolation.h"

#include <algorithm>

#include <fmt/ranges.h>
#include <unistd.h>

#include "base/error.h"
#include "suites/sandbox/bubblewrap.h"
#include "suites/sandbox/control_group.h"
#include "suites/sandbox/run_program.h"
#include "suites/sandbox/watch.h"

namespace reckon::suites::sandbox {
namespace {

struct Attempt {
  bool good = false;
  std::string output;
  std::string problem;
};

/// Runs `command` in a box and gives what it printed.
Attempt attempt(std::vector<std::string> command, const Layers& without) {
  Attempt result;
  try {
    BoxSpec spec;
    spec.command = std::move(command);
    spec.limits.wall_seconds = 30;
    spec.without = without;
    Pipe out = make_pipe(true);
    Pipe err = make_pipe(true);
    spec.descriptors = {-1, out.write.get(), err.write.get()};
    Box box(spec);
    out.write.reset();
    err.write.reset();
    Capture output(std::move(out.read), 65536);
    Capture errors(std::move(err.read), 65536);
    watch(box, spec.limits, without, {&output, &errors});
    const BoxEnd end = box.wait();
    output.drain();
    errors.drain();
    result.good = end.exit_code == 0;
    result.output = output.text();
    result.problem = errors.text().substr(0, errors.text().find('\n'));
  } catch (const Error& error) {
    result.problem = error.what();
  }
  while (!result.output.empty() && result.output.back() == '\n') {
    result.output.pop_back();
  }
  return result;
}

LayerState program_state(const char* name, const char* path, const char* package, bool required,
                         const std::vector<std::string>& command, const Layers& without) {
  LayerState state{name, false, required, "", fmt::format("apt-get install {}", package)};
  if (access(path, X_OK) != 0) {
    state.detail = fmt::format("{} is not there", path);
    return state;
  }
  const Attempt tried = attempt(command, without);
  state.works = tried.good;
  state.detail = tried.good ? tried.output.substr(0, tried.output.find('\n')) : tried.problem;
  return state;
}

LayerState bubblewrap_state() {
  LayerState state{"bubblewrap", false, true, "", ""};
  if (access(kBubblewrap, X_OK) != 0) {
    state.detail = fmt::format("{} is not there", kBubblewrap);
    state.remedy = "apt-get install bubblewrap";
    return state;
  }
  const Attempt tried = attempt({"/usr/bin/id", "-u"}, {Layer::seccomp, Layer::control_group});
  state.works = tried.good && tried.output != "0";
  state.detail = state.works ? "user, pid, ipc, uts and network namespaces; read-only files; a sized /tmp"
                             : tried.problem + tried.output;
  state.remedy =
      "user namespaces must be allowed: sysctl kernel.unprivileged_userns_clone=1 (older Debian), "
      "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), user.max_user_namespaces > 0; in a "
      "container: "
      "--security-opt seccomp=unconfined --security-opt apparmor=unconfined, no chroot";
  return state;
}

/// The filter is put in place by bubblewrap.
LayerState seccomp_state(bool bubblewrap_works) {
  LayerState state{"seccomp", false, true, "", "a kernel with CONFIG_SECCOMP_FILTER"};
  if (!bubblewrap_works) {
    state.detail = "cannot be tried without bubblewrap";
    state.remedy = "that of bubblewrap";
    return state;
  }
  // unshare(1) is what the filter ends with SIGSYS; without it the call would just fail or work.
  const Attempt allowed = attempt({"/usr/bin/true"}, {Layer::control_group});
  const Attempt forbidden = attempt({"/usr/bin/unshare", "--user", "/usr/bin/true"}, {Layer::control_group});
  state.works = allowed.good && !forbidden.good;
  state.detail = state.works    ? "a filter of system calls"
                 : allowed.good ? "the filter let a forbidden call pass"
                                : allowed.problem;
  return state;
}

LayerState group_state() {
  const ControlGroupPlace& place = control_group_place();
  LayerState state{"control groups", place.has("memory") && place.has("pids"), false, place.text(), ""};
  if (!state.works) {
    state.detail = place.version == 0 ? place.problem : "only " + place.text();
    state.remedy =
        "start as root, or as: systemd-run --user --scope -p Delegate=yes reckon ...; in a container mount "
        "/sys/fs/cgroup writable";
  }
  return state;
}

LayerState user_state() {
  LayerState state{"ordinary user", true, true, "", "start as another user than root"};
  if (geteuid() == 0) {
    const Attempt tried =
        attempt({"/usr/bin/id", "-u"}, {Layer::bubblewrap, Layer::control_group, Layer::seccomp});
    state.works = tried.good && tried.output != "0";
    state.detail = state.works ? "uid " + tried.output + ", another for each box" : tried.problem;
  } else {
    state.detail = fmt::format("uid {}", geteuid());
  }
  return state;
}

std::vector<LayerState> try_all() {
  std::vector<LayerState> states = {bubblewrap_state()};
  states.push_back(seccomp_state(states[0].works));
  states.push_back(user_state());
  states.push_back(group_state());
  const Layers without =
      states[0].works ? Layers{Layer::control_group} : Layers{Layer::control_group, Layer::bubblewrap};
  states.push_back(program_state("python3", kPython, "python3", true, {kPython, "-S", "--version"}, without));
  states.push_back(program_state("g++", kCompiler, "g++", false, {kCompiler, "--version"}, without));
  return states;
}

}  // namespace

const std::vector<LayerState>& layer_states() {
  static const std::vector<LayerState> states = try_all();
  return states;
}

bool sandbox_works() {
  return std::all_of(layer_states().begin(), layer_states().end(),
                     [](const LayerState& state) { return state.works || !state.required; });
}

std::string sandbox_problem() {
  for (const LayerState& state : layer_states()) {
    if (state.required && !state.works) {
      return fmt::format("{}: {} (remedy: {})", state.name, state.detail, state.remedy);
    }
  }
  return "";
}

std::string isolation_text(const Layers& without) {
  const auto keeps = [&](Layer layer) { return !without.contains(layer); };
  std::vector<std::string> parts;
  if (keeps(Layer::bubblewrap)) {
    parts.emplace_back("bubblewrap");
    if (keeps(Layer::seccomp)) {
      parts.emplace_back("seccomp");
    }
  } else {
    parts.emplace_back("none");
  }
  if (keeps(Layer::control_group) && control_group_place().version != 0) {
    parts.push_back("cgroup " + control_group_place().text());
  }
  if (keeps(Layer::ordinary_user)) {
    parts.emplace_back(geteuid() == 0 ? "uid of its own" : "the caller's uid");
  }
  if (keeps(Layer::resource_limits)) {
    parts.emplace_back("rlimits");
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Layers all_but_limits() { return {Layer::bubblewrap, Layer::seccomp}; }

}  // namespace reckon::suites::sandbox
