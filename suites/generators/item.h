// What a generator makes: one question with its worked solution.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace reckon::suites {

struct Item {
  std::string id;              // "<family>-<16 hex digits>", the hash of the prompt
  std::string prompt;          // the question as put to a model
  std::string thinking;        // the steps to the answer, without markers
  std::string answer;          // what belongs into \boxed{}
  std::string canonical_form;  // equal for items that differ in names, wording or order alone
};

enum class Family { kArithmetic, kLogic, kCode };

inline constexpr std::array<Family, 3> kFamilies = {Family::kArithmetic, Family::kLogic, Family::kCode};

// How hard the drawn items may be. kFull is the difficulty of the test sets; the easier ones begin a
// curriculum.
enum class Level { kEasy = 1, kMiddle = 2, kFull = 3 };

// Every canonical form belongs to one split for ever.
enum class Split { kTrain, kTest };

std::string_view family_name(Family family);

// 64-bit FNV-1a over the bytes, mixed; the same on every platform.
std::uint64_t stable_hash(std::string_view text);

// kTest if the hash of the canonical form is 0 modulo 64, else kTrain.
Split split_of(std::string_view canonical_form);

}  // namespace reckon::suites
