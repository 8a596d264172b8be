#pragma once
// Regular expressions of suite files over replies of models: bounded in steps and memory, with the meaning
// that Python's `re` gives to text patterns (Unicode classes, `$` before a last newline).

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckon::suites {

/// One match: the whole and its groups, as offsets into the subject. A group that took no part has begin ==
/// npos.
struct RegexMatch {
  struct Range {
    std::size_t begin = std::string_view::npos;
    std::size_t end = std::string_view::npos;
    bool matched() const { return begin != std::string_view::npos; }
  };
  std::vector<Range> groups;  ///< [0] is the whole match
  std::string_view text(std::string_view subject, std::size_t group) const;
};

class Regex {
 public:
  /// Errors: a pattern that does not compile, with `where`, the place in the pattern and the reason.
  Regex(const std::string& pattern, const std::string& where);
  ~Regex();
  Regex(Regex&& other) noexcept;
  Regex& operator=(Regex&& other) noexcept;
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  enum class Outcome {
    complete,  ///< all matches were found
    limit,  ///< a limit of steps, depth or memory was hit: what was found before stands, the rest is unknown
  };
  struct Matches {
    std::vector<RegexMatch> all;
    Outcome outcome = Outcome::complete;
  };

  /// Non-overlapping matches from left to right, at most `limit` of them. `subject` must be valid UTF-8.
  /// The result never depends on the speed of the machine; after kMaxCpuSeconds of processor time it throws
  /// an evaluation error that names the pattern instead of giving an answer.
  Matches find_all(std::string_view subject, std::size_t limit = std::string_view::npos) const;
  /// Removes every match, as re.sub(pattern, "", subject); nullopt where a limit was hit.
  std::optional<std::string> remove_all(std::string_view subject) const;
  /// What to say where a limit was hit.
  std::string limit_message() const;

  int group_count() const;
  /// Number of the group called `name`, -1 when there is none.
  int group_number(const std::string& name) const;
  const std::string& pattern() const { return pattern_; }

  static constexpr double kMaxCpuSeconds = 20;

 private:
  struct Code;
  std::string pattern_;
  std::unique_ptr<Code> code_;
};

}  // namespace reckon::suites
