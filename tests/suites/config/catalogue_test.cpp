#include "suites/config/catalogue.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using reckon::test::TemporaryFolder;
using test::error_of;

std::string suite(const std::string& name, const std::string& more = "") {
  return "task: " + name + "\ndoc_to_text: q\ndoc_to_target: a\nreckon: {dataset: d.jsonl, summary: S}\n" +
         more;
}

std::vector<std::string> names_of(const std::vector<std::shared_ptr<Task>>& tasks) {
  std::vector<std::string> names;
  for (const auto& task : tasks) {
    names.push_back(task->name());
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(Catalogue, ExpandsTagsGroupsAndWildcards) {
  const TemporaryFolder folder;
  folder.write("a.yaml", suite("alpha", "tag: [greek]\n"));
  folder.write("b.yaml", suite("beta", "tag: greek\n"));
  folder.write("g.yaml", "group: both\ntask: [beta, alpha]\n");
  folder.write("_base.yaml", "repeats: 2\n");
  const Catalogue catalogue({}, folder.path(), {});
  EXPECT_EQ(catalogue.names(), (Names{"alpha", "beta", "both", "greek"}));
  EXPECT_EQ(names_of(catalogue.load("greek")), (Names{"alpha", "beta"}));
  EXPECT_EQ(names_of(catalogue.load("both")), (Names{"beta", "alpha"}));
  EXPECT_EQ(names_of(catalogue.load("*a")), (Names{"alpha", "beta"}));
  EXPECT_EQ(names_of(catalogue.load_all({"beta", "greek"})), (Names{"beta", "alpha"}));
  EXPECT_EQ(names_of(catalogue.load(folder.file("b.yaml"))), (Names{"beta"}));
}

TEST(Catalogue, UnknownTasksNameTheNearest) {
  const TemporaryFolder folder;
  folder.write("a.yaml", suite("demo_logic"));
  const Catalogue catalogue({}, folder.path(), {});
  const std::string message = error_of([&] { catalogue.load("demo_logik"); });
  EXPECT_NE(message.find("unknown task 'demo_logik'"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'demo_logic'"), std::string::npos) << message;
  EXPECT_NE(error_of([&] { catalogue.load("none*"); }), "");
}

TEST(Catalogue, IncludedFoldersHideShippedSuites) {
  const TemporaryFolder own;
  const TemporaryFolder shipped;
  own.write("x.yaml", suite("alpha"));
  shipped.write("a.yaml", suite("alpha"));
  shipped.write("b.yaml", suite("beta"));
  const Catalogue catalogue({own.path()}, shipped.path(), {});
  EXPECT_EQ(catalogue.load("alpha").at(0)->source_path(), own.file("x.yaml"));
  EXPECT_EQ(catalogue.names(), (Names{"alpha", "beta"}));
  EXPECT_NE(error_of([] { Catalogue({"/no/such/folder"}, "", {}); }).find("/no/such/folder"),
            std::string::npos);
}

TEST(Catalogue, ABrokenFileIsAnErrorOnlyWhenAskedFor) {
  const TemporaryFolder folder;
  folder.write("good.yaml", suite("good"));
  folder.write("bad.yaml", "task: bad\n  x: [\n");
  const Catalogue catalogue({}, folder.path(), {});
  EXPECT_EQ(names_of(catalogue.load("good")), Names{"good"});
  EXPECT_NE(error_of([&] { catalogue.load("bad"); }).find("not valid YAML"), std::string::npos);
}

TEST(Catalogue, OneNameInTwoFilesIsAnError) {
  const TemporaryFolder folder;
  folder.write("a.yaml", suite("alpha"));
  folder.write("b.yaml", suite("alpha"));
  const Catalogue catalogue({}, folder.path(), {});
  EXPECT_NE(error_of([&] { catalogue.load("alpha"); }).find("defined in"), std::string::npos);
}

TEST(Catalogue, GroupsThatHoldThemselvesEnd) {
  const TemporaryFolder folder;
  folder.write("g.yaml", "group: g\ntask: [h]\n");
  folder.write("h.yaml", "group: h\ntask: [g]\n");
  const Catalogue catalogue({}, folder.path(), {});
  EXPECT_NE(error_of([&] { catalogue.load("g"); }).find("no task"), std::string::npos);
}

}  // namespace
}  // namespace reckon::suites
