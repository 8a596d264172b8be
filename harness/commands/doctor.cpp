// `reckon doctor`: what works on this machine, and what to do about what does not.

#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "harness/commands.h"
#include "harness/share_folder.h"
#include "kernels/backend.h"
#include "suites/sandbox/isolation.h"

namespace reckon::harness {
namespace {

using suites::sandbox::LayerState;

struct Group {
  const char* title;
  std::vector<LayerState> states;
};

LayerState cpu_state() {
  kernels::BackendOptions options;
  options.threads = 1;
  const kernels::DeviceInfo device = kernels::make_cpu_backend(options)->device();
  return {"cpu", true, true, fmt::format("{}, path {}", device.name, device.path), ""};
}

LayerState cuda_state() {
  if (!kernels::cuda_backend_built())
    return {"cuda", false, false, "not in this build",
            "`cmake --preset cuda` builds it where a toolkit is installed"};
  try {
    const kernels::DeviceInfo device = kernels::make_cuda_backend()->device();
    return {"cuda", true, false, fmt::format("{}, {}", device.name, device.path), ""};
  } catch (const Error& error) {
    return {"cuda", false, false, "no device to run on", error.what()};
  }
}

LayerState share_state() {
  try {
    return {"share folder", true, true, find_share_folders().suites, ""};
  } catch (const Error& error) {
    return {"share folder", false, true, error.what(),
            "install reckon whole (cmake --install), or set RECKON_SHARE"};
  }
}

LayerState cache_state() {
  const std::string folder = cache_folder();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return {"cache folder", !error, false, error ? folder + ": " + error.message() : folder,
          "set XDG_CACHE_HOME to a folder that can be written"};
}

void print_table(const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    fmt::print("{}\n", group.title);
    for (const LayerState& state : group.states) {
      const char* mark = state.works ? "ok" : state.required ? "MISSING" : "absent";
      fmt::print("  {:<8}{:<16}{}\n", mark, state.name, state.detail);
      if (!state.works) fmt::print("          {:<16}remedy: {}\n", "", state.remedy);
    }
  }
}

void print_json(const std::vector<Group>& groups, bool sandboxed) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  for (const Group& group : groups) {
    json::Value list(rapidjson::kArrayType);
    for (const LayerState& state : group.states) {
      json::Value item(rapidjson::kObjectType);
      item.AddMember("name", json::string(state.name, allocator), allocator);
      item.AddMember("works", state.works, allocator);
      item.AddMember("required", state.required, allocator);
      item.AddMember("detail", json::string(state.detail, allocator), allocator);
      if (!state.works) item.AddMember("remedy", json::string(state.remedy, allocator), allocator);
      list.PushBack(item, allocator);
    }
    document.AddMember(json::string(group.title, allocator), list, allocator);
  }
  document.AddMember("sandbox_works", sandboxed, allocator);
  document.AddMember("isolation", json::string(suites::sandbox::isolation_text({}), allocator), allocator);
  fmt::print("{}\n", json::dump_pretty(document));
}

}  // namespace

int doctor(const DoctorCommand& command) {
  const std::vector<Group> groups = {{"engine", {cpu_state(), cuda_state()}},
                                     {"files", {share_state(), cache_state()}},
                                     {"sandbox", suites::sandbox::layer_states()}};
  const bool sandboxed = suites::sandbox::sandbox_works();
  if (command.json) {
    print_json(groups, sandboxed);
  } else {
    print_table(groups);
    fmt::print("{}\n", sandboxed ? "Code suites run here: " + suites::sandbox::isolation_text({})
                                 : std::string("Code suites are refused here"));
  }
  bool good = true;
  for (const Group& group : groups) {
    for (const LayerState& state : group.states) good = good && (state.works || !state.required);
  }
  return static_cast<int>(good ? ExitCode::done : ExitCode::not_evaluated);
}

}  // namespace reckon::harness
