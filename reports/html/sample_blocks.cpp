#include "reports/html/sample_blocks.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "reports/html/encode.h"
#include "reports/json_values.h"

namespace reckon::reports {
namespace {

using json::Allocator;
using json::Value;

constexpr std::size_t kGistBytes = 120;        // of a target or an extracted answer in the list
constexpr std::size_t kLongestText = 200'000;  // no reader scrolls further; the JSONL has the rest
constexpr std::size_t kShortestText = 120;

const char* verdict_of(const SampleRecord& record) {
  if (record.failed()) return "failed";
  if (!record.graded) return "not graded";
  if (record.truncated) return "truncated";
  if (record.not_decided()) return "not decided";
  return *record.correct ? "right" : "wrong";
}

Value shortened(const std::string& text, Allocator& allocator) {
  std::string gist = text;
  cut_in_the_middle(gist, kGistBytes);
  return json::string(gist, allocator);
}

// Rounded: the index holds two of these a sample. Null where the record has no times.
Value milliseconds(double from, double to) {
  return to > from ? Value(static_cast<std::int64_t>(std::llround(1e3 * (to - from)))) : Value();
}

struct Column {
  const char* name;
  Value values{rapidjson::kArrayType};
};

std::string pack_index(const std::vector<RunData>& runs) {
  json::Document document;
  Allocator& a = document.GetAllocator();
  Column run{"run"}, task{"task"}, doc{"doc"}, repeat{"repeat"}, verdict{"verdict"}, extracted{"extracted"},
      target{"target"}, tokens{"tokens"}, first_token{"first_token_ms"}, total{"total_ms"};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (const TaskData& data : runs[r].tasks) {
      for (const SampleRecord& record : data.records) {
        run.values.PushBack(static_cast<unsigned>(r), a);
        task.values.PushBack(json::string(data.name, a), a);
        doc.values.PushBack(record.doc_id, a);
        repeat.values.PushBack(record.repeat, a);
        verdict.values.PushBack(json::string(verdict_of(record), a), a);
        extracted.values.PushBack(record.extracted ? shortened(*record.extracted, a) : Value(), a);
        target.values.PushBack(shortened(record.target, a), a);
        tokens.values.PushBack(record.usage.output, a);
        first_token.values.PushBack(
            milliseconds(record.timing.submitted_seconds, record.timing.first_token_seconds), a);
        total.values.PushBack(milliseconds(record.timing.submitted_seconds, record.timing.finished_seconds),
                              a);
      }
    }
  }
  Value index(rapidjson::kObjectType);
  for (Column* column :
       {&run, &task, &doc, &repeat, &verdict, &extracted, &target, &tokens, &first_token, &total}) {
    set(index, column->name, std::move(column->values), a);
  }
  return base64(deflated(json::dump(index)));
}

// `cut` becomes true when a text had to be shortened.
void set_text(Value& sample, const char* key, std::string text, std::size_t budget, bool& cut,
              Allocator& allocator) {
  cut = cut_in_the_middle(text, budget) || cut;
  set(sample, key, text, allocator);
}

Value sample_value(const SampleRecord& record, std::size_t budget, bool& cut, Allocator& a) {
  Value sample(rapidjson::kObjectType);
  set_text(sample, "prompt", record.prompt, budget, cut, a);
  if (record.thinking) set_text(sample, "thinking", *record.thinking, budget, cut, a);
  set_text(sample, "answer", record.answer, budget, cut, a);
  // What the model wrote, where its parts do not already show it.
  if (!record.thinking && record.answer != record.response)
    set_text(sample, "response", record.response, budget, cut, a);
  if (record.extracted) set_text(sample, "extracted", *record.extracted, budget, cut, a);
  set_text(sample, "target", record.target, budget, cut, a);
  set_text(sample, "why", record.why, budget, cut, a);
  if (!record.error.empty()) set_text(sample, "error", record.error, budget, cut, a);
  if (!record.filter.empty()) set(sample, "rule", record.filter, a);
  if (!record.evidence.empty()) set(sample, "evidence", record.evidence, a);
  set(sample, "finish", record.finish_reason, a);
  set(sample, "input", Value(record.usage.input), a);
  set(sample, "cached", Value(record.usage.cached_input), a);
  set(sample, "reasoning", Value(record.usage.reasoning), a);
  set(sample, "written", Value(record.usage.answer), a);
  set(sample, "seconds",
      Value(std::max(0.0, record.timing.finished_seconds - record.timing.submitted_seconds)), a);
  set(sample, "seed", record.seed, a);
  set(sample, "launch", Value(record.launch), a);
  set(sample, "line", Value(static_cast<std::uint64_t>(record.line)), a);
  if (!record.cluster.empty()) set(sample, "cluster", record.cluster, a);
  return sample;
}

std::string pack_block(const std::vector<const SampleRecord*>& records, std::size_t budget,
                       std::size_t& cut_samples) {
  json::Document document;
  Allocator& a = document.GetAllocator();
  Value block(rapidjson::kArrayType);
  for (const SampleRecord* record : records) {
    bool cut = false;
    Value sample = sample_value(*record, budget, cut, a);
    if (cut) {
      set(sample, "cut", Value(true), a);
      ++cut_samples;
    }
    block.PushBack(sample, a);
  }
  return base64(deflated(json::dump(block)));
}

void pack_texts(const std::vector<RunData>& runs, std::size_t text_budget, SampleBlocks& packed) {
  packed.blocks.clear();
  packed.samples = 0;
  packed.cut = 0;
  std::vector<const SampleRecord*> waiting;
  const auto flush = [&] {
    if (!waiting.empty()) packed.blocks.push_back(pack_block(waiting, text_budget, packed.cut));
    waiting.clear();
  };
  for (const RunData& run : runs) {
    for (const TaskData& task : run.tasks) {
      for (const SampleRecord& record : task.records) {
        waiting.push_back(&record);
        ++packed.samples;
        if (waiting.size() == kSamplesPerBlock) flush();
      }
    }
  }
  flush();
}

}  // namespace

std::size_t SampleBlocks::bytes() const {
  std::size_t bytes = index.size();
  for (const std::string& block : blocks) bytes += block.size() + 64;  // and its element
  return bytes;
}

SampleBlocks pack_samples(const std::vector<RunData>& runs, std::size_t budget) {
  SampleBlocks packed;
  packed.index = pack_index(runs);
  std::size_t text_budget = kLongestText;
  pack_texts(runs, text_budget, packed);
  while (packed.bytes() > budget && text_budget > kShortestText) {
    // Texts below the limit do not shrink, so a step down is at least a fifth and never past what is
    // readable.
    const std::size_t longest = [&] {
      std::size_t bytes = 0;
      for (const RunData& run : runs) {
        for (const TaskData& task : run.tasks) {
          for (const SampleRecord& r : task.records) {
            bytes = std::max({bytes, r.prompt.size(), r.answer.size(), r.response.size(),
                              r.thinking ? r.thinking->size() : 0});
          }
        }
      }
      return bytes;
    }();
    text_budget = std::max(kShortestText, std::min(text_budget, longest) * 4 / 5);
    pack_texts(runs, text_budget, packed);
  }
  packed.text_budget = packed.cut > 0 ? text_budget : 0;
  return packed;
}

}  // namespace reckon::reports
