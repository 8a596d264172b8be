#pragma once
// "key=value,key=value" as --model_args and --gen_kwargs take it.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model.h"

namespace reckon::harness {

/// Splits on commas outside of brackets and quotes: stop strings may hold commas. `option` names the flag in
/// errors.
std::map<std::string, std::string> parse_key_values(std::string_view text, std::string_view option);

/// Integers and numbers that must be whole and within [low, high]; errors name the option and the key.
std::int64_t parse_integer(std::string_view text, std::string_view what, std::int64_t low, std::int64_t high);
double parse_number(std::string_view text, std::string_view what, double low, double high);
bool parse_boolean(std::string_view text, std::string_view what);

/// Sampling parameters of a request: the suite's generation_kwargs, then --gen_kwargs over them.
/// Keys: temperature, top_p, top_k, min_p, do_sample, max_gen_toks (also max_tokens, max_new_tokens), until,
/// repetition_penalty, presence_penalty, frequency_penalty. Errors: unknown key (names the nearest), bad
/// value.
SamplingOptions sampling_options(const suites::GenerationParameters& suite,
                                 const std::map<std::string, std::string>& overrides);

/// The default token limit where neither suite nor command line gives one: reasoning models need room.
constexpr std::int32_t kDefaultMaxTokens = 32768;

}  // namespace reckon::harness
