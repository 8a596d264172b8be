// Judges pairs of answers from standard input, one JSON line {"gold", "answer"} each, and writes one JSON
// line a pair; `--parse` shows the readings of {"answer"} instead, `--evaluate` the values of {"answer",
// "variables": {"x": "1/3"}}. On standard error: the time of each pass over all pairs.

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "suites/math/judge.h"
#include "suites/math/value_at.h"

namespace {

using namespace reckon::suites::math;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

struct Pair {
  std::string gold;
  std::string answer;
  Assignment variables;
};

void put(Writer& writer, const char* key, const std::string& value) {
  writer.Key(key);
  writer.String(value.c_str(), static_cast<rapidjson::SizeType>(value.size()));
}

void print_parse(const Pair& pair) {
  const ParsedAnswer parsed = parse_answer(pair.answer);
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("readings");
  writer.StartArray();
  for (const Reading& reading : parsed.readings) {
    writer.StartObject();
    put(writer, "kind", reading.kind);
    put(writer, "tree", reading.tree);
    writer.EndObject();
  }
  writer.EndArray();
  writer.Key("declared_text");
  writer.Bool(parsed.declared_text);
  put(writer, "text", parsed.normal_text);
  put(writer, "unsupported", parsed.unsupported);
  put(writer, "error", parsed.syntax_error);
  writer.EndObject();
  std::cout << buffer.GetString() << '\n';
}

void print_values(const Pair& pair) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartArray();
  for (const ValuesAt& reading : values_at(pair.answer, pair.variables)) {
    writer.StartObject();
    put(writer, "kind", reading.kind);
    put(writer, "problem", reading.problem);
    writer.Key("values");
    writer.StartArray();
    for (const ValuesAt::Complex& value : reading.values) {
      writer.StartArray();
      writer.String(fmt::format("{:.17g}", value.real).c_str());
      writer.String(fmt::format("{:.17g}", value.imaginary).c_str());
      writer.EndArray();
    }
    writer.EndArray();
    writer.EndObject();
  }
  writer.EndArray();
  std::cout << buffer.GetString() << '\n';
}

void print_judgement(const Pair& pair, const Judgement& judgement, double seconds) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  put(writer, "gold", pair.gold);
  put(writer, "answer", pair.answer);
  writer.Key("equal");
  writer.Bool(judgement.equal);
  put(writer, "evidence", std::string(name_of(judgement.evidence)));
  put(writer, "detail", judgement.detail);
  writer.Key("seconds");
  writer.Double(seconds);
  writer.EndObject();
  std::cout << buffer.GetString() << '\n';
}

}  // namespace

int main(int count, char** arguments) {
  bool parse = false;
  bool evaluate = false;
  int passes = 1;
  Policy policy;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--parse") {
      parse = true;
    } else if (argument == "--evaluate") {
      evaluate = true;
    } else if (argument == "--passes" && i + 1 < count) {
      passes = std::atoi(arguments[++i]);
    } else {
      policy = policy_named(argument);
    }
  }
  std::vector<Pair> pairs;
  for (std::string line; std::getline(std::cin, line);) {
    rapidjson::Document document;
    document.Parse(line.c_str(), line.size());
    if (!document.IsObject()) continue;
    const auto text = [&document](const char* key) {
      const auto found = document.FindMember(key);
      return found == document.MemberEnd() || !found->value.IsString()
                 ? std::string()
                 : std::string(found->value.GetString(), found->value.GetStringLength());
    };
    Assignment variables;
    if (document.HasMember("variables")) {
      for (const auto& variable : document["variables"].GetObject()) {
        const std::string value = variable.value.GetString();
        const std::size_t slash = value.find('/');
        const auto top = decimal_value(value.substr(0, slash));
        const auto bottom = decimal_value(slash == std::string::npos ? "1" : value.substr(slash + 1));
        if (top && bottom && !bottom->is_zero()) variables.emplace(variable.name.GetString(), *top / *bottom);
      }
    }
    pairs.push_back({text("gold"), text("answer"), std::move(variables)});
  }
  if (evaluate) {
    for (const Pair& pair : pairs) print_values(pair);
    return 0;
  }
  if (parse) {
    for (const Pair& pair : pairs) print_parse(pair);
    return 0;
  }
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  for (int pass = 1; pass < passes; ++pass) {
    const auto start = Clock::now();
    for (const Pair& pair : pairs) judge(pair.gold, pair.answer, policy);
    std::cerr << fmt::format("pass {}: {} pairs in {:.6f} s\n", pass, pairs.size(), since(start));
  }
  for (const Pair& pair : pairs) {
    const auto start = Clock::now();
    const Judgement judgement = judge(pair.gold, pair.answer, policy);
    print_judgement(pair, judgement, since(start));
  }
  return 0;
}
