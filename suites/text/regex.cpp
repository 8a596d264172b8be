#include "suites/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <time.h>

#include <algorithm>

#include "base/error.h"

namespace reckon::suites {
namespace {

// Steps of one attempt at one place; the interpreter (never the JIT, which counts otherwise) makes the limit
// the same on every machine.
constexpr std::uint32_t kMatchLimit = 1'000'000;
constexpr std::uint32_t kDepthLimit = 100'000;
constexpr std::uint32_t kHeapLimitKib = 64 * 1024;

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct MatchContext {
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  MatchContext() {
    pcre2_set_match_limit(context, kMatchLimit);
    pcre2_set_depth_limit(context, kDepthLimit);
    pcre2_set_heap_limit(context, kHeapLimitKib);
  }
  ~MatchContext() { pcre2_match_context_free(context); }
  MatchContext(const MatchContext&) = delete;
  MatchContext& operator=(const MatchContext&) = delete;
};

struct MatchData {
  pcre2_match_data* data;
  explicit MatchData(const pcre2_code* code) : data(pcre2_match_data_create_from_pattern(code, nullptr)) {}
  ~MatchData() { pcre2_match_data_free(data); }
  MatchData(const MatchData&) = delete;
  MatchData& operator=(const MatchData&) = delete;
};

std::string message_of(int code) {
  PCRE2_UCHAR buffer[256];
  const int length = pcre2_get_error_message(code, buffer, sizeof buffer);
  return length < 0 ? "unknown error" : std::string(reinterpret_cast<const char*>(buffer));
}

/// Python writes \Z for the very end of the text, which is \z here.
std::string from_python(const std::string& pattern) {
  std::string result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    result += pattern[i];
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      ++i;
      result += pattern[i] == 'Z' ? 'z' : pattern[i];
    }
  }
  return result;
}

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
  bool anchored = false;
  ~Code() { pcre2_code_free(code); }
};

std::string_view RegexMatch::text(std::string_view subject, std::size_t group) const {
  if (group >= groups.size() || !groups[group].matched()) {
    return {};
  }
  return subject.substr(groups[group].begin, groups[group].end - groups[group].begin);
}

Regex::Regex(const std::string& pattern, const std::string& where)
    : pattern_(pattern), code_(std::make_unique<Code>()) {
  const std::string translated = from_python(pattern);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_USE_OFFSET_LIMIT | PCRE2_NEVER_BACKSLASH_C,
                              &error, &offset, nullptr);
  if (code_->code == nullptr) {
    fail_input("{}: the pattern '{}' is no regular expression: {} (at byte {})", where, pattern,
               message_of(error), offset);
  }
  std::uint32_t options = 0;
  pcre2_pattern_info(code_->code, PCRE2_INFO_ALLOPTIONS, &options);
  code_->anchored = (options & PCRE2_ANCHORED) != 0;
}

Regex::~Regex() = default;
Regex::Regex(Regex&& other) noexcept = default;
Regex& Regex::operator=(Regex&& other) noexcept = default;

Regex::Matches Regex::find_all(std::string_view subject, std::size_t limit) const {
  Matches result;
  const MatchContext match_context;
  const MatchData match_data(code_->code);
  const double deadline = thread_cpu_seconds() + kMaxCpuSeconds;
  // Places to begin at are tried in windows, so that a pattern whose cost grows with the square of the text
  // can be stopped. How large a window is changes when the clock is looked at, never what is found.
  std::size_t window = 1024;
  std::size_t start = 0;
  std::size_t forbidden_empty_at = std::string_view::npos;
  std::uint32_t options = 0;
  while (start <= subject.size() && result.all.size() < limit) {
    std::size_t last_start = subject.size();
    if (!code_->anchored && window < subject.size() - start) {
      last_start = start + window;
      while (last_start < subject.size() &&
             (static_cast<unsigned char>(subject[last_start]) & 0xC0U) == 0x80U) {
        ++last_start;
      }
    }
    pcre2_set_offset_limit(match_context.context, last_start);
    std::uint32_t now_options = options;
    if (forbidden_empty_at == start) {
      now_options |= PCRE2_NOTEMPTY_ATSTART;
    }
    const double before = thread_cpu_seconds();
    const int count = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(),
                                  start, now_options, match_data.data, match_context.context);
    options |= PCRE2_NO_UTF_CHECK;  // checked by the first call
    const double after = thread_cpu_seconds();
    if (after > deadline) {
      fail_evaluation(
          "the pattern '{}' took more than {} s of processor time on a text of {} bytes; write it so that it "
          "does not "
          "begin anew at every character",
          pattern_, kMaxCpuSeconds, subject.size());
    }
    if (count == PCRE2_ERROR_NOMATCH) {
      if (last_start >= subject.size()) {
        break;
      }
      if (after - before < 0.002) {
        window *= 2;
      } else if (after - before > 0.1) {
        window = std::max<std::size_t>(64, window / 2);
      }
      start =
          last_start;  // tried once more, which costs one attempt and keeps the arithmetic of offsets simple
      continue;
    }
    if (count < 0) {
      result.outcome = Outcome::limit;
      break;
    }
    const PCRE2_SIZE* vector = pcre2_get_ovector_pointer(match_data.data);
    const std::uint32_t groups = pcre2_get_ovector_count(match_data.data);
    RegexMatch match;
    match.groups.resize(groups);
    for (std::uint32_t group = 0; group < groups; ++group) {
      if (static_cast<int>(group) < count && vector[2 * group] != PCRE2_UNSET) {
        match.groups[group] = {vector[2 * group], std::max(vector[2 * group], vector[2 * group + 1])};
      }
    }
    const std::size_t end = std::max(match.groups[0].end, start);
    if (match.groups[0].begin == match.groups[0].end) {
      forbidden_empty_at = end;
    }
    start = end;
    result.all.push_back(std::move(match));
  }
  return result;
}

std::optional<std::string> Regex::remove_all(std::string_view subject) const {
  const Matches matches = find_all(subject);
  if (matches.outcome == Outcome::limit) {
    return std::nullopt;
  }
  std::string result;
  std::size_t kept_until = 0;
  for (const RegexMatch& match : matches.all) {
    const RegexMatch::Range& whole = match.groups[0];
    if (whole.begin < kept_until) {
      continue;
    }
    result += subject.substr(kept_until, whole.begin - kept_until);
    kept_until = whole.end;
  }
  result += subject.substr(kept_until);
  return result;
}

std::string Regex::limit_message() const {
  return fmt::format("the pattern '{}' needs more steps or memory on this text than are allowed", pattern_);
}

int Regex::group_count() const {
  std::uint32_t count = 0;
  pcre2_pattern_info(code_->code, PCRE2_INFO_CAPTURECOUNT, &count);
  return static_cast<int>(count);
}

int Regex::group_number(const std::string& name) const {
  const int number =
      pcre2_substring_number_from_name(code_->code, reinterpret_cast<PCRE2_SPTR>(name.c_str()));
  return number > 0 ? number : -1;
}

}  // namespace reckon::suites
