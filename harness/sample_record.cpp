#include "harness/sample_record.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/files.h"
#include "base/json.h"
#include "base/utf8.h"
#include "harness/repetition.h"

namespace reckon::harness {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

// Model output is bytes of unknown origin: what is not UTF-8 becomes U+FFFD, so that every line is valid
// JSON.
void put_string(Writer& writer, std::string_view text) {
  if (utf8::is_valid(text)) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  } else {
    const std::string clean = utf8::replace_invalid(text);
    writer.String(clean.data(), static_cast<rapidjson::SizeType>(clean.size()));
  }
}

void put(Writer& writer, const char* key, std::string_view text) {
  writer.Key(key);
  put_string(writer, text);
}

void put_arguments(Writer& writer, const suites::Prompt& prompt, std::string& identity) {
  writer.Key("arguments");
  writer.StartObject();
  if (!prompt.messages.empty()) {
    writer.Key("messages");
    writer.StartArray();
    for (const suites::Message& message : prompt.messages) {
      writer.StartObject();
      put(writer, "role", message.role);
      put(writer, "content", message.content);
      writer.EndObject();
      identity += message.role + '\n' + message.content + '\n';
    }
    writer.EndArray();
  } else if (!prompt.contexts.empty()) {
    writer.Key("contexts");
    writer.StartArray();
    for (const std::string& context : prompt.contexts) {
      put_string(writer, context);
      identity += context + '\n';
    }
    writer.EndArray();
  } else {
    put(writer, "text", prompt.text);
    identity += prompt.text;
  }
  if (!prompt.gen_prefix.empty()) put(writer, "gen_prefix", prompt.gen_prefix);
  writer.EndObject();
}

}  // namespace

std::string sample_line(const SampleRecord& record) {
  const suites::Sample& sample = *record.sample;
  const Completion& completion = record.completion;
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("doc_id");
  writer.Int64(sample.doc_id);
  writer.Key("repeat");
  writer.Int(record.repeat);
  writer.Key("doc");
  writer.RawValue(sample.doc.data(), sample.doc.size(), rapidjson::kObjectType);
  put(writer, "doc_hash", sample.doc_hash);
  std::string prompt_identity;
  put_arguments(writer, *record.prompt, prompt_identity);
  put(writer, "prompt_hash", sha256_hex(prompt_identity));
  put(writer, "target_hash", sha256_hex(sample.target));
  put(writer, "target", sample.target);
  if (!sample.choices.empty()) {
    writer.Key("choices");
    writer.StartArray();
    for (const std::string& choice : sample.choices) put_string(writer, choice);
    writer.EndArray();
  }
  if (!sample.cluster.empty()) put(writer, "cluster", sample.cluster);
  put(writer, "prompt", completion.prompt);
  writer.Key("resps");
  writer.StartArray();
  put_string(writer, completion.text);
  writer.EndArray();
  writer.Key("thinking");
  if (completion.thinking) {
    put_string(writer, *completion.thinking);
  } else {
    writer.Null();
  }
  put(writer, "answer", completion.answer);

  const suites::Verdict* verdict = record.verdict ? &*record.verdict : nullptr;
  writer.Key("filtered_resps");
  writer.StartArray();
  if (verdict != nullptr) put_string(writer, verdict->extracted);
  writer.EndArray();
  put(writer, "filter", verdict != nullptr ? verdict->rule : "");
  put(writer, "extracted", verdict != nullptr ? verdict->extracted : "");
  writer.Key("metrics");
  writer.StartObject();
  if (verdict != nullptr) {
    for (const auto& [name, value] : verdict->metrics) {
      writer.Key(name.c_str());
      writer.Double(value);
    }
  }
  writer.EndObject();
  if (verdict != nullptr && !verdict->weights.empty()) {
    writer.Key("metric_weights");
    writer.StartObject();
    for (const auto& [name, value] : verdict->weights) {
      writer.Key(name.c_str());
      writer.Double(value);
    }
    writer.EndObject();
  }
  writer.Key("correct");
  if (verdict != nullptr && verdict->has_right_answer) {
    writer.Bool(verdict->correct);
  } else {
    writer.Null();
  }
  put(writer, "why", verdict != nullptr ? verdict->why : "");
  put(writer, "evidence", verdict != nullptr ? verdict->evidence : "");
  if (verdict != nullptr && !verdict->isolation.empty()) put(writer, "isolation", verdict->isolation);
  if (verdict != nullptr && verdict->forgeable) {
    writer.Key("forgeable");
    writer.Bool(*verdict->forgeable);
  }
  writer.Key("graded");
  writer.Bool(verdict != nullptr);
  put(writer, "finish_reason", finish_reason_name(completion.finish_reason));
  writer.Key("truncated");
  writer.Bool(completion.truncated);
  if (completion.forced_close) {
    writer.Key("forced_close");
    writer.Bool(true);
  }
  if (ends_in_loop(completion.text)) {
    writer.Key("repetition_loop");
    writer.Bool(true);
  }
  put(writer, "error", completion.error);

  writer.Key("usage");
  writer.StartObject();
  writer.Key("input_tokens");
  writer.Int64(completion.usage.input_tokens);
  writer.Key("cached_input_tokens");
  writer.Int64(completion.usage.cached_input_tokens);
  writer.Key("output_tokens");
  writer.Int64(completion.usage.output_tokens);
  writer.Key("reasoning_tokens");
  writer.Int64(completion.usage.reasoning_tokens);
  writer.Key("answer_tokens");
  writer.Int64(completion.usage.answer_tokens);
  writer.EndObject();

  writer.Key("timing");
  writer.StartObject();
  writer.Key("submitted_seconds");
  writer.Double(record.submitted_seconds);
  writer.Key("first_token_seconds");
  writer.Double(record.submitted_seconds + completion.first_token_seconds);
  writer.Key("finished_seconds");
  writer.Double(record.submitted_seconds + completion.total_seconds);
  writer.EndObject();

  if (!completion.scores.empty()) {
    double sum = 0.0;
    writer.Key("logprobs");
    writer.StartObject();
    writer.Key("choices");
    writer.StartArray();
    for (const ContinuationScore& score : completion.scores) {
      writer.Double(score.logprob);
      sum += score.logprob;
    }
    writer.EndArray();
    writer.Key("greedy");
    writer.StartArray();
    for (const ContinuationScore& score : completion.scores) writer.Bool(score.is_greedy);
    writer.EndArray();
    writer.Key("sum");
    writer.Double(sum);
    writer.EndObject();
  }
  put(writer, "seed", std::to_string(record.seed));
  writer.Key("launch");
  writer.Int(record.launch);
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

RecordedSample read_recorded_sample(std::string_view line, const std::string& source) {
  const json::Document document = json::parse(line, source);
  const json::ObjectReader reader(document, source);
  RecordedSample recorded;
  recorded.doc_id = reader.get_int("doc_id", 0, std::int64_t{1} << 53);
  recorded.repeat = static_cast<std::int32_t>(reader.get_int("repeat", 0, 1 << 30, 0));
  recorded.doc_hash = reader.get_string("doc_hash", "");
  const std::string finish = reader.get_string("finish_reason");
  recorded.finished = finish != "error" && finish != "cancelled";
  if (reader.has("correct")) recorded.correct = reader.get_bool("correct");
  if (reader.has("usage")) {
    recorded.output_tokens = reader.get_object("usage").get_int("output_tokens", 0, std::int64_t{1} << 53, 0);
  }
  return recorded;
}

}  // namespace reckon::harness
