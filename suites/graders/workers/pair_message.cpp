#include "suites/graders/workers/pair_message.h"

#include "suites/graders/workers/frame.h"

namespace reckon::suites {

std::string encode_request(std::string_view gold, std::string_view answer, const math::Policy& policy) {
  FrameWriter writer(gold.size() + answer.size() + 64);
  writer.put_byte(static_cast<std::uint8_t>(policy.name));
  writer.put_byte(static_cast<std::uint8_t>(policy.precision));
  writer.put_byte(policy.strict ? 1 : 0);
  writer.put_byte(policy.allow_set_relation_comp ? 1 : 0);
  writer.put_text(policy.gold_reading);
  writer.put_text(gold);
  writer.put_text(answer);
  return std::move(writer).bytes();
}

std::optional<PairRequest> decode_request(std::string_view bytes) {
  FrameReader reader(bytes);
  PairRequest request;
  const std::uint8_t name = reader.take_byte();
  request.policy.name = static_cast<math::Policy::Name>(name);
  request.policy.precision = reader.take_byte();
  request.policy.strict = reader.take_byte() != 0;
  request.policy.allow_set_relation_comp = reader.take_byte() != 0;
  request.policy.gold_reading = reader.take_text();
  request.gold = reader.take_text();
  request.answer = reader.take_text();
  const bool known = name <= static_cast<std::uint8_t>(math::Policy::Name::minerva);
  return reader.complete() && known ? std::optional<PairRequest>(std::move(request)) : std::nullopt;
}

std::string encode_judgement(const math::Judgement& judgement) {
  FrameWriter writer;
  writer.put_byte(judgement.equal ? 1 : 0);
  writer.put_byte(static_cast<std::uint8_t>(judgement.evidence));
  writer.put_text(judgement.detail);
  return writer.bytes();
}

std::optional<math::Judgement> decode_judgement(std::string_view bytes) {
  FrameReader reader(bytes);
  math::Judgement judgement;
  judgement.equal = reader.take_byte() != 0;
  const std::uint8_t evidence = reader.take_byte();
  judgement.evidence = static_cast<math::Evidence>(evidence);
  judgement.detail = reader.take_text();
  const bool known = evidence <= static_cast<std::uint8_t>(math::Evidence::not_decided);
  return reader.complete() && known ? std::optional<math::Judgement>(std::move(judgement)) : std::nullopt;
}

}  // namespace reckon::suites
