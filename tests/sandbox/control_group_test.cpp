// Where control groups are looked for, on file trees that stand for /sys/fs/cgroup.

#include "suites/sandbox/control_group.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/shared_data.h"

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

TEST(ControlGroups, lines_that_are_cut_off_are_passed_over) {
  EXPECT_EQ(find_control_groups("30 1\n31 1 0:5 / /x rw -\ncgroup - cgroup2\n", ":\n4\n").version, 0);
}

}  // namespace
}  // namespace reckon::suites::sandbox
