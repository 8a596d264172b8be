#include "suites/config/suite_file.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using reckon::test::TemporaryFolder;
using test::error_of;

TEST(SuiteFile, OwnKeysReplaceIncludedOnes) {
  const TemporaryFolder folder;
  folder.write("base.yaml", "task: base\nmetadata:\n  version: 1\n  note: old\nrepeats: 4\n");
  const std::string path =
      folder.write("own.yaml", "include: base.yaml\ntask: own\nmetadata:\n  version: 2\n");
  const SuiteFile file(path);
  EXPECT_EQ(json::dump(file.root()), R"({"repeats":4,"task":"own","metadata":{"version":2}})");
  EXPECT_EQ(file.where("repeats"), folder.file("base.yaml") + ": line 5");
  EXPECT_EQ(file.where("metadata.version"), path + ": line 4");
  EXPECT_EQ(file.where("metadata.note"), path + ": line 3") << "the included line must not be named";
  EXPECT_EQ(file.files().size(), 2U);
}

TEST(SuiteFile, IncludesAListInOrder) {
  const TemporaryFolder folder;
  folder.write("a.yaml", "x: 1\ny: 1\n");
  folder.write("b.yaml", "y: 2\n");
  const SuiteFile file(folder.write("c.yaml", "include: [a.yaml, b.yaml]\nz: 3\n"));
  EXPECT_EQ(json::dump(file.root()), R"({"x":1,"y":2,"z":3})");
}

TEST(SuiteFile, NamesTheChainOfAnIncludeCycle) {
  const TemporaryFolder folder;
  folder.write("a.yaml", "include: b.yaml\n");
  folder.write("b.yaml", "include: a.yaml\n");
  const std::string message = error_of([&] { SuiteFile{folder.file("a.yaml")}; });
  EXPECT_NE(message.find("includes itself"), std::string::npos) << message;
  EXPECT_NE(message.find("b.yaml"), std::string::npos) << message;
  folder.write("self.yaml", "include: ./self.yaml\n");
  EXPECT_NE(error_of([&] { SuiteFile{folder.file("self.yaml")}; }).find("includes itself"),
            std::string::npos);
}

TEST(SuiteFile, StopsDeepChains) {
  const TemporaryFolder folder;
  for (int i = 0; i < 30; ++i) {
    folder.write("f" + std::to_string(i) + ".yaml", "include: f" + std::to_string(i + 1) + ".yaml\n");
  }
  folder.write("f30.yaml", "x: 1\n");
  EXPECT_NE(error_of([&] { SuiteFile{folder.file("f0.yaml")}; }).find("levels of `include`"),
            std::string::npos);
  EXPECT_EQ(error_of([&] { SuiteFile{folder.file("f20.yaml")}; }), "");
}

TEST(SuiteFile, MissingIncludeNamesFileAndLine) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.yaml", "task: x\ninclude: no.yaml\n");
  const std::string message = error_of([&] { SuiteFile{path}; });
  EXPECT_NE(message.find(path + ": line 2"), std::string::npos) << message;
  EXPECT_NE(message.find("no.yaml"), std::string::npos) << message;
}

TEST(SuiteFile, RefusesWhatIsNoMapping) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.yaml", "- 1\n- 2\n");
  EXPECT_NE(error_of([&] { SuiteFile{path}; }).find("mapping"), std::string::npos);
}

}  // namespace
}  // namespace reckon::suites
