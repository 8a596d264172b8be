#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "harness/commands.h"
#include "harness/fetch/hub.h"
#include "harness/interrupt.h"
#include "harness/share_folder.h"

namespace reckon::harness {

int fetch(const FetchCommand& command) {
  catch_interrupts();
  const Hub hub = Hub::from_environment();
  const HubRepository repository = hub.list(command.repository, command.revision, command.dataset);
  const std::string folder = !command.output.empty()
                                 ? command.output
                                 : fmt::format("{}/{}/{}", cache_folder(),
                                               command.dataset ? "datasets" : "models", command.repository);
  const std::vector<HubFile> files = needed_files(repository);
  std::uint64_t total = 0;
  for (const HubFile& file : files) total += file.bytes;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  if (error) fail_input("{}: cannot be used: {}", folder, error.message());
  if (space.available < total) {
    fail_evaluation("{}: {:.1f} GB are needed and {:.1f} GB are free; choose another place with --output",
                    folder, static_cast<double>(total) * 1e-9, static_cast<double>(space.available) * 1e-9);
  }
  std::uint64_t before = 0;
  for (const HubFile& file : files) {
    fmt::print(stderr, "{} ({:.1f} MB; {:.0f} % of {:.1f} MB done)\n", file.path,
               static_cast<double>(file.bytes) * 1e-6,
               total > 0 ? 100.0 * static_cast<double>(before) / static_cast<double>(total) : 100.0,
               static_cast<double>(total) * 1e-6);
    hub.download(repository, file, folder, [](std::uint64_t) {});
    before += file.bytes;
  }
  if (command.json) {
    json::Document document(rapidjson::kObjectType);
    auto& allocator = document.GetAllocator();
    document.AddMember("repository", json::string(command.repository, allocator), allocator);
    document.AddMember("commit", json::string(repository.commit, allocator), allocator);
    document.AddMember("path", json::string(folder, allocator), allocator);
    document.AddMember("files", static_cast<std::uint64_t>(files.size()), allocator);
    document.AddMember("bytes", total, allocator);
    fmt::print("{}\n", json::dump_pretty(document));
  } else {
    fmt::print("{}\n", folder);
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
