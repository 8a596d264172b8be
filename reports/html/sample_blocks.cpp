#include "reports/html/sample_blocks.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/thread_pool.h"
#include "reports/html/encode.h"
#include "reports/json_values.h"
#include "reports/parallel_items.h"

namespace reckon::reports {
namespace {

using json::Allocator;
using json::Value;

constexpr std::size_t kGistBytes = 120;        // of a target or an extracted answer in the list
constexpr std::size_t kLongestText = 200'000;  // no reader scrolls further; the JSONL has the rest
constexpr std::size_t kShortestText = 40;
constexpr std::size_t kVerdictText =
    400;  // what a verdict stands on is kept longer than the texts it is about
constexpr std::size_t kElementBytes = 64;  // the element that a block stands in
constexpr std::size_t kTrialBlocks = 12;

const char* verdict_of(const SampleRecord& record) {
  if (record.failed()) return "failed";
  if (!record.graded) return "not graded";
  if (record.truncated) return "truncated";
  if (record.not_decided()) return "not decided";
  if (!record.correct) return "scored";  // a log-probability
  if (!*record.correct && !record.extracted) return "no answer";
  return *record.correct ? "right" : "wrong";
}

Value shortened(const std::string& text, Allocator& allocator) {
  return json::string(cut_in_the_middle(text, kGistBytes), allocator);
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
void set_text(Value& sample, const char* key, LongText text, std::size_t budget, bool& cut,
              Allocator& allocator) {
  text.cut(budget);
  cut = cut || !text.whole();
  set(sample, key, text.shown(), allocator);
}

void set_text(Value& sample, const char* key, const std::string& text, std::size_t budget, bool& cut,
              Allocator& allocator) {
  set_text(sample, key, LongText(text), budget, cut, allocator);
}

Value sample_value(const SampleRecord& record, std::size_t budget, bool& cut, Allocator& a) {
  Value sample(rapidjson::kObjectType);
  set_text(sample, "prompt", record.prompt, budget, cut, a);
  if (record.thinking) set_text(sample, "thinking", *record.thinking, budget, cut, a);
  set_text(sample, "answer", record.answer, budget, cut, a);
  if (!record.response.empty()) set_text(sample, "response", record.response, budget, cut, a);
  if (record.extracted) set_text(sample, "extracted", *record.extracted, budget, cut, a);
  set_text(sample, "target", record.target, budget, cut, a);
  set_text(sample, "why", record.why, std::max(budget, kVerdictText), cut, a);
  if (!record.error.empty()) set_text(sample, "error", record.error, std::max(budget, kVerdictText), cut, a);
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

// Samples [first, first + count) as one block.
struct Block {
  std::string packed;
  std::size_t cut = 0;
};

Block pack_block(const std::vector<const SampleRecord*>& records, std::size_t first, std::size_t budget) {
  json::Document document;
  Allocator& a = document.GetAllocator();
  Value block(rapidjson::kArrayType);
  Block result;
  const std::size_t end = std::min(records.size(), first + kSamplesPerBlock);
  for (std::size_t i = first; i < end; ++i) {
    bool cut = false;
    Value sample = sample_value(*records[i], budget, cut, a);
    if (cut) {
      set(sample, "cut", Value(true), a);
      ++result.cut;
    }
    block.PushBack(sample, a);
  }
  result.packed = base64(deflated(json::dump(block)));
  return result;
}

// Every stride-th block, packed by all threads.
std::vector<Block> pack_blocks(const std::vector<const SampleRecord*>& records, std::size_t stride,
                               std::size_t budget, ThreadPool& pool) {
  const std::size_t blocks = (records.size() + kSamplesPerBlock - 1) / kSamplesPerBlock;
  std::vector<Block> packed((blocks + stride - 1) / stride);
  for_each_item(pool, packed.size(), [&](std::size_t at) {
    packed[at] = pack_block(records, at * stride * kSamplesPerBlock, budget);
  });
  return packed;
}

std::size_t bytes_of(const std::vector<Block>& blocks) {
  std::size_t bytes = 0;
  for (const Block& block : blocks) bytes += block.packed.size() + kElementBytes;
  return bytes;
}

std::size_t longest_text(const std::vector<const SampleRecord*>& records) {
  std::size_t bytes = 0;
  for (const SampleRecord* r : records) {
    bytes = std::max({bytes, r->prompt.kept_bytes(), r->answer.kept_bytes(), r->response.kept_bytes(),
                      r->thinking ? r->thinking->kept_bytes() : 0});
  }
  return bytes;
}

// The largest length of texts at which a few blocks, taken evenly, promise to fit.
std::size_t fitting_text_budget(const std::vector<const SampleRecord*>& records, std::size_t budget,
                                ThreadPool& pool) {
  const std::size_t blocks = (records.size() + kSamplesPerBlock - 1) / kSamplesPerBlock;
  const std::size_t stride = std::max<std::size_t>(1, blocks / kTrialBlocks);
  const std::size_t trials = (blocks + stride - 1) / stride;
  const auto fits = [&](std::size_t text_budget) {
    const std::size_t bytes = bytes_of(pack_blocks(records, stride, text_budget, pool));
    return bytes / trials * blocks <= budget;
  };
  std::size_t high = std::min(kLongestText, longest_text(records));
  if (fits(high)) return kLongestText;
  std::size_t low = kShortestText;
  while (high - low > std::max<std::size_t>(16, low / 16)) {
    const std::size_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

}  // namespace

std::size_t SampleBlocks::bytes() const {
  std::size_t bytes = index.size();
  for (const std::string& block : blocks) bytes += block.size() + kElementBytes;
  return bytes;
}

SampleBlocks pack_samples(const std::vector<RunData>& runs, std::size_t budget) {
  SampleBlocks packed;
  packed.index = pack_index(runs);
  std::vector<const SampleRecord*> records;
  for (const RunData& run : runs) {
    for (const TaskData& task : run.tasks) {
      for (const SampleRecord& record : task.records) records.push_back(&record);
    }
  }
  packed.samples = records.size();
  if (records.empty()) return packed;
  const std::size_t left = budget > packed.index.size() ? budget - packed.index.size() : 0;
  ThreadPool pool(available_threads());
  std::size_t text_budget = fitting_text_budget(records, left, pool);
  std::vector<Block> blocks = pack_blocks(records, 1, text_budget, pool);
  while (bytes_of(blocks) > left && text_budget > kShortestText) {  // the trial blocks were shorter than most
    text_budget = std::max(kShortestText, std::min(text_budget, longest_text(records)) * 9 / 10);
    blocks = pack_blocks(records, 1, text_budget, pool);
  }
  for (Block& block : blocks) {
    packed.cut += block.cut;
    packed.blocks.push_back(std::move(block.packed));
  }
  packed.text_budget = packed.cut > 0 ? text_budget : 0;
  return packed;
}

}  // namespace reckon::reports
