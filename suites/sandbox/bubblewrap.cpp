#include "suites/sandbox/bubblewrap.h"

#include <filesystem>

namespace reckon::suites::sandbox {
namespace fs = std::filesystem;
namespace {

class Arguments {
 public:
  template <typename... Words>
  void add(Words&&... words) {
    (list_.emplace_back(std::forward<Words>(words)), ...);
  }

  /// The same place inside as outside: a symbolic link as such, a folder bound read-only.
  void show(const char* path) {
    std::error_code error;
    if (fs::is_symlink(path, error)) {
      add("--symlink", fs::read_symlink(path, error).string(), path);
    } else if (fs::is_directory(path, error)) {
      add("--ro-bind", path, path);
    }
  }

  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::vector<std::string> list_;
};

/// Folders of programs and libraries, and of headers for a compiler. Nothing of /etc, /home, /root, /var.
void add_file_system(Arguments& arguments, const BoxSpec& spec) {
  const auto keeps = [&](Layer layer) { return !spec.without.contains(layer); };
  for (const char* folder : {"/usr/bin", "/usr/lib", "/usr/lib64", "/bin", "/lib", "/lib64"}) {
    arguments.show(folder);
  }
  if (spec.compiler) {
    arguments.show("/usr/include");
  }
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}) {
    arguments.add("--dev-bind", device, device);
  }
  if (!keeps(Layer::private_files)) {
    for (const char* folder : {"/etc", "/home", "/root", "/sys", "/var"}) {
      arguments.add(keeps(Layer::read_only_root) ? "--ro-bind-try" : "--bind-try", folder, folder);
    }
  }
  if (!keeps(Layer::no_proc)) {
    arguments.add("--proc", "/proc");
  }
  arguments.add("--perms", "0700");
  if (keeps(Layer::sized_tmp)) {
    arguments.add("--size", std::to_string(spec.limits.file_bytes));
  }
  arguments.add("--tmpfs", "/tmp");
}

}  // namespace

std::vector<std::string> bubblewrap_command(const BoxSpec& spec, const BubblewrapDescriptors& descriptors) {
  const auto keeps = [&](Layer layer) { return !spec.without.contains(layer); };
  Arguments arguments;
  arguments.add(kBubblewrap, "--unshare-user", "--die-with-parent", "--cap-drop", "ALL");
  if (keeps(Layer::pid_namespace)) {
    arguments.add("--unshare-pid");
  }
  if (keeps(Layer::ipc_namespace)) {
    arguments.add("--unshare-ipc");
  }
  if (keeps(Layer::uts_namespace)) {
    arguments.add("--unshare-uts", "--hostname", "box");
  }
  if (keeps(Layer::network_namespace)) {
    arguments.add("--unshare-net");
  }
  if (keeps(Layer::new_session)) {
    arguments.add("--new-session");
  }
  if (keeps(Layer::empty_environment)) {
    for (const auto& [name, value] : {std::pair{"PATH", "/usr/bin:/bin"},
                                      {"HOME", "/tmp"},
                                      {"LANG", "C.UTF-8"},
                                      {"PYTHONHASHSEED", "0"}}) {
      arguments.add("--setenv", name, value);
    }
  }
  add_file_system(arguments, spec);
  for (std::size_t i = 0; i < spec.files.size(); ++i) {
    arguments.add("--perms", spec.files[i].executable ? "0555" : "0444", "--ro-bind-data",
                  std::to_string(descriptors.files[i]), spec.files[i].path);
  }
  if (keeps(Layer::read_only_root)) {
    arguments.add("--remount-ro", "/");
  }
  arguments.add("--chdir", "/tmp", "--json-status-fd", std::to_string(descriptors.status));
  if (descriptors.filter >= 0) {
    arguments.add("--seccomp", std::to_string(descriptors.filter));
  }
  if (keeps(Layer::resource_limits)) {
    // Set inside, where the user namespace counts the box's processes alone. The control group, which says
    // that it refused one, is reached first.
    arguments.add(kPrlimit, "--nproc=" + std::to_string(spec.limits.processes + 8));
  }
  std::vector<std::string> words = arguments.take();
  words.insert(words.end(), spec.command.begin(), spec.command.end());
  return words;
}

}  // namespace reckon::suites::sandbox
