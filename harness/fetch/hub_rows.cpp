#include "harness/fetch/hub_rows.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace reckon::harness {
namespace {

namespace fs = std::filesystem;

constexpr int kRowsPerCall = 100;  // the most that the API gives
constexpr std::size_t kMaxReplyBytes = std::size_t{512} << 20;
constexpr std::int64_t kMaxRows = 50'000'000;
constexpr const char* kNotes = "rows.json";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return result;
}

/// What rows.json of a folder says.
struct Notes {
  std::string commit;
  std::vector<std::pair<std::string, std::string>> sha256_of;  ///< of each split's file
};

std::optional<Notes> read_notes(const std::string& folder) {
  const std::string path = folder + "/" + kNotes;
  if (!fs::is_regular_file(path)) return std::nullopt;
  const json::Document document = json::parse_file(path);
  const json::ObjectReader reader(document, path);
  Notes notes;
  notes.commit = reader.get_string("commit");
  const json::ObjectReader splits = reader.get_object("splits");
  for (const auto& member : reader.find("splits")->GetObject()) {
    notes.sha256_of.emplace_back(member.name.GetString(), splits.get_string(member.name.GetString()));
  }
  return notes;
}

void write_notes(const std::string& folder, const RowsSource& source, const std::string& config,
                 const Notes& notes) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("dataset", json::string(source.dataset, allocator), allocator);
  document.AddMember("config", json::string(config, allocator), allocator);
  document.AddMember("commit", json::string(notes.commit, allocator), allocator);
  json::Value splits(rapidjson::kObjectType);
  for (const auto& [split, sha256] : notes.sha256_of) {
    splits.AddMember(json::string(split, allocator), json::string(sha256, allocator), allocator);
  }
  document.AddMember("splits", splits, allocator);
  write_file_atomically(folder + "/" + kNotes, json::dump_pretty(document) + "\n");
}

/// The rows of one reply as JSON lines. Errors: a cell that was cut off.
std::int64_t append_rows(const json::Document& reply, const std::string& where, std::string& lines) {
  const json::ObjectReader reader(reply, where);
  if (reader.get_bool("partial", false)) {
    fail_evaluation(
        "{}: the server holds only a part of this split; fetch the files of the dataset instead "
        "(`reckon fetch --dataset`)",
        where);
  }
  std::int64_t count = 0;
  for (const json::Value& entry : reader.get_array("rows").GetArray()) {
    const json::ObjectReader row(entry, where + ": rows");
    if (row.has("truncated_cells") && !row.get_array("truncated_cells").Empty()) {
      fail_evaluation(
          "{}: row {}: the server cut off the cells {}; fetch the files of the dataset instead "
          "(`reckon fetch --dataset`)",
          where, row.get_int("row_idx", 0, kMaxRows, 0), fmt::join(row.get_strings("truncated_cells"), ", "));
    }
    row.get_object("row");
    lines += json::dump(*row.find("row")) + "\n";
    ++count;
  }
  return count;
}

}  // namespace

HubRows HubRows::from_environment() {
  HttpOptions options;
  options.attempts = 6;
  if (const char* token = std::getenv("HF_TOKEN")) options.bearer_token = token;
  const char* endpoint = std::getenv("HF_DATASETS_SERVER");
  return {endpoint != nullptr ? endpoint : "https://datasets-server.huggingface.co", options};
}

std::string HubRows::config_of(const RowsSource& source) const {
  const std::string url = fmt::format("{}/splits?dataset={}", endpoint_, escaped(source.dataset));
  const json::Document reply = json::parse(http_get(url, options_, kMaxReplyBytes), url);
  const json::ObjectReader reader(reply, url);
  std::vector<std::string> configs;
  std::vector<std::string> all;
  for (const json::Value& entry : reader.get_array("splits").GetArray()) {
    const json::ObjectReader split(entry, url + ": splits");
    const std::string config = split.get_string("config");
    all.push_back(config + "/" + split.get_string("split"));
    const bool wanted =
        (source.config.empty() || config == source.config) && split.get_string("split") == source.split;
    if (wanted) configs.push_back(config);
  }
  if (configs.size() == 1) return configs.front();
  if (std::find(configs.begin(), configs.end(), "default") != configs.end()) return "default";
  fail_input("{}: {} '{}'; there are: {}", source.dataset,
             configs.empty() ? "there is no split" : "several configurations have the split",
             source.config.empty() ? source.split : source.config + "/" + source.split, fmt::join(all, ", "));
}

void HubRows::fetch(const RowsSource& source, const std::string& folder,
                    const std::function<void(std::int64_t, std::int64_t)>& progress) const {
  Notes notes = read_notes(folder).value_or(Notes{});
  const std::string path = fmt::format("{}/{}.jsonl", folder, source.split);
  const auto known = std::find_if(notes.sha256_of.begin(), notes.sha256_of.end(),
                                  [&](const auto& entry) { return entry.first == source.split; });
  if (known != notes.sha256_of.end() && fs::is_regular_file(path) && sha256_file(path) == known->second)
    return;
  const std::string config = config_of(source);
  std::string lines;
  std::int64_t rows = 0;
  std::int64_t total = 1;
  while (rows < total) {
    const std::string url =
        fmt::format("{}/rows?dataset={}&config={}&split={}&offset={}&length={}", endpoint_,
                    escaped(source.dataset), escaped(config), escaped(source.split), rows, kRowsPerCall);
    const HttpReply reply = http_get_reply(url, options_, kMaxReplyBytes, "X-Revision");
    if (reply.header.empty()) fail_evaluation("{}: the reply names no commit (X-Revision)", url);
    if (notes.commit.empty()) notes.commit = reply.header;
    if (reply.header != notes.commit) {
      fail_input(
          "{}: the dataset has changed: {} is of commit {}, the hub gives commit {} now; remove {} to take "
          "the new one, or go on with what is there",
          source.dataset, rows > 0 ? "what came so far" : "what was fetched before", notes.commit,
          reply.header, folder);
    }
    const json::Document document = json::parse(reply.body, url);
    total = json::ObjectReader(document, url).get_int("num_rows_total", 0, kMaxRows);
    const std::int64_t came = append_rows(document, url, lines);
    if (came == 0 && rows < total) {
      fail_evaluation("{}: the server announces {} rows but gives none behind row {}", url, total, rows);
    }
    rows += came;
    progress(rows, total);
  }
  if (rows != total) fail_evaluation("{}: {} rows came where {} were announced", source.dataset, rows, total);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail_input("{}: cannot be made: {}", folder, error.message());
  write_file_atomically(path, lines);
  if (known != notes.sha256_of.end()) notes.sha256_of.erase(known);
  notes.sha256_of.emplace_back(source.split, sha256_hex(lines));
  write_notes(folder, source, config, notes);
}

}  // namespace reckon::harness
