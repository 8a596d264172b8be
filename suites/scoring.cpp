#include "suites/scoring.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/utf8.h"
#include "suites/datasets/dataset.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

constexpr std::size_t kMaxOutputsBytes = std::size_t{4} << 30;
constexpr std::size_t kMaxLineBytes = std::size_t{256} << 20;

/// lm-evaluation-harness writes numbers of tuples as texts in some versions: -1.5 or "-1.5".
double number_of(const json::Value& value, const std::string& where) {
  if (value.IsNumber()) {
    return value.GetDouble();
  }
  if (value.IsString()) {
    char* end = nullptr;
    const double number = std::strtod(value.GetString(), &end);
    if (end != value.GetString() && *end == '\0') {
      return number;
    }
  }
  fail_input("{}: `resps` holds a log-probability that is no number", where);
}

bool truth_of(const json::Value& value) {
  return value.IsBool() ? value.GetBool() : value.IsString() && std::string_view(value.GetString()) == "True";
}

/// A pair [log-probability, greedy].
bool is_scored_pair(const json::Value& value) {
  return value.IsArray() && value.Size() == 2 && (value[0].IsNumber() || value[0].IsString()) &&
         (value[1].IsBool() || (value[1].IsString() && (std::string_view(value[1].GetString()) == "True" ||
                                                        std::string_view(value[1].GetString()) == "False")));
}

void read_responses(const json::Value& responses, const std::string& where, GivenOutput& output) {
  if (responses.IsString()) {
    output.responses.emplace_back(responses.GetString(), responses.GetStringLength());
    return;
  }
  if (!responses.IsArray() || responses.Empty()) {
    fail_input("{}: `resps` must be a list of replies that is not empty", where);
  }
  for (const json::Value& item : responses.GetArray()) {
    const json::Value* response = &item;
    // [["reply"], ...] of generate_until, [[[-1.2, false]], ...] of multiple_choice.
    if (item.IsArray() && item.Size() >= 1 && (item[0].IsString() || is_scored_pair(item[0])) &&
        !is_scored_pair(item)) {
      if (is_scored_pair(item[0])) {
        response = &item[0];
      } else {
        for (const json::Value& repeat : item.GetArray()) {
          if (!repeat.IsString()) {
            fail_input("{}: `resps` must hold texts", where);
          }
          output.responses.emplace_back(repeat.GetString(), repeat.GetStringLength());
        }
        continue;
      }
    }
    if (is_scored_pair(*response)) {
      output.loglikelihoods.push_back(number_of((*response)[0], where));
      output.greedy.push_back(truth_of((*response)[1]));
    } else if (response->IsString()) {
      output.responses.emplace_back(response->GetString(), response->GetStringLength());
    } else {
      fail_input("{}: `resps` must hold texts, lists of texts or [log-probability, greedy] pairs", where);
    }
  }
}

GivenOutput read_line(const json::Value& line, const std::string& where) {
  if (!line.IsObject()) {
    fail_input("{}: not a JSON object", where);
  }
  const auto id = line.FindMember("doc_id");
  if (id == line.MemberEnd() || !id->value.IsInt64() || id->value.GetInt64() < 0) {
    fail_input("{}: `doc_id` must be the number of the document, from 0", where);
  }
  const auto responses = line.FindMember("resps");
  if (responses == line.MemberEnd()) {
    fail_input("{}: `resps` with the replies is missing", where);
  }
  GivenOutput output;
  output.doc_id = id->value.GetInt64();
  read_responses(responses->value, where, output);
  for (const char* metric : {"exact_match", "acc"}) {
    const auto reported = line.FindMember(metric);
    if (reported != line.MemberEnd() && reported->value.IsNumber() && !output.reported) {
      output.reported = reported->value.GetDouble();
    }
  }
  const auto hash = line.FindMember("doc_hash");
  if (hash != line.MemberEnd() && hash->value.IsString()) {
    output.doc_hash = hash->value.GetString();
  }
  return output;
}

}  // namespace

std::vector<GivenOutput> read_given_outputs(const std::string& path) {
  const std::string text = read_maybe_packed(path, kMaxOutputsBytes);
  std::vector<GivenOutput> outputs;
  std::map<std::int64_t, std::size_t> places;
  std::size_t number = 0;
  std::size_t begin = 0;
  while (begin < text.size()) {
    ++number;
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trim(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
    if (line.empty()) {
      continue;
    }
    const std::string where = fmt::format("{}: line {}", path, number);
    json::ParseLimits limits;
    limits.max_bytes = kMaxLineBytes;
    GivenOutput output = read_line(json::parse(line, where, limits), where);
    output.line = number;
    const auto [known, fresh] = places.emplace(output.doc_id, outputs.size());
    if (fresh) {
      outputs.push_back(std::move(output));
      continue;
    }
    // One line per filter repeats the replies; other replies to the same document would be counted twice or
    // not at all.
    const GivenOutput& first = outputs[known->second];
    if (first.responses != output.responses || first.loglikelihoods != output.loglikelihoods) {
      fail_input(
          "{}: doc_id {} stands on line {} already, with other replies; give the repeats of a document as "
          "one list",
          where, output.doc_id, first.line);
    }
  }
  if (outputs.empty()) {
    fail_input("{}: holds no outputs", path);
  }
  return outputs;
}

}  // namespace reckon::suites
