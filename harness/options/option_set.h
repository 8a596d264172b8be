#pragma once
// Options as the commands declare them, and the parser that they belong to. What parses is CLI11, whose
// header takes seconds to compile: only option_set.cpp includes it.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace reckon::harness {

/// Both ends are allowed; `shown` stands for them in the help.
struct Bounds {
  double least;
  double most;
  const char* shown;
};

/// One option of a command, for what is asked of its value. Refers to the parser, which must outlive it.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option required() const;
  Option shows_default() const;
  Option one_of(std::initializer_list<const char*> words) const;
  Option between(int least, int most) const;  ///< both are allowed
  Option between(double least, double most) const;
  Option between(const Bounds& bounds) const;
  Option positive() const;
  Option not_negative() const;
  Option separated_by_commas() const;
  Option one_word_each() const;  ///< of a list: the next word is no further value
  Option needs(Option other) const;
  Option excludes(Option other) const;

  /// `problem` gets what was typed, and the number that it is, and returns "" or what is wrong with it;
  /// `shown` is the value's type in the help.
  Option check(std::string (*problem)(const std::string& text, std::optional<double> number),
               const char* shown) const;

 private:
  CLI::Option* option_;
};

/// The options of one command. `names` are "-s,--long", or a word alone for a value that is told by its
/// place. Values are written while the line is parsed and must live until then.
class OptionSet {
 public:
  explicit OptionSet(CLI::App* app) : app_(app) {}

  Option add(const char* names, std::string& value, const char* help);
  Option add(const char* names, std::vector<std::string>& values, const char* help);
  Option add(const char* names, std::vector<int>& values, const char* help);
  Option add(const char* names, int& value, const char* help);
  Option add(const char* names, std::int64_t& value, const char* help);
  Option add(const char* names, std::uint64_t& value, const char* help);
  Option add(const char* names, double& value, const char* help);
  Option add(const char* names, std::optional<int>& value, const char* help);
  Option add(const char* names, std::optional<double>& value, const char* help);

  void flag(const char* names, bool& value, const char* help);

  /// A flag and its opposite; neither given leaves the value unset.
  void either(const char* yes, const char* no, std::optional<bool>& value, const char* help);

 private:
  CLI::App* app_;
};

/// What became of a command line.
struct ParsedWords {
  enum class Outcome {
    command,     ///< `command` was given, or none where that is empty
    help,        ///< `text` was asked for
    unexpected,  ///< `text` is a word that `command` knows nothing of
    wrong,       ///< `text` says what is
  };
  Outcome outcome = Outcome::command;
  std::string command;
  std::string text;
  std::vector<std::string> known;  ///< of an unexpected word: the long flags of the command
};

/// A program with its commands.
class OptionParser {
 public:
  OptionParser(const char* program, const char* help);
  ~OptionParser();
  OptionParser(const OptionParser&) = delete;
  OptionParser& operator=(const OptionParser&) = delete;

  OptionSet program_options();
  OptionSet add_command(const char* name, const char* help);

  /// `words` without the program's own name. At most one command may be among them.
  ParsedWords parse(std::vector<std::string> words);

  std::string help() const;

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace reckon::harness
