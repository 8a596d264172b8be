// Where control groups are looked for, on file trees that stand for /sys/fs/cgroup.

#include "suites/sandbox/control_group.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/support/shared_data.h"

namespace reckon::suites::sandbox {
namespace {

/// The tree whose folders get the files of version 2 as they are made; "" while there is none.
std::string& version_2_tree() {
  static std::string tree;
  return tree;
}
bool in_version_2_tree(const char* path) {
  return !version_2_tree().empty() && std::string_view(path).starts_with(version_2_tree());
}

constexpr const char* kVersion2Files[] = {"cgroup.procs",  "cgroup.controllers", "cgroup.subtree_control",
                                          "memory.max",    "memory.swap.max",    "memory.peak",
                                          "memory.events", "pids.max",           "pids.events",
                                          "cpu.stat"};

}  // namespace
}  // namespace reckon::suites::sandbox

// The kernel's part in version 2: a folder that is made there is a group with all its files, and a group is
// removed with them.
extern "C" int mkdir(const char* path, mode_t mode) noexcept {
  const auto made = static_cast<int>(syscall(SYS_mkdirat, -100, path, mode));  // AT_FDCWD
  if (made == 0 && reckon::suites::sandbox::in_version_2_tree(path)) {
    for (const char* file : reckon::suites::sandbox::kVersion2Files) {
      std::ofstream(std::string(path) + "/" + file) << "";
    }
  }
  return made;
}
extern "C" int rmdir(const char* path) noexcept {
  if (reckon::suites::sandbox::in_version_2_tree(path)) {
    for (const char* file : reckon::suites::sandbox::kVersion2Files) {
      unlink((std::string(path) + "/" + file).c_str());
    }
  }
  return static_cast<int>(syscall(SYS_unlinkat, -100, path, 0x200));  // AT_REMOVEDIR
}

namespace reckon::suites::sandbox {
namespace {

class FakeGroups {
 public:
  std::string folder(const std::string& name) const {
    std::filesystem::create_directories(folder_.file(name));
    return folder_.file(name);
  }
  void write(const std::string& path, const std::string& text) const {
    std::ofstream(folder_.file(path)) << text;
  }
  std::string read(const std::string& path) const {
    std::ostringstream text;
    text << std::ifstream(folder_.file(path)).rdbuf();
    return text.str();
  }
  const std::string& path() const { return folder_.path(); }

 private:
  reckon::test::TemporaryFolder folder_;
};

TEST(ControlGroups, none_are_mounted) {
  const ControlGroupPlace place = find_control_groups("22 1 0:5 / /proc rw - proc proc rw\n", "0::/\n");
  EXPECT_EQ(place.version, 0);
  EXPECT_FALSE(place.problem.empty());
  EXPECT_EQ(place.text(), "none");
}

TEST(ControlGroups, a_folder_that_gives_no_limit_files_is_passed_over) {
  // A plain folder: a group made in it has no memory.max, as where the controller is not handed down.
  const FakeGroups groups;
  groups.folder("unified");
  groups.write("unified/cgroup.controllers", "cpu memory pids\n");
  groups.write("unified/cgroup.subtree_control", "memory pids\n");
  const ControlGroupPlace place = find_control_groups(
      fmt::format("30 1 0:5 / {}/unified rw - cgroup2 cgroup2 rw\n", groups.path()), "0::/\n");
  EXPECT_EQ(place.version, 0);
  // The probe leaves nothing behind.
  for (const auto& entry : std::filesystem::directory_iterator(groups.path() + "/unified")) {
    EXPECT_FALSE(entry.is_directory()) << entry.path();
  }
}

/// A tree of version 2 with a group of our own, for the time of a test.
class Version2 : public testing::Test {
 protected:
  Version2() {
    groups_.folder("unified/user/job");
    for (const char* group : {"unified", "unified/user", "unified/user/job"}) {
      groups_.write(std::string(group) + "/cgroup.controllers", "cpu memory pids\n");
      groups_.write(std::string(group) + "/cgroup.subtree_control", "");
    }
    version_2_tree() = groups_.path() + "/unified";
  }
  ~Version2() override { version_2_tree().clear(); }

