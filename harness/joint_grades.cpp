#include "harness/joint_grades.h"

#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "harness/run_directory.h"

namespace reckon::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = std::size_t{8} << 30;

struct Answer {
  std::string text;       ///< the answer part; "" when cut off
  std::string extracted;  ///< "" when there is none
};

/// The row that a document's records hold, and its answers by repeat.
struct Document {
  std::string row;
  std::map<std::int32_t, Answer> answers;
};

/// By doc_id; of a repeat the last record that is no failure counts.
std::map<std::int64_t, Document> read_documents(const std::string& path) {
  std::map<std::int64_t, Document> documents;
  const std::string text = read_file(path, kMaxBytes);
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    const json::Document line = json::parse(std::string_view(text).substr(begin, end - begin), path);
    begin = end + 1;
    const json::ObjectReader reader(line, path);
    if (!reader.get_bool("graded", false)) continue;
    Answer answer;
    if (!reader.get_bool("truncated", false)) {
      answer.text = reader.get_string("answer", "");
      answer.extracted = reader.get_string("extracted", "");
    }
    Document& document = documents[reader.get_int("doc_id", 0, std::int64_t{1} << 53)];
    reader.get_object("doc");
    document.row = json::dump(*reader.find("doc"));
    document.answers[static_cast<std::int32_t>(reader.get_int("repeat", 0, 1 << 30, 0))] = std::move(answer);
  }
  return documents;
}

std::string joint_lines(const suites::Task& task, int repeats, const std::string& samples_path) {
  std::string lines;
  for (const auto& [doc_id, document] : read_documents(samples_path)) {
    if (static_cast<int>(document.answers.size()) < repeats) continue;
    std::vector<std::string> texts;
    std::vector<std::string> extracted;
    for (const auto& [repeat, answer] : document.answers) {
      texts.push_back(answer.text);
      extracted.push_back(answer.extracted);
    }
    json::Document line(rapidjson::kObjectType);
    auto& allocator = line.GetAllocator();
    line.AddMember("doc_id", doc_id, allocator);
    json::Value classes(rapidjson::kArrayType);
    for (const int answer_class : task.answer_classes(extracted)) classes.PushBack(answer_class, allocator);
    line.AddMember("answer_classes", classes, allocator);
    json::Value metrics(rapidjson::kObjectType);
    if (task.has_joint_filters()) {
      const suites::Sample sample = task.sample_of(document.row, doc_id, samples_path);
      for (const auto& [name, value] : task.grade_together(sample, texts)) {
        metrics.AddMember(json::string(name, allocator), json::Value(value), allocator);
      }
    }
    line.AddMember("metrics", metrics, allocator);
    lines += json::dump(line) + "\n";
  }
  return lines;
}

}  // namespace

void write_joint_grades(const suites::Task& task, int repeats, const std::string& run_directory) {
  const std::string samples = run_directory + "/" + sample_file(task.name());
  if (repeats < 2 || task.output_type() != suites::OutputType::generate_until ||
      !fs::is_regular_file(samples)) {
    return;
  }
  fs::create_directories(run_directory + "/joint");
  write_file_atomically(fmt::format("{}/joint/{}.jsonl", run_directory, task.name()),
                        joint_lines(task, repeats, samples));
}

}  // namespace reckon::harness
