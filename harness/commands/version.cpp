#include "harness/version.h"

#include <fmt/format.h>

#include "base/json.h"
#include "harness/commands.h"
#include "kernels/backend.h"

namespace reckon::harness {

int print_version(const VersionCommand& command) {
  const Version program = version();
  kernels::BackendOptions options;
  options.threads = 1;
  const kernels::DeviceInfo device = kernels::make_cpu_backend(options)->device();
  if (command.json) {
    json::Document document(rapidjson::kObjectType);
    auto& allocator = document.GetAllocator();
    document.AddMember("version", json::string(program.version, allocator), allocator);
    document.AddMember("commit", json::string(program.commit, allocator), allocator);
    document.AddMember("compiler", json::string(program.compiler, allocator), allocator);
    json::Value backends(rapidjson::kArrayType);
    backends.PushBack("cpu", allocator);
    if (kernels::cuda_backend_built()) backends.PushBack("cuda", allocator);
    document.AddMember("backends", backends, allocator);
    document.AddMember("cpu_name", json::string(device.name, allocator), allocator);
    document.AddMember("cpu_path", json::string(device.path, allocator), allocator);
    json::Value features(rapidjson::kArrayType);
    for (const std::string& feature : device.features)
      features.PushBack(json::string(feature, allocator), allocator);
    document.AddMember("cpu_features", features, allocator);
    fmt::print("{}\n", json::dump_pretty(document));
    return 0;
  }
  fmt::print("reckon {} (commit {}, {})\n", program.version, program.commit, program.compiler);
  fmt::print("back ends: cpu ({}, path {}, features {}){}\n", device.name, device.path,
             fmt::join(device.features, " "), kernels::cuda_backend_built() ? ", cuda" : "");
  return 0;
}

}  // namespace reckon::harness
