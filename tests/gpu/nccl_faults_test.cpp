// What becomes of ranks that do not answer, by a library made for the test in place of NCCL: no device is
// needed.
#include <cstdlib>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/shared_library.h"
#include "kernels/cuda/nccl_communicator.h"

namespace reckon::kernels::cuda {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class NcclFaults : public testing::Test {
 protected:
  void SetUp() override {
    use_nccl_library(RECKON_FAKE_NCCL);
    setenv("RECKON_NCCL_TIMEOUT", "0.05", 1);
  }
  void TearDown() override {
    unsetenv("FAKE_NCCL");
    unsetenv("RECKON_NCCL_TIMEOUT");
  }
  static std::string error_of(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::not_evaluated);
      return error.what();
    }
    return "none";
  }
};

TEST_F(NcclFaults, RanksThatAnswerExchangeData) {
  const auto ranks = make_nccl_communicators(2);
  EXPECT_EQ(error_of([&] { ranks[1]->all_gather(nullptr, nullptr, 16, nullptr); }), "none");
  EXPECT_EQ(error_of([&] { ranks[1]->all_to_all(nullptr, nullptr, 16, nullptr); }), "none");
  ASSERT_TRUE(ranks[1]->has_own_sums());
  for (const auto kind : {Communicator::OwnSum::all_reduce, Communicator::OwnSum::reduce_scatter})
    EXPECT_EQ(error_of([&] { ranks[1]->own_sum(kind, nullptr, nullptr, 16, nullptr); }), "none");
  EXPECT_EQ(error_of([&] { ranks[1]->wait_until([] { return true; }); }), "none");
}

TEST_F(NcclFaults, RanksThatNeverAnswerAreAnErrorWithTheRemedy) {
  setenv("FAKE_NCCL", "silent", 1);
  const auto ranks = make_nccl_communicators(2);
  EXPECT_THAT(error_of([&] { ranks[1]->all_gather(nullptr, nullptr, 16, nullptr); }),
              AllOf(HasSubstr("rank 1 of 2: joining the other ranks got no answer"),
                    HasSubstr("nvidia-smi topo -m"), HasSubstr("RECKON_NCCL_TIMEOUT")));
}

TEST_F(NcclFaults, AStepThatOthersNeverFinishEndsTooAndLeavesNothingWaiting) {
  const SharedLibrary fake(RECKON_FAKE_NCCL);
  int (*aborted)() = nullptr;
  ASSERT_TRUE(fake.find(aborted, "fake_nccl_aborted"));
  const auto ranks = make_nccl_communicators(2);
  ranks[0]->all_gather(nullptr, nullptr, 16, nullptr);
  const int before = aborted();
  EXPECT_THAT(error_of([&] { ranks[0]->wait_until([] { return false; }); }),
              HasSubstr("rank 0 of 2: a step got no answer"));
  EXPECT_EQ(aborted(), before + 1) << "its kernels would keep the queue that a back end's end waits for";
}

TEST_F(NcclFaults, RanksReadNoMemoryOfEachOtherUnlessTheUserSaysSo) {
  unsetenv("NCCL_P2P_DIRECT_DISABLE");
  make_nccl_communicators(2);
  EXPECT_STREQ(getenv("NCCL_P2P_DIRECT_DISABLE"), "1");
  setenv("NCCL_P2P_DIRECT_DISABLE", "0", 1);
  make_nccl_communicators(2);
  EXPECT_STREQ(getenv("NCCL_P2P_DIRECT_DISABLE"), "0");
  unsetenv("NCCL_P2P_DIRECT_DISABLE");
}

TEST_F(NcclFaults, ALostRankIsToldByTheOthers) {
  const auto ranks = make_nccl_communicators(2);
  ranks[0]->all_gather(nullptr, nullptr, 16, nullptr);
  setenv("FAKE_NCCL", "lost", 1);
  EXPECT_THAT(error_of([&] { ranks[0]->all_gather(nullptr, nullptr, 16, nullptr); }),
              AllOf(HasSubstr("remote process exited"), HasSubstr("NCCL_DEBUG=WARN")));
}

TEST_F(NcclFaults, AnAbortedRankStopsAndGivesItsCommunicatorBack) {
  const SharedLibrary fake(RECKON_FAKE_NCCL);
  int (*aborted)() = nullptr;
  ASSERT_TRUE(fake.find(aborted, "fake_nccl_aborted"));
  const auto ranks = make_nccl_communicators(2);
  ranks[0]->all_gather(nullptr, nullptr, 16, nullptr);
  const int before = aborted();
  ranks[0]->abort();
  EXPECT_EQ(aborted(), before + 1);
  EXPECT_EQ(error_of([&] { ranks[0]->all_gather(nullptr, nullptr, 16, nullptr); }), "another rank failed");
}

TEST_F(NcclFaults, AnOldLibraryIsRefused) {
  setenv("FAKE_NCCL", "old", 1);
  EXPECT_THAT(error_of([] { make_nccl_communicators(2); }), HasSubstr("2.14 or later is needed"));
}

}  // namespace
}  // namespace reckon::kernels::cuda
