#pragma once
// What a grading worker is asked and what it replies, as bytes.

#include <optional>
#include <string>
#include <string_view>

#include "suites/math/judge.h"

namespace reckon::suites {

struct PairRequest {
  std::string gold;
  std::string answer;
  math::Policy policy;
};

std::string encode_request(std::string_view gold, std::string_view answer, const math::Policy& policy);
/// nullopt: not the bytes of a request.
std::optional<PairRequest> decode_request(std::string_view bytes);

std::string encode_judgement(const math::Judgement& judgement);
/// nullopt: not the bytes of a judgement.
std::optional<math::Judgement> decode_judgement(std::string_view bytes);

}  // namespace reckon::suites