  ControlGroupPlace place() const {
    return find_control_groups(fmt::format("30 1 0:5 / {}/unified rw - cgroup2 cgroup2 rw\n", groups_.path()),
                               "0::/user/job\n");
  }
  /// The only group below our own, relative to the tree's folder.
  std::string box() const {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(groups_.path() + "/unified/user/job")) {
      if (!entry.is_directory()) continue;
      EXPECT_TRUE(found.empty());
      found = "unified/user/job/" + entry.path().filename().string();
    }
    return found;
  }

  FakeGroups groups_;
};

TEST_F(Version2, the_own_group_is_where_boxes_are_made) {
  const ControlGroupPlace found = place();
  EXPECT_EQ(found.version, 2);
  EXPECT_EQ(found.text(), "v2 (memory, pids)");
  EXPECT_EQ(found.folders.at("memory"), groups_.path() + "/unified/user/job");
  EXPECT_EQ(groups_.read("unified/user/job/cgroup.subtree_control"), "+memory +pids");
  EXPECT_EQ(box(), "");  // the probe is gone
}

TEST_F(Version2, a_group_without_the_controllers_is_passed_over) {
  groups_.write("unified/user/job/cgroup.controllers", "cpu\n");
  EXPECT_EQ(place().folders.at("pids"), groups_.path() + "/unified");
  for (const char* group : {"unified", "unified/user/job"}) {
    groups_.write(std::string(group) + "/cgroup.controllers", "cpu memory\n");
  }
  EXPECT_EQ(place().version, 0);
}

TEST_F(Version2, a_box_has_its_limits_and_its_use_is_read) {
  std::string own;
  {
    const ControlGroup group(place(), std::size_t{64} << 20, 8);
    own = box();
    EXPECT_EQ(groups_.read(own + "/memory.max"), "67108864");
    EXPECT_EQ(groups_.read(own + "/memory.swap.max"), "0");
    EXPECT_EQ(groups_.read(own + "/pids.max"), "11");  // and bubblewrap's own three
    ASSERT_EQ(group.entrances().size(), 1U);
    EXPECT_EQ(write(group.entrances()[0], "0", 1), 1);
    EXPECT_EQ(groups_.read(own + "/cgroup.procs"), "0");
    EXPECT_EQ(group.cpu_seconds(), std::nullopt);
    groups_.write(own + "/cpu.stat", "usage_usec 1500000\nuser_usec 900000\n");
    groups_.write(own + "/memory.peak", "4096\n");
    groups_.write(own + "/memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n");
    groups_.write(own + "/pids.events", "max 4\n");
    EXPECT_EQ(group.cpu_seconds(), 1.5);
    EXPECT_EQ(group.peak_bytes(), 4096U);
    EXPECT_EQ(group.memory_kills(), 2);
    EXPECT_EQ(group.refused_processes(), 4);
    groups_.write(own + "/cgroup.procs", "");
  }
  EXPECT_FALSE(std::filesystem::exists(groups_.path() + "/" + own));
}

TEST_F(Version2, groups_that_cannot_be_made_are_an_error) {
  ControlGroupPlace gone = place();
  for (auto& [controller, folder] : gone.folders) folder += "/gone";
  EXPECT_THROW(ControlGroup(gone, 1 << 20, 1), Error);
}

TEST(ControlGroups, lines_that_are_cut_off_are_passed_over) {
  EXPECT_EQ(find_control_groups("30 1\n31 1 0:5 / /x rw -\ncgroup - cgroup2\n", ":\n4\n").version, 0);
}

}  // namespace
}  // namespace reckon::suites::sandbox
