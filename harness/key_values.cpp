#include "harness/key_values.h"

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/nearest.h"

namespace reckon::harness {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string unquote(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    text = text.substr(1, text.size() - 2);
  }
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() &&
        (text[i + 1] == 'n' || text[i + 1] == 't' || text[i + 1] == '\\')) {
      ++i;
      plain += text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : '\\';
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<std::string_view> split_outside_brackets(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  char quote = '\0';
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ',' && depth == 0 && quote == '\0')) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    } else if (quote != '\0') {
      if (text[i] == quote) quote = '\0';
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '[' || text[i] == '{' || text[i] == '(') {
      ++depth;
    } else if ((text[i] == ']' || text[i] == '}' || text[i] == ')') && depth > 0) {
      --depth;
    }
  }
  return parts;
}

std::vector<std::string> parse_list(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    std::vector<std::string> items;
    for (const std::string_view part : split_outside_brackets(text.substr(1, text.size() - 2))) {
      items.push_back(unquote(part));
    }
    return items;
  }
  return {unquote(text)};
}

}  // namespace

std::map<std::string, std::string> parse_key_values(std::string_view text, std::string_view option) {
  std::map<std::string, std::string> values;
  if (trim(text).empty()) return values;
  for (const std::string_view part : split_outside_brackets(text)) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || trim(part.substr(0, equals)).empty()) {
      fail_input("{}: '{}' is no key=value pair (pairs are separated by commas)", option, trim(part));
    }
    const std::string key(trim(part.substr(0, equals)));
    if (!values.emplace(key, std::string(trim(part.substr(equals + 1)))).second) {
      fail_input("{}: '{}' is given twice", option, key);
    }
  }
  return values;
}

std::int64_t parse_integer(std::string_view text, std::string_view what, std::int64_t low,
                           std::int64_t high) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    fail_input("{}: '{}' is not a whole number from {} to {}", what, text, low, high);
  }
  return value;
}

double parse_number(std::string_view text, std::string_view what, double low, double high) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high)) {
    fail_input("{}: '{}' is not a number from {} to {}", what, text, low, high);
  }
  return value;
}

bool parse_boolean(std::string_view text, std::string_view what) {
  if (text == "true" || text == "True" || text == "1") return true;
  if (text == "false" || text == "False" || text == "0") return false;
  fail_input("{}: '{}' is neither true nor false", what, text);
}

SamplingOptions sampling_options(const suites::GenerationParameters& suite,
                                 const std::map<std::string, std::string>& overrides) {
  SamplingOptions options;
  options.max_tokens = kDefaultMaxTokens;
  options.until = suite.until;
  std::optional<bool> do_sample = suite.do_sample;
  std::optional<double> temperature = suite.temperature;
  if (suite.top_p) options.top_p = *suite.top_p;
  if (suite.min_p) options.min_p = *suite.min_p;
  if (suite.top_k) options.top_k = *suite.top_k;
  if (suite.max_gen_toks) options.max_tokens = *suite.max_gen_toks;
  if (suite.repetition_penalty) options.repetition_penalty = *suite.repetition_penalty;
  if (suite.presence_penalty) options.presence_penalty = *suite.presence_penalty;
  if (suite.frequency_penalty) options.frequency_penalty = *suite.frequency_penalty;

  static const std::vector<std::string> kKeys = {"temperature",
                                                 "top_p",
                                                 "top_k",
                                                 "min_p",
                                                 "do_sample",
                                                 "max_gen_toks",
                                                 "max_new_tokens",
                                                 "until",
                                                 "repetition_penalty",
                                                 "presence_penalty",
                                                 "frequency_penalty",
                                                 "max_tokens"};
  for (const auto& [key, text] : overrides) {
    const std::string what = "--gen_kwargs: " + key;
    if (key == "temperature") {
      temperature = parse_number(text, what, 0.0, 100.0);
      if (*temperature > 0.0 && !overrides.contains("do_sample")) do_sample = true;
    } else if (key == "top_p") {
      options.top_p = parse_number(text, what, 0.0, 1.0);
    } else if (key == "min_p") {
      options.min_p = parse_number(text, what, 0.0, 1.0);
    } else if (key == "top_k") {
      options.top_k = static_cast<std::int32_t>(parse_integer(text, what, 0, 1 << 30));
    } else if (key == "do_sample") {
      do_sample = parse_boolean(text, what);
    } else if (key == "max_gen_toks" || key == "max_tokens" || key == "max_new_tokens") {
      options.max_tokens = static_cast<std::int32_t>(parse_integer(text, what, 1, 1 << 30));
    } else if (key == "until") {
      options.until = parse_list(text);
    } else if (key == "repetition_penalty") {
      options.repetition_penalty = parse_number(text, what, 0.01, 100.0);
    } else if (key == "presence_penalty") {
      options.presence_penalty = parse_number(text, what, -100.0, 100.0);
    } else if (key == "frequency_penalty") {
      options.frequency_penalty = parse_number(text, what, -100.0, 100.0);
    } else {
      fail_input("--gen_kwargs: unknown key '{}'{}", key, did_you_mean(key, kKeys));
    }
  }
  // As in lm-evaluation-harness: do_sample false is greedy whatever the temperature says; a temperature alone
  // samples.
  const bool sampled = do_sample.value_or(temperature.value_or(0.0) > 0.0);
  options.temperature = sampled ? temperature.value_or(1.0) : 0.0;
  return options;
}

}  // namespace reckon::harness
