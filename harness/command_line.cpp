#include "harness/command_line.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "base/nearest.h"
#include "harness/options/command_options.h"

namespace reckon::harness {
namespace {

/// A command as it is typed, and what it becomes.
struct KnownCommand {
  const char* name;
  const char* help;
  void (*begin)(OptionSet& options, Command& command);  ///< makes `command` this one, for its options to fill
};

template <class C>
void fill(OptionSet& options, Command& command) {
  add_options(options, command.emplace<C>());
}

// In the order of the help.
constexpr KnownCommand kCommands[] = {
    {"run", "Put tasks to a model and write a run directory with its report", fill<RunCommand>},
    {"score", "Grade a run again, or outputs that were made elsewhere", fill<ScoreCommand>},
    {"grade", "Are these answers the gold ones? JSON lines of {\"gold\", \"answer\"} or {\"gold\", \"text\"}",
     fill<GradeCommand>},
    {"report", "Make reports from run directories, without the model", fill<ReportCommand>},
    {"compare", "Are later runs better or worse than the first? (exit code 1: worse) Or two kernel benches",
     fill<CompareCommand>},
    {"gate", "Did a change make anything worse? Exit code 1: yes, 4: cannot be told", fill<GateCommand>},
    {"history", "A series of runs as a chart, with a test for a change of level", fill<HistoryCommand>},
    {"ls", "List suites, models, hardware, prices and published scores", fill<ListCommand>},
    {"inspect", "What is in a model file, and the memory it needs", fill<InspectCommand>},
    {"bench", "Time the kernels at a model's shapes against the limits of this machine", fill<BenchCommand>},
    {"estimate", "What a model should reach, need and cost on given hardware; what training it takes",
     fill<EstimateCommand>},
    {"fetch", "Bring a repository of the hub (HF_ENDPOINT, HF_TOKEN) into the cache", fill<FetchCommand>},
    {"tokenize", "Lines of text on stdin to lines of ids as JSON", fill<TokenizeCommand>},
    {"template", "Messages as JSON on stdin to the prompt", fill<TemplateCommand>},
    {"logits", "Next-token log-probabilities of a text or of ids, as JSON", fill<LogitsCommand>},
    {"generate", "Continue one prompt, or JSON lines of prompts", fill<GenerateCommand>},
    {"sandbox", "Run one untrusted program in the sandbox; its verdict as JSON", fill<SandboxCommand>},
    {"doctor", "What works on this machine, and what to do about the rest", fill<DoctorCommand>},
};

// "--model_args" is "--model-args": what is typed may use either, what is known uses one.
std::vector<std::string> normalised(int argc, const char* const* argv) {
  std::vector<std::string> words;
  bool only_values = false;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--") only_values = true;
    if (!only_values && word.size() > 2 && word.starts_with("--")) {
      const std::size_t end = std::min(word.find('='), word.size());
      std::replace(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(end), '_', '-');
    }
    words.push_back(std::move(word));
  }
  return words;
}

std::string unexpected(const ParsedWords& parsed) {
  if (parsed.text.empty()) return "unexpected arguments";
  const std::string command = parsed.command.empty() ? "reckon" : "reckon " + parsed.command;
  if (!parsed.text.starts_with("-")) {
    return fmt::format("unexpected argument '{}' after '{}'", parsed.text, command);
  }
  const std::string flag = parsed.text.substr(0, parsed.text.find('='));
  return fmt::format("unknown option '{}' of '{}'{}", flag, command, did_you_mean(flag, parsed.known));
}

ParsedCommandLine usage_error(const std::string& message) {
  fmt::print(stderr, "reckon: {}\n", message);
  return {std::nullopt, 2};
}

}  // namespace

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
  OptionParser parser(
      "reckon",
      "reckon: what a reasoning model scores, what each answer costs, and whether a difference is real");
  bool version = false;
  parser.program_options().flag("--version", version,
                                "Version, commit, compiler, back ends and CPU features");
  VersionCommand version_command;
  parser.program_options().flag("--json", version_command.json, "With --version: JSON instead of text");
  std::array<Command, std::size(kCommands)> commands;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    OptionSet options = parser.add_command(kCommands[i].name, kCommands[i].help);
    kCommands[i].begin(options, commands[i]);
    names.emplace_back(kCommands[i].name);
  }

  std::vector<std::string> words = normalised(argc, argv);
  if (!words.empty() && !words.front().starts_with("-") &&
      std::find(names.begin(), names.end(), words.front()) == names.end()) {
    return usage_error(fmt::format("unknown command '{}'{}\nCommands: {}", words.front(),
                                   did_you_mean(words.front(), names), fmt::join(names, ", ")));
  }
  const ParsedWords parsed = parser.parse(std::move(words));
  switch (parsed.outcome) {
    case ParsedWords::Outcome::help:
      fmt::print("{}", parsed.text);
      return {std::nullopt, 0};
    case ParsedWords::Outcome::unexpected:
      return usage_error(unexpected(parsed));
    case ParsedWords::Outcome::wrong:
      return usage_error(parsed.text);
    case ParsedWords::Outcome::command:
      break;
  }
  if (version) return {Command(version_command), 0};
  if (version_command.json) return usage_error("--json goes behind a command, or with --version");
  const auto given = std::find(names.begin(), names.end(), parsed.command);
  if (given == names.end()) {
    fmt::print(stderr, "{}", parser.help());
    return {std::nullopt, 2};  // nothing was run, so this is no success
  }
  return {std::move(commands[static_cast<std::size_t>(given - names.begin())]), 0};
}

}  // namespace reckon::harness
