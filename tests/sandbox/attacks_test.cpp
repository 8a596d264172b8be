// Every attack is first shown to work with its layer removed, then shown to be contained; the next program
// then runs as ever, and nothing is left outside.

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/sandbox/attacks.h"
#include "tests/sandbox/sandbox_test_support.h"

namespace reckon::suites::sandbox::test {
namespace {

constexpr const char* kMark = "SUCCEEDED";

/// What there is outside for an attack to reach.
class Outside {
 public:
  Outside() {
    // Not below /tmp, where every box has a /tmp of its own.
    folder_ = fmt::format("/var/tmp/reckon-attack-{}", getpid());
    std::filesystem::create_directories(folder_);
    chmod(folder_.c_str(), 0777);
    std::ofstream(folder_ + "/secret") << kMark;
    chmod((folder_ + "/secret").c_str(), 0644);
    setenv("RECKON_TEST_SECRET", kMark, 1);
    setenv("TZ", "XYZ3", 1);
    const int secret = open((folder_ + "/secret").c_str(), O_RDONLY);
    descriptor_ = fcntl(secret, F_DUPFD, 50);  // above those that a box takes for itself
    close(secret);
    listen_on_port();
    listen_on_name(fmt::format("{}reckon-attack-{}", '\0', port_));
    listen_on_name(folder_ + "/socket");
    chmod((folder_ + "/socket").c_str(), 0777);
    key_ = static_cast<key_t>(0x52000000 + getpid() % 0xFFFFFF);
    segment_ = shmget(key_, 4096, IPC_CREAT | 0666);
  }
  ~Outside() {
    shmctl(segment_, IPC_RMID, nullptr);
    close(descriptor_);
    for (const int socket : sockets_) {
      close(socket);
    }
    unsetenv("RECKON_TEST_SECRET");
    unsetenv("TZ");
    std::filesystem::remove_all(folder_);
  }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  std::string filled(std::string source) const {
    char host[256] = {};
    gethostname(host, sizeof host - 1);
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"{SECRET}", folder_ + "/secret"},
                                      {"{FOLDER}", folder_},
                                      {"{PORT}", std::to_string(port_)},
                                      {"{PID}", std::to_string(getpid())},
                                      {"{KEY}", std::to_string(key_)},
                                      {"{HOST}", host}}) {
      for (std::size_t place = 0; (place = source.find(name, place)) != std::string::npos;
           place += value.size()) {
        source.replace(place, name.size(), value);
      }
    }
    return source;
  }

  /// What an attack left here, removed.
  bool take_traces() const {
    bool found = false;
    for (const char* name : {"/mark", "/linked", "/run.sh"}) {
      found = std::filesystem::remove(folder_ + name) || found;
    }
    return found;
  }

 private:
  void listen_on_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket, reinterpret_cast<sockaddr*>(&address), size);
    listen(socket, 100);
    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    sockets_.push_back(socket);
  }
  void listen_on_name(const std::string& name) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    bind(socket, reinterpret_cast<sockaddr*>(&address),
         static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size()));
    listen(socket, 100);
    sockets_.push_back(socket);
  }

  std::string folder_;
  int descriptor_ = -1;
  std::vector<int> sockets_;
  int port_ = 0;
  key_t key_ = 0;
  int segment_ = -1;
};

const Outside& outside() {
  static const Outside instance;
  return instance;
}

/// The daemon of leaves_a_daemon_behind, ended; true where there was one. It bears the number of this
/// process: others may run the same attack now.
bool take_daemon() {
  const std::string name = fmt::format("reckon-attack-daemon-{}", getpid());
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    std::string line;
    if (std::getline(file, line, '\0') && line == name) {
      kill(std::atoi(entry.path().filename().c_str()), SIGKILL);
      found = true;
    }
  }
  return found;
}

/// Folders below `folder` whose names begin so. Others make and remove theirs meanwhile: one that has
/// vanished is passed over, and nothing beside it is missed.
void find_folders(const std::filesystem::path& folder, const std::string& beginning,
                  std::vector<std::string>& found) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code vanished;
    if (!std::filesystem::is_directory(entry->symlink_status(vanished))) continue;
    if (entry->path().filename().string().starts_with(beginning)) found.push_back(entry->path());
    find_folders(entry->path(), beginning, found);
  }
}

Limits limits_of_attack() {
  Limits limits = tight_limits();
  limits.wall_seconds = 3;
  limits.cpu_seconds = 1;
  return limits;
}

bool succeeds(const Attack& attack, const Layers& without) {
  Limits limits = limits_of_attack();
  if (!without.empty() && !without.contains(Layer::wall_clock)) {
    limits.wall_seconds = 30;  // shown to work on a busy machine too
  }
  const ProgramRun run = run_python(outside().filled(attack.source), "", limits, without);
  const bool printed = run.output.find(kMark) != std::string::npos ||
                       run.error_output.find("\nSUCCEEDED") != std::string::npos;
  const bool left = take_daemon();
  return outside().take_traces() || left || printed;
}

class Attacks : public testing::TestWithParam<Attack> {};

TEST_P(Attacks, works_without_its_layer_and_is_contained_with_it) {
  RECKON_NEEDS_SANDBOX();
  const Attack& attack = GetParam();
  const bool grouped = isolation_text({}).find("memory, pids") != std::string::npos;
  if (!grouped && attack.opened == Layers{Layer::control_group}) {
    GTEST_SKIP() << "this machine lacks control groups, which alone hold this attack";
  }
  if (!succeeds(attack, attack.opened)) {
    GTEST_SKIP() << "the kernel here does not offer what this attack needs";
  }
  EXPECT_FALSE(succeeds(attack, {}));
  const ProgramRun next = run_python("print(6 * 7)");
  EXPECT_EQ(next.output, "42\n") << "the next program is affected: " << next.outcome.detail;
}

const auto attack_name = [](const auto& attack) { return std::string(attack.param.name); };
INSTANTIATE_TEST_SUITE_P(Files, Attacks, testing::ValuesIn(file_attacks()), attack_name);
INSTANTIATE_TEST_SUITE_P(Processes, Attacks, testing::ValuesIn(process_attacks()), attack_name);
INSTANTIATE_TEST_SUITE_P(SystemCalls, Attacks, testing::ValuesIn(system_call_attacks()), attack_name);

TEST(Attacks, are_at_least_forty_mechanisms) {
  EXPECT_GE(file_attacks().size() + process_attacks().size() + system_call_attacks().size(), 40U);
}

TEST(Attacks, no_control_group_is_left) {
  RECKON_NEEDS_SANDBOX();
  run_python("print(1)");
  std::vector<std::string> left;
  find_folders("/sys/fs/cgroup", fmt::format("reckon-box-{}-", getpid()), left);
  EXPECT_THAT(left, testing::IsEmpty());
}

}  // namespace
}  // namespace reckon::suites::sandbox::test
