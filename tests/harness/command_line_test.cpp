#include "harness/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reckon::harness {
namespace {

using testing::HasSubstr;

struct Parsed {
  ParsedCommandLine line;
  std::string errors;
};

Parsed parse(std::vector<const char*> words) {
  words.insert(words.begin(), "reckon");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  Parsed parsed;
  parsed.line = parse_command_line(static_cast<int>(words.size()), words.data());
  parsed.errors = testing::internal::GetCapturedStderr();
  testing::internal::GetCapturedStdout();
  return parsed;
}

TEST(CommandLine, FlagsMayBeWrittenWithEitherDash) {
  for (const char* output : {"--output_path", "--output-path"}) {
    const Parsed parsed = parse({"run", "--model", "m_x", "--tasks", "a,b", output, "o", "--num_fewshot=8",
                                 "--gen_kwargs", "max_gen_toks=4", "--limit", "0.5"});
    ASSERT_TRUE(parsed.line.command.has_value()) << parsed.errors;
    const auto& run = std::get<RunCommand>(*parsed.line.command);
    EXPECT_EQ(run.model.model, "m_x");
    EXPECT_EQ(run.tasks.tasks, "a,b");
    EXPECT_EQ(run.num_fewshot, 8);
    EXPECT_EQ(run.limit, 0.5);
    EXPECT_EQ(run.gen_kwargs, "max_gen_toks=4");
    EXPECT_FALSE(run.apply_chat_template.has_value());
  }
}

TEST(CommandLine, ChatTemplateCanBeForcedEitherWay) {
  const auto chat = [](const char* flag) {
    const Parsed parsed = parse({"run", "-m", "m", "-t", "t", "-o", "o", flag});
    return std::get<RunCommand>(*parsed.line.command).apply_chat_template;
  };
  EXPECT_EQ(chat("--apply_chat_template"), true);
  EXPECT_EQ(chat("--no_chat_template"), false);
}

TEST(CommandLine, UnknownWordsNameTheNearest) {
  const Parsed flag = parse({"run", "-m", "m", "-t", "t", "-o", "o", "--num_fewshots", "3"});
  EXPECT_EQ(flag.line.exit_code, 2);
  EXPECT_FALSE(flag.line.command.has_value());
  EXPECT_THAT(flag.errors, HasSubstr("--num-fewshot"));
  const Parsed command = parse({"rnu"});
  EXPECT_EQ(command.line.exit_code, 2);
  EXPECT_THAT(command.errors, HasSubstr("did you mean 'run'"));
}

TEST(CommandLine, NothingToDoIsNoSuccess) {
  EXPECT_EQ(parse({}).line.exit_code, 2);
  EXPECT_EQ(parse({"run", "-m", "m"}).line.exit_code, 2);
  EXPECT_EQ(parse({"run", "-m", "m", "-t", "t", "-o", "o", "--limit", "-3"}).line.exit_code, 2);
  EXPECT_EQ(parse({"--help"}).line.exit_code, 0);
  EXPECT_EQ(parse({"run", "--help"}).line.exit_code, 0);
}

}  // namespace
}  // namespace reckon::harness
