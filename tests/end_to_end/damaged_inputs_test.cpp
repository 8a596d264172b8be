// What the finished program says to files that are damaged or hostile: exit code 2, and the file's name.

#include <bit>
#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "tests/end_to_end/process.h"
#include "tests/engine/formats/file_builders.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;

class DamagedInputs : public testing::Test {
 protected:
  static void expect_blamed(const std::vector<std::string>& words, const std::string& path,
                            const std::string& complaint, const std::string& input = "") {
    SCOPED_TRACE(path);
    const ProcessResult result = reckon(words, input);
    EXPECT_EQ(result.signal, 0);
    EXPECT_EQ(result.exit_code, 2) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(path));
    EXPECT_THAT(result.errors, HasSubstr(complaint));
  }

  /// A folder with a sound config.json and these weights; returns the path of the weights.
  std::string write_model(const std::string& weights) const {
    folder_.write("model/config.json", tiny_llama_config());
    return folder_.write("model/model.safetensors", weights);
  }

  /// A suite whose rows are that file's.
  std::vector<std::string> run_of(const std::string& rows) const {
    folder_.write("suites/rows.yaml", "task: rows\ndataset_path: json\ndataset_kwargs: {data_files: " + rows +
                                          "}\ndoc_to_text: question\ndoc_to_target: answer\nreckon:\n"
                                          "  extraction: [last_boxed]\n  grader: math\n");
    folder_.write("script.json", R"({"replies": {"first": "\\boxed{4}"}})");
    return {"run",
            "--model",
            "scripted",
            "--model-args",
            "script=" + folder_.file("script.json"),
            "--tasks",
            "rows",
            "--include-path",
            folder_.file("suites"),
            "--output-path",
            folder_.file("run"),
            "--quiet"};
  }

  const TemporaryFolder folder_;
};

TEST_F(DamagedInputs, AGgufFileThatEndsTooEarly) {
  const std::string whole = tiny_llama_gguf(true).build();
  EXPECT_EQ(reckon({"inspect", "--model", folder_.write("whole.gguf", whole)}).exit_code, 0);
  for (const std::size_t bytes : {std::size_t{3}, std::size_t{100}, whole.size() / 2, whole.size() - 64}) {
    SCOPED_TRACE(bytes);
    const std::string path = folder_.write("cut.gguf", whole.substr(0, bytes));
    expect_blamed({"inspect", "--model", path}, path, "");
  }
}

TEST_F(DamagedInputs, TensorsThatShareBytes) {
  const std::string path =
      write_model(safetensors_file(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
                                   R"("b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}})",
                                   std::string(24, '\0')));
  expect_blamed({"inspect", "--model", folder_.file("model")}, path, "overlaps");
}

TEST_F(DamagedInputs, WeightsThatAreNoNumbers) {
  const std::string nan = little_endian(std::bit_cast<std::uint32_t>(NAN), 4);
  const std::string path = write_model(safetensors_file({{"a", "F32", {1}, 4, nan}}));
  expect_blamed({"inspect", "--verify", "--model", folder_.file("model")}, path, "'a'");
}

TEST_F(DamagedInputs, AChatTemplateThatRunsForEver) {
  const std::string model = folder_.file("model");
  std::filesystem::copy(source_file("models/reckon-demo-dense"), model);
  json::Document config = json::parse_file(model + "/tokenizer_config.json");
  config["chat_template"] = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
  write_file_atomically(model + "/tokenizer_config.json", json::dump(config));
  expect_blamed({"template", "--model", model}, model + ": chat template", "more steps than it may",
                R"([{"role": "user", "content": "hello"}])");
}

TEST_F(DamagedInputs, RowsOfADataset) {
  const std::string sound = "{\"question\": \"first\", \"answer\": \"4\"}\n";
  const std::string no_json = folder_.write("no_json.jsonl", sound + "{\"question\": \n");
  expect_blamed(run_of(no_json), no_json, "line 2");
  const std::string no_text =
      folder_.write("no_text.jsonl", sound + "{\"question\": \"fir\xff\xfest\", \"answer\": \"4\"}\n");
  expect_blamed(run_of(no_text), no_text, "line 2: not valid UTF-8");
  EXPECT_FALSE(std::filesystem::exists(folder_.file("run/samples")));
}

TEST_F(DamagedInputs, AConfigThatIsNoText) {
  write_model(tiny_llama_safetensors());
  const std::string path = folder_.write("model/config.json", "{\"model_type\": \"lla\xffma\"}");
  expect_blamed({"inspect", "--model", folder_.file("model")}, path, "Invalid encoding");
}

}  // namespace
}  // namespace reckon::test
