#define PCRE2_CODE_UNIT_WIDTH 8
#include "engine/tokenizer/regex.h"

#include <algorithm>
#include <new>

#include <pcre2.h>

#include "base/error.h"
#include "base/utf8.h"

namespace reckon::engine {
namespace {

constexpr std::size_t kMaxPatternBytes = std::size_t{64} << 10;
// Steps of one match: enough for a backtrack over a megabyte of white space, ends (a+)+$ within seconds.
constexpr std::uint32_t kMatchLimit = 20'000'000;
constexpr std::uint32_t kHeapLimitKib = 512 * 1024;
constexpr std::size_t kJitStackStart = 32 * 1024;
constexpr std::size_t kJitStackMax = std::size_t{8} << 20;

std::string message_of(int error) {
  PCRE2_UCHAR buffer[256];
  pcre2_get_error_message(error, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Code = std::unique_ptr<pcre2_code, Deleter<pcre2_code_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Deleter<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Deleter<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Deleter<pcre2_match_data_free>>;
using JitStack = std::unique_ptr<pcre2_jit_stack, Deleter<pcre2_jit_stack_free>>;

}  // namespace

struct Regex::Compiled {
  Code code;
};

namespace {

// What a match needs besides the pattern: one set for each thread, as a text is matched word by word.
struct Workspace {
  MatchContext context{pcre2_match_context_create(nullptr)};
  JitStack stack{pcre2_jit_stack_create(kJitStackStart, kJitStackMax, nullptr)};
  MatchData data{pcre2_match_data_create(1, nullptr)};

  Workspace() {
    if (!context || !data) throw std::bad_alloc();
    pcre2_set_match_limit(context.get(), kMatchLimit);
    pcre2_set_heap_limit(context.get(), kHeapLimitKib);
    if (stack) pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  }
};

}  // namespace

Regex::Regex(std::string_view pattern, std::string where)
    : compiled_(std::make_unique<Compiled>()), where_(std::move(where)) {
  if (pattern.size() > kMaxPatternBytes) {
    fail_input("{}: regular expression of {} bytes, more than the {} allowed", where_, pattern.size(),
               kMaxPatternBytes);
  }
  const std::string translated = translate_oniguruma(pattern, where_);
  CompileContext context(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  pcre2_set_parens_nest_limit(context.get(), 100);
  int error = 0;
  PCRE2_SIZE offset = 0;
  // In Ruby syntax ^ and $ stand for lines: PCRE2_MULTILINE.
  compiled_->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                                      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C,
                                      &error, &offset, context.get()));
  if (!compiled_->code) {
    fail_input("{}: regular expression does not compile: {} (near byte {})", where_, message_of(error),
               offset);
  }
  // Without JIT (not built in, or no executable memory) the interpreter does the same, slower.
  pcre2_jit_compile(compiled_->code.get(), PCRE2_JIT_COMPLETE);
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

void Regex::find_all(std::string_view text, std::vector<TextRange>& matches) const {
  matches.clear();
  thread_local const Workspace workspace;
  const auto& context = workspace.context;
  const auto& data = workspace.data;
  const pcre2_code* code = compiled_->code.get();
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  std::size_t at = 0;
  bool after_match = false;
  while (at <= text.size()) {
    int found = pcre2_match(code, subject, text.size(), at, PCRE2_NO_UTF_CHECK, data.get(), context.get());
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
      found = pcre2_match(code, subject, text.size(), at, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data.get(),
                          context.get());
    }
    if (found == PCRE2_ERROR_NOMATCH) return;
    if (found < 0) {
      fail_input("{}: regular expression gave up at byte {} of a text of {} bytes: {}", where_, at,
                 text.size(), message_of(found));
    }
    const PCRE2_SIZE* range = pcre2_get_ovector_pointer(data.get());
    const std::size_t begin = range[0];
    const std::size_t end = range[1];
    if (begin > end) {
      // \K in a lookahead can end a match before its start.
      fail_input("{}: regular expression matches backwards (\\K in a lookahead)", where_);
    }
    if (begin == end && after_match && begin == at) {
      if (at >= text.size()) return;
      at += static_cast<std::size_t>(std::max(1, utf8::decode(text, at).length));
      after_match = false;
      continue;
    }
    matches.push_back({begin, end});
    // An empty match must not be found again at the same place.
    at = end;
    after_match = true;
  }
}

}  // namespace reckon::engine
