#include "suites/scoring.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using reckon::test::TemporaryFolder;
using test::error_of;

using Texts = std::vector<std::string>;

TEST(GivenOutputs, ReadsBothForms) {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("o.jsonl",
                   "{\"doc_id\": 3, \"resps\": [\"a\", \"b\"]}\n"
                   "{\"doc_id\": 0, \"doc\": {}, \"resps\": [[\"c\", \"d\"]], \"filtered_resps\": [\"c\"], "
                   "\"exact_match\": 1.0, \"doc_hash\": \"h\"}\n"
                   "{\"doc_id\": 1, \"resps\": [[[-1.5, false]], [[\"-0.5\", \"True\"]]], \"acc\": 1.0}\n");
  const std::vector<GivenOutput> outputs = read_given_outputs(path);
  ASSERT_EQ(outputs.size(), 3U);
  EXPECT_EQ(outputs[0].doc_id, 3);
  EXPECT_EQ(outputs[0].responses, (Texts{"a", "b"}));
  EXPECT_FALSE(outputs[0].reported.has_value());
  EXPECT_EQ(outputs[1].responses, (Texts{"c", "d"}));
  EXPECT_EQ(outputs[1].reported, 1.0);
  EXPECT_EQ(outputs[1].doc_hash, "h");
  EXPECT_EQ(outputs[1].line, 2U);
  EXPECT_EQ(outputs[2].loglikelihoods, (std::vector<double>{-1.5, -0.5}));
  EXPECT_EQ(outputs[2].greedy, (std::vector<bool>{false, true}));
}

TEST(GivenOutputs, OneLinePerFilterCountsOnce) {
  const TemporaryFolder folder;
  const std::string path = folder.write("o.jsonl",
                                        "{\"doc_id\":0,\"resps\":[[\"a\"]],\"filter\":\"strict\"}\n"
                                        "{\"doc_id\":0,\"resps\":[[\"a\"]],\"filter\":\"loose\"}\n");
  EXPECT_EQ(read_given_outputs(path).size(), 1U);
  const std::string other =
      folder.write("p.jsonl", "{\"doc_id\":0,\"resps\":[\"a\"]}\n{\"doc_id\":0,\"resps\":[\"b\"]}\n");
  EXPECT_NE(error_of([&] { read_given_outputs(other); }).find(other + ": line 2"), std::string::npos);
}

TEST(GivenOutputs, BadLinesNameFileAndLine) {
  const TemporaryFolder folder;
  for (const char* line :
       {"nonsense", "[]", "{\"resps\":[\"a\"]}", "{\"doc_id\":-1,\"resps\":[\"a\"]}",
        "{\"doc_id\":\"x\",\"resps\":[\"a\"]}", "{\"doc_id\":1}", "{\"doc_id\":1,\"resps\":[]}",
        "{\"doc_id\":1,\"resps\":[3]}", "{\"doc_id\":1,\"resps\":[[\"a\",3]]}", "{\"doc_id\":1,\"resps\":{}}",
        "{\"doc_id\":1,\"resps\":[\"\xFF\"]}"}) {
    const std::string path =
        folder.write("o.jsonl", "{\"doc_id\":0,\"resps\":[\"a\"]}\n" + std::string(line) + "\n");
    EXPECT_NE(error_of([&] { read_given_outputs(path); }).find(path + ": line 2"), std::string::npos) << line;
  }
  EXPECT_NE(error_of([&] { read_given_outputs(folder.write("e.jsonl", "\n")); }), "");
}

}  // namespace
}  // namespace reckon::suites
