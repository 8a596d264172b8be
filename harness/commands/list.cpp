#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "harness/commands.h"
#include "harness/open_model.h"
#include "harness/open_tasks.h"
#include "harness/report_options.h"
#include "harness/share_folder.h"
#include "reports/cost/published_models.h"
#include "reports/hardware/catalogue.h"

namespace reckon::harness {
namespace {

using Row = std::vector<std::string>;

void print_table(const Row& head, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : head) widths.push_back(cell.size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto line = [&](const Row& row) {
    std::string text = "|";
    for (std::size_t i = 0; i < row.size(); ++i) text += fmt::format(" {:<{}} |", row[i], widths[i]);
    return text;
  };
  fmt::print("{}\n|", line(head));
  for (const std::size_t width : widths) fmt::print("{}|", std::string(width + 2, '-'));
  fmt::print("\n");
  for (const Row& row : rows) fmt::print("{}\n", line(row));
}

json::Value to_json(const Row& head, const std::vector<Row>& rows, json::Allocator& allocator) {
  json::Value list(rapidjson::kArrayType);
  for (const Row& row : rows) {
    json::Value entry(rapidjson::kObjectType);
    for (std::size_t i = 0; i < row.size(); ++i) {
      entry.AddMember(json::string(head[i], allocator), json::string(row[i], allocator), allocator);
    }
    list.PushBack(entry, allocator);
  }
  return list;
}

std::vector<Row> hardware_rows(const std::string& folder, const std::vector<std::string>& user_files) {
  std::vector<Row> rows;
  for (const reports::Accelerator& card : reports::load_all_hardware(folder, user_files)) {
    rows.push_back({card.name, fmt::format("{}", fmt::join(card.aliases, ", ")),
                    fmt::format("{:g}", card.memory_gb), fmt::format("{:g}", card.memory_gb_per_s),
                    fmt::format("{:g}", card.bf16_dense_tflops),
                    card.fp8_dense_tflops ? fmt::format("{:g}", *card.fp8_dense_tflops) : "none",
                    fmt::format("{:g}", card.link_gb_per_s_both_ways),
                    card.network ? fmt::format("{:g}", card.network->gb_per_s_one_way) : "not known",
                    fmt::format("{:g}", card.power_watts), card.confidence,
                    fmt::format("{}", fmt::join(card.flags, "; "))});
  }
  return rows;
}

// "27 tasks: a, b, ...": the names of a large group would be wider than any terminal.
std::string members_text(const std::vector<std::string>& members) {
  constexpr std::size_t kWidth = 48;
  std::string names;
  std::size_t shown = 0;
  while (shown < members.size() && names.size() + members[shown].size() <= kWidth) {
    names += (shown == 0 ? "" : ", ") + members[shown];
    ++shown;
  }
  const char* cut = shown == members.size() ? "" : shown == 0 ? "..." : ", ...";
  return fmt::format("{} member{}: {}{}", members.size(), members.size() == 1 ? "" : "s", names, cut);
}

// A figure, or that it is not known.
template <typename Number>
std::string figure(const std::optional<Number>& number) {
  return number ? fmt::format("{:g}", *number) : std::string("not known");
}

std::vector<Row> price_rows(const reports::PriceBook& book) {
  std::vector<Row> rows;
  const auto add = [&](const std::string& name, const std::string& what,
                       const reports::PriceValidity& validity) {
    rows.push_back({name, what, validity.from, validity.to.empty() ? "open" : validity.to, validity.source,
                    validity.confidence});
  };
  for (const reports::ModelPrice& row : book.models) {
    add(row.model,
        fmt::format("input {:g}, cached {}, output {:g} per M tokens", row.price.usd_per_million_input,
                    figure(row.price.usd_per_million_cached_input), row.price.usd_per_million_output),
        row.validity);
  }
  for (const reports::DevicePrice& row : book.devices) {
    add(row.device,
        fmt::format("{:g} to {:g} per device-hour", row.usd_per_device_hour_low,
                    row.usd_per_device_hour_high),
        row.validity);
  }
  return rows;
}

void published_table(const reports::PublishedPanel& panel, const ListCommand& command, Row& head,
                     std::vector<Row>& rows) {
  const auto tokens = tokens_per_question("ls", command.input_per_question, command.output_per_question);
  head = {"model"};
  head.insert(head.end(), panel.benchmarks.begin(), panel.benchmarks.end());
  head.insert(head.end(), {"$ per M input", "$ per M output"});
  for (const std::string& benchmark : panel.benchmarks) {
    if (!panel.is_rating(benchmark)) head.push_back("$ per solved " + benchmark);
  }
  head.insert(head.end(), {"source", "note"});
  for (const reports::PublishedModel& model : panel.models) {
    Row row = {model.model};
    for (const std::string& benchmark : panel.benchmarks) {
      const auto score = model.scores.find(benchmark);
      row.push_back(score == model.scores.end() ? "not known" : fmt::format("{:g}", score->second));
    }
    row.push_back(model.price ? fmt::format("{:g}", model.price->usd_per_million_input) : "not known");
    row.push_back(model.price ? fmt::format("{:g}", model.price->usd_per_million_output) : "not known");
    for (const std::string& benchmark : panel.benchmarks) {
      if (!panel.is_rating(benchmark)) row.push_back(figure(model.usd_per_solved(benchmark, tokens)));
    }
    row.push_back("published: " + model.source + (model.price ? "; " + model.price_source : ""));
    row.push_back(model.note);
    rows.push_back(std::move(row));
  }
}

}  // namespace

int list(const ListCommand& command) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  const auto show = [&](const char* what, const Row& head, const std::vector<Row>& rows) {
    if (!command.what.empty() && command.what != what) return;
    if (command.json) {
      document.AddMember(json::string(what, allocator), to_json(head, rows, allocator), allocator);
    } else {
      if (command.what.empty()) fmt::print("{}\n", what);
      print_table(head, rows);
      if (command.what.empty()) fmt::print("\n");
    }
  };
  const auto wanted = [&](const char* what) { return command.what.empty() || command.what == what; };
  if (wanted("suites")) {
    std::vector<Row> rows;
    for (const suites::CatalogueEntry& entry : open_catalogue(command.tasks)->entries()) {
      std::string summary = entry.summary;
      if (summary.empty() && !entry.members.empty()) {
        summary =
            command.json ? fmt::format("{}", fmt::join(entry.members, ", ")) : members_text(entry.members);
      }
      rows.push_back({entry.name, entry.kind, summary, entry.counterpart});
    }
    show("suites", {"name", "kind", "summary", "in lm-eval"}, rows);
  }
  if (wanted("models")) {
    std::vector<Row> rows;
    for (const KnownModel& model : known_models()) rows.push_back({model.name, model.origin, model.path});
    show("models", {"name", "origin", "path"}, rows);
  }
  if (wanted("hardware")) {
    const Row head = {"name",      "also",         "memory GB", "GB/s",       "BF16 TFLOP/s", "FP8 TFLOP/s",
                      "link GB/s", "network GB/s", "W",         "confidence", "flagged"};
    show("hardware", head, hardware_rows(find_share_folders().hardware, command.hardware));
  }
  const auto price_book = [&] {
    return reports::load_price_book(command.prices.empty() ? find_share_folders().prices + "/list_prices.json"
                                                           : command.prices);
  };
  if (wanted("prices")) {
    show("prices", {"name", "USD", "from", "to", "source", "confidence"}, price_rows(price_book()));
  }
  if (wanted("published")) {
    Row head;
    std::vector<Row> rows;
    published_table(
        reports::load_published_panel(find_share_folders().prices + "/published_scores.json", price_book()),
        command, head, rows);
    show("published", head, rows);
  }
  if (command.json) fmt::print("{}\n", json::dump_pretty(document));
  return 0;
}

}  // namespace reckon::harness
