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

TEST(Catalogue, GroupsHaveMetricsMembersAndSettingsForTheirTasks) {
  const TemporaryFolder folder;
  folder.write("a.yaml", suite("alpha", "tag: greek\n"));
  folder.write("b.yaml", suite("beta", "tag: greek\n"));
  folder.write("c.yaml", suite("gamma"));
  folder.write("g.yaml",
               "group: all\ngroup_alias: All of them\nnum_fewshot: 3\n"
               "task:\n  - greek\n  - group: inner\n    task:\n      - {task: gamma, task_alias: third, "
               "num_fewshot: 5}\n"
               "    aggregate_metric_list: {metric: acc, filter_list: none, weight_by_size: false}\n"
               "aggregate_metric_list:\n  - {metric: exact_match, aggregation: mean}\n"
               "metadata: {version: 2.0}\n");
  const Catalogue catalogue({}, folder.path(), {});
  const std::vector<TaskGroup> groups = catalogue.groups_of({"all", "gamma"});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].name, "all::inner");
  EXPECT_EQ(groups[0].tasks, Names{"gamma"});
  EXPECT_EQ(groups[0].metrics.at(0).metric, "acc");
  EXPECT_EQ(groups[0].metrics.at(0).filters, Names{"none"});
  EXPECT_FALSE(groups[0].metrics.at(0).weight_by_size);
  EXPECT_EQ(groups[1].alias, "All of them");
  EXPECT_EQ(groups[1].version, "2.0");
  EXPECT_EQ(groups[1].members, (Names{"alpha", "beta", "all::inner"}));
  EXPECT_EQ(groups[1].tasks, (Names{"alpha", "beta", "gamma"}));
  EXPECT_TRUE(groups[1].metrics.at(0).filters.empty());
  EXPECT_TRUE(groups[1].metrics.at(0).weight_by_size);
  const auto tasks = catalogue.load("all");
  ASSERT_EQ(names_of(tasks), (Names{"alpha", "beta", "gamma"}));
  EXPECT_EQ(tasks[0]->num_fewshot(), 3);
  EXPECT_EQ(tasks[2]->num_fewshot(), 5);
  EXPECT_EQ(tasks[2]->alias(), "third");
  EXPECT_EQ(catalogue.load("gamma").at(0)->num_fewshot(), 0);
  EXPECT_TRUE(catalogue.groups_of({"greek", "alpha"}).empty());
}

TEST(Catalogue, BadGroupsNameTheFileAndTheLine) {
  const TemporaryFolder folder;
  folder.write("a.yaml", suite("alpha"));
  folder.write("item.yaml", "group: item\ntask:\n  - alpha\n  - [beta]\n");
  folder.write("metric.yaml", "group: metric\ntask: [alpha]\naggregate_metric_list:\n  - {metrik: acc}\n");
  folder.write("key.yaml",
               "group: key\ntask: [alpha]\naggregate_metric_list:\n  - metric: acc\n    "
               "wieght_by_size: true\n");
  folder.write("how.yaml",
               "group: how\ntask: [alpha]\naggregate_metric_list: [{metric: acc, aggregation: "
               "median}]\n");
  folder.write("setting.yaml", "group: setting\ntask:\n  - {task: alpha, num_fewshoot: 5}\n");
  const Catalogue catalogue({}, folder.path(), {});
  const auto message = [&](const char* name) { return error_of([&] { catalogue.load(name); }); };
  EXPECT_NE(message("item").find("item.yaml: line 4"), std::string::npos) << message("item");
  EXPECT_NE(message("metric").find("metric.yaml: line 4"), std::string::npos) << message("metric");
  EXPECT_NE(message("key").find("did you mean 'weight_by_size'"), std::string::npos) << message("key");
  EXPECT_NE(message("how").find("must be 'mean'"), std::string::npos) << message("how");
  EXPECT_NE(message("setting").find("setting.yaml: line 3"), std::string::npos) << message("setting");
  EXPECT_NE(message("setting").find("did you mean 'num_fewshot'"), std::string::npos) << message("setting");
}

TEST(Catalogue, GroupsThatHoldThemselvesEnd) {
  const TemporaryFolder folder;
  folder.write("g.yaml", "group: g\ntask: [h]\n");
  folder.write("h.yaml", "group: h\ntask: [g]\n");
  const Catalogue catalogue({}, folder.path(), {});
  EXPECT_NE(error_of([&] { catalogue.load("g"); }).find("no task"), std::string::npos);
  EXPECT_EQ(catalogue.groups_of({"g"}).size(), 2U);
}

}  // namespace
}  // namespace reckon::suites
