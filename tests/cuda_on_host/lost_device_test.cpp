// A device that is lost in mid-run ends what runs on it with an error that says what to do: nothing aborts,
// and what was recorded stays.
#include <filesystem>
#include <functional>

#include <gmock/gmock.h>

#include "base/error.h"
#include "harness/commands.h"
#include "harness/engine_model.h"
#include "harness/time_layers.h"
#include "kernels/benchmarks/communication.h"
#include "kernels/cuda/backend.h"
#include "tests/cuda_on_host/lost_device.h"
#include "tests/end_to_end/run_records.h"
#include "tests/engine/generation/tiny_models.h"
#include "tests/support/shared_data.h"

namespace reckon::cuda_on_host {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// With the device lost after `launches`: whether `work` fails, and as it should.
bool loses_device(std::int64_t launches, const std::function<void()>& work) {
  lose_device_after(launches);
  bool failed = false;
  try {
    work();
  } catch (const Error& error) {
    failed = true;
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("cudaErrorLaunchFailure"), HasSubstr("nvidia-smi")));
  }
  find_device_again();
  return failed;
}

/// Loses the device at one launch after another of those that `work` makes, and farther apart the more there
/// are.
void lose_device_everywhere(const std::function<void()>& work) {
  int failures = 0;
  for (std::int64_t launches = 0; loses_device(launches, work); launches += 1 + launches / 4) ++failures;
  EXPECT_GT(failures, 5);
}

class LostDevice : public testing::Test {
 protected:
  LostDevice() : folder_(engine::test::write_tiny_chat_model()) {}
  ~LostDevice() override {
    find_device_again();
    std::filesystem::remove_all(folder_);
  }

  /// Answers one question on a model of its own.
  void answer(const std::string& arguments) const {
    const auto model = harness::make_engine_model(folder_, "load_format=dummy," + arguments, "cuda");
    harness::ModelRequest request;
    request.id = 1;
    request.text = "2 + 2 =";
    request.sampling.max_tokens = 4;
    model->submit(request);
    while (model->in_flight() > 0) {
      for (const harness::ModelEvent& event : model->poll(0.0)) EXPECT_EQ(event.completion.error, "");
    }
  }

  std::string folder_;
};

TEST_F(LostDevice, EndsTheEngineWithAnError) {
  lose_device_everywhere([&] { answer("threads=1"); });
}

TEST_F(LostDevice, EndsADividedModelWithAnError) {
  for (const std::int64_t launches : {0, 20, 100}) {
    lose_device_after(launches);
    try {
      answer("communicator=threads,tensor_parallel_size=2");
      ADD_FAILURE() << "the device was lost";
    } catch (const Error& error) {  // of the rank that came to it first, or of one that waited for that rank
      EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    }
  }
}

TEST_F(LostDevice, EndsTheTimingOfLayersWithAnError) {
  harness::LayerTimingOptions options;
  options.prompt_tokens = 4;
  options.decode_sequences = 2;
  options.context_tokens = 4;
  options.repetitions = 1;
  harness::ModelArguments model;
  model.model = folder_;
  model.model_args = "load_format=dummy";
  model.device = "cuda";
  for (const std::int64_t launches : {0, 1, 7, 50})
    EXPECT_TRUE(loses_device(launches, [&] { harness::time_layers(model, options); }));
}

TEST_F(LostDevice, EndsTheTimingOfCommunicationWithAnError) {
  kernels::CommunicationOptions options;
  options.least_bytes = options.most_bytes = 64;
  options.repetitions = 1;
  options.calls = 1;
  options.make_backend = [](const kernels::BackendOptions& own) {
    return std::make_unique<kernels::cuda_on_host::CudaBackend>(own);
  };
  for (const std::int64_t launches : {0, 1, 3}) {
    lose_device_after(launches);
    try {
      kernels::run_communication_benchmarks(options);
      ADD_FAILURE() << "the device was lost";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    }
  }
}

/// The exit code of `reckon run`, and its message.
std::pair<int, std::string> run(const harness::RunCommand& command) {
  try {
    return {harness::run(command, {"reckon", "run"}), ""};
  } catch (const Error& error) {
    return {static_cast<int>(error.code()), error.what()};
  }
}

TEST_F(LostDevice, EndsARunThatGoesOnLaterWhereItStopped) {
  constexpr std::size_t kDocuments = 5;
  const test::TemporaryFolder folder;
  std::string rows;
  for (std::size_t i = 0; i < kDocuments; ++i)
    rows += fmt::format("{{\"question\": \"{} + 1 =\", \"answer\": \"{}\"}}\n", i, i + 1);
  folder.write("data/rows.jsonl", rows);
  folder.write("suites/sums.yaml",
               "task: sums\n"
               "dataset_path: json\n"
               "dataset_kwargs: {data_files: rows.jsonl}\n"
               "output_type: generate_until\n"
               "doc_to_text: question\n"
               "doc_to_target: answer\n"
               "generation_kwargs: {max_gen_toks: 4}\n"
               "reckon:\n"
               "  extraction: [last_number]\n"
               "  grader: numeric\n");
  harness::RunCommand command;
  command.model.model = folder_;
  command.model.model_args = "load_format=dummy";
  command.model.device = "cuda";
  command.tasks.tasks = "sums";
  command.tasks.include_path = {folder.file("suites")};
  command.tasks.data_dir = folder.file("data");
  command.quiet = true;
  command.max_in_flight = 1;
  command.output_path = folder.file("whole");
  ASSERT_EQ(run(command), std::pair(0, std::string()));
  const auto expected = test::verdicts_of_run(command.output_path, "sums");
  ASSERT_EQ(expected.size(), kDocuments);

  command.output_path = folder.file("lost");
  std::size_t records = 0;
  int lost_with_records = 0;
  for (std::int64_t launches = 1;; launches *= 2) {
    lose_device_after(launches);
    const auto [exit_code, message] = run(command);
    find_device_again();
    const std::size_t now = test::complete_records(command.output_path, "sums");
    EXPECT_GE(now, records) << "records were lost";
    records = now;
    if (exit_code == 0) break;
    ASSERT_EQ(exit_code, 3) << message;
    EXPECT_THAT(message, AllOf(HasSubstr("cudaErrorLaunchFailure"), HasSubstr("nvidia-smi")));
    lost_with_records += records > 0 ? 1 : 0;
  }
  EXPECT_GE(lost_with_records, 1) << "no run was lost in the middle of its work";
  EXPECT_EQ(test::verdicts_of_run(command.output_path, "sums"), expected);
}

}  // namespace
}  // namespace reckon::cuda_on_host
