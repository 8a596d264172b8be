#pragma once
// English number words: "twenty three thousand".

#include <cstdint>
#include <optional>
#include <string_view>

#include "suites/text/regex.h"

namespace reckon::suites {

/// Finds a run of number words; group 1 holds it. For text in lower case.
const Regex& number_words_pattern();

/// The value of a run of number words, words that are none passed over. nullopt: none in it, or an order that
/// makes no number ("thousand million"). Up to four words stand before thousand, million and billion, as the
/// package word2number 1.1 reads them.
std::optional<std::int64_t> number_of_words(std::string_view text);

}  // namespace reckon::suites
