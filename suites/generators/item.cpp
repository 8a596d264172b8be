#include "suites/generators/item.h"

#include "suites/generators/counter_rng.h"

namespace reckon::suites {

namespace {

constexpr std::uint64_t kHeldOutModulus = 64;

}  // namespace

std::string_view family_name(Family family) {
  switch (family) {
    case Family::kArithmetic:
      return "arithmetic";
    case Family::kLogic:
      return "logic";
    case Family::kCode:
      return "code";
  }
  return "";
}

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  }
  return mix64(hash);
}

Split split_of(std::string_view canonical_form) {
  return stable_hash(canonical_form) % kHeldOutModulus == 0 ? Split::kTest : Split::kTrain;
}

}  // namespace reckon::suites
