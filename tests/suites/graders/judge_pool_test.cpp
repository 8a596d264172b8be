#include "suites/graders/workers/judge_pool.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "suites/graders/workers/frame.h"
#include "suites/graders/workers/judge_worker.h"
#include "suites/graders/workers/pair_message.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using math::Evidence;
using test::error_of;

JudgePoolSettings settings(int workers = 1) { return {RECKON_JUDGE_WORKER_THAT_ENDS, {}, workers}; }

TEST(JudgePool, JudgesAsTheLibraryDoes) {
  JudgePool pool(settings());
  EXPECT_TRUE(pool.judge("7", "7", {}).equal);
  const math::Judgement different = pool.judge("7", "8", {});
  EXPECT_FALSE(different.equal);
  EXPECT_EQ(different.evidence, Evidence::proven_different);
  EXPECT_EQ(pool.started(), 1) << "one worker serves many pairs";
}

TEST(JudgePool, AWorkerThatEndsCostsOnePair) {
  JudgePool pool(settings());
  std::vector<const char*> endings = {"abort"};
  if (kWorkersAreLimited) endings.insert(endings.end(), {"deep", "memory"});
  for (const char* ending : endings) {
    const math::Judgement judgement = pool.judge(ending, "1", {});
    EXPECT_FALSE(judgement.equal) << ending;
    EXPECT_EQ(judgement.evidence, Evidence::not_decided) << ending;
    EXPECT_TRUE(judgement.detail.starts_with("not decided (limit)")) << judgement.detail;
    EXPECT_TRUE(pool.judge("7", "7", {}).equal) << "the pair after " << ending;
  }
}

TEST(JudgePool, AVerdictDoesNotDependOnThePairsBefore) {
  JudgePool pool(settings());
  EXPECT_TRUE(pool.judge("7", "7", {}).equal);
  // The worker that has judged a pair aborts; a fresh one is asked before the pair is given up.
  EXPECT_EQ(pool.judge("only when fresh", "only when fresh", {}).evidence, Evidence::text_match);
  EXPECT_EQ(pool.started(), 2);
}

TEST(JudgePool, AKillFromOutsideIsNoVerdict) {
  JudgePool pool(settings());
  const std::string killed = error_of([&] { pool.judge("killed", "1", {}); });
  EXPECT_NE(killed.find("signal 9"), std::string::npos) << killed;
  const std::string left = error_of([&] { pool.judge("exit", "1", {}); });
  EXPECT_NE(left.find("exit code 0"), std::string::npos) << left;
  EXPECT_TRUE(pool.judge("7", "7", {}).equal);
}

TEST(JudgePool, AProgramThatIsNotThereIsNamed) {
  JudgePool pool({"/nowhere/reckon", {}, 1});
  EXPECT_NE(error_of([&] { pool.judge("1", "1", {}); }).find("/nowhere/reckon"), std::string::npos);
  EXPECT_NE(error_of([&] { pool.judge("1", "1", {}); }), "") << "the place in the pool is free again";
}

TEST(JudgePool, ThreadsShareTheWorkers) {
  JudgePool pool(settings(2));
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, &wrong, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string number = std::to_string(1000 * t + i);
        wrong[static_cast<std::size_t>(t)] += pool.judge(number, number, {}).equal ? 0 : 1;
        wrong[static_cast<std::size_t>(t)] += pool.judge(number, "-1", {}).equal ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
  EXPECT_LE(pool.started(), 2);
}

TEST(JudgePool, LongTextsPass) {
  JudgePool pool(settings());
  const std::string digits(1'000'000, '7');
  EXPECT_FALSE(pool.judge("7", digits, {}).equal);
  EXPECT_FALSE(pool.judge("7", std::string(std::size_t{65} << 20, '7'), {}).equal);
}

TEST(PairMessage, PolicyAndTextsSurvive) {
  math::Policy policy = math::policy_named("math_verify");
  policy.precision = 3;
  policy.strict = false;
  policy.allow_set_relation_comp = true;
  policy.gold_reading = "list";
  const auto request = decode_request(encode_request("a\0b", "\xFF", policy));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->answer, "\xFF");
  EXPECT_EQ(request->policy.name, math::Policy::Name::math_verify);
  EXPECT_EQ(request->policy.precision, 3);
  EXPECT_FALSE(request->policy.strict);
  EXPECT_TRUE(request->policy.allow_set_relation_comp);
  EXPECT_EQ(request->policy.gold_reading, "list");
}

TEST(PairMessage, BadBytesAreNone) {
  const std::string good = encode_request("1", "2", {});
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(decode_request(good.substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_request(good + "x"));
  EXPECT_FALSE(decode_request("\x09" + good.substr(1))) << "no such policy";
  EXPECT_FALSE(decode_judgement(std::string("\x01\x63\0\0\0\0", 6))) << "no such evidence";
  EXPECT_FALSE(frame_length("\xFF\xFF\xFF\xFF"));
}

}  // namespace
}  // namespace reckon::suites
