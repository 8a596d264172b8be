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

TEST(CommandLine, EachConstraintOfAnOptionIsKept) {
  struct Wrong {
    std::vector<const char*> words;
    const char* message;
  };
  const Wrong wrong[] = {
      {{"run", "-m", "m", "-t", "t"}, "--output-path"},
      {{"run", "-m", "m", "-t", "t", "-o", "o", "--num-fewshot", "1001"}, "1001 not in range 0 to 1000"},
      {{"run", "-m", "m", "-t", "t", "-o", "o", "--gate", "g"}, "--gate requires --baseline"},
      {{"run", "-m", "m", "-t", "t", "-o", "o", "--price-per-hour", "0"}, "'0' is no price"},
      {{"run", "-m", "m", "-t", "t", "-o", "o", "--price-per-hour", "cheap"}, "'cheap' is no price"},
      {{"run", "-m", "m", "-t", "t", "-o", "o", "--sandbox", "docker"}, "docker not in {bubblewrap,none}"},
      {{"score", "r", "--outputs", "f", "-t", "t"}, "run excludes --outputs"},
      {{"compare", "a", "b", "--alpha", "0.6"}, "not in range"},
      {{"report", "a", "--input-per-question", "0"}, "--input-per-question"},
      {{"inspect", "m", "--context", "-1"}, "--context"},
      {{"estimate", "--batch", "0"}, "--batch: 0 is not more than 0"},
      {{"estimate", "--batch", "nan"}, "--batch: nan is not more than 0"},
      {{"estimate", "--batch", "1e16"}, "--batch: 1e16 is more than 1e+15"},
      {{"run", "-m", "m", "-t", "t", "-o", "o", "--limit", "0"}, "--limit: 0 is not more than 0"},
      {{"run", "-m", "m", "-t", "t", "-o", "o", "--limit", "few"}, "--limit: 'few' is no number"},
      {{"inspect", "m", "--context", "-1"}, "--context: -1 is not 0 or more"},
      {{"--bogus"}, "unknown option '--bogus' of 'reckon'"},
      {{"bench", "--tokens", "1,65537"}, "--tokens"},
  };
  for (const Wrong& line : wrong) {
    const Parsed parsed = parse(line.words);
    EXPECT_EQ(parsed.line.exit_code, 2) << line.message;
    EXPECT_FALSE(parsed.line.command.has_value()) << line.message;
    EXPECT_THAT(parsed.errors, HasSubstr(line.message));
  }
}

TEST(CommandLine, ListsTakeCommasOrAreRepeated) {
  const Parsed bench = parse({"bench", "--tokens", "1,16,512"});
  ASSERT_TRUE(bench.line.command.has_value()) << bench.errors;
  EXPECT_THAT(std::get<BenchCommand>(*bench.line.command).tokens, testing::ElementsAre(1, 16, 512));
  // A run directory may follow the formats: only commas separate these.
  const Parsed report = parse({"report", "--format", "md,html", "a", "b", "--format", "csv"});
  ASSERT_TRUE(report.line.command.has_value()) << report.errors;
  const auto& command = std::get<ReportCommand>(*report.line.command);
  EXPECT_THAT(command.formats, testing::ElementsAre("md", "html", "csv"));
  EXPECT_THAT(command.runs, testing::ElementsAre("a", "b"));
}

TEST(CommandLine, TheProgramsOwnVersionIsAskedForWithoutACommand) {
  const Parsed parsed = parse({"--version"});
  ASSERT_TRUE(parsed.line.command.has_value()) << parsed.errors;
  EXPECT_TRUE(std::holds_alternative<VersionCommand>(*parsed.line.command));
}

}  // namespace
}  // namespace reckon::harness
