#include "reports/cost/published_models.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/json_values.h"

namespace reckon::reports {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::map<std::string, double> read_scores(const json::ObjectReader& row, const PublishedPanel& panel) {
  std::map<std::string, double> scores;
  const json::ObjectReader object = row.get_object("scores");
  for (const auto& member : row.find("scores")->GetObject()) {
    const std::string benchmark = member.name.GetString();
    if (!holds(panel.benchmarks, benchmark)) {
      fail_input("{}: '{}' is not among the 'benchmarks' of the file", object.where(), benchmark);
    }
    const double score = object.get_number(benchmark.c_str());
    if (!(score >= 0) || score > (panel.is_rating(benchmark) ? 1e5 : 100)) {
      fail_input("{}: field '{}' is {}, no {}", object.where(), benchmark, score,
                 panel.is_rating(benchmark) ? "rating" : "score in percent");
    }
    scores[benchmark] = score;
  }
  return scores;
}

void look_up_price(const json::ObjectReader& row, const PriceBook& book, PublishedModel& model) {
  const std::string name = row.get_string("price", "");
  if (name.empty()) return;
  const std::string date = row.get_string("price_date");
  const ModelPrice* price = find_model_price(book, name, date);
  if (price == nullptr) {
    fail_input("{}: field 'price': {} has no price of '{}' on {}", row.where(), book.path, name, date);
  }
  model.price = price->price;
  model.price_source =
      fmt::format("{} ({}, confidence {})", price->validity.source, date, price->validity.confidence);
}

}  // namespace

bool PublishedPanel::is_rating(const std::string& benchmark) const { return holds(ratings, benchmark); }

std::optional<double> PublishedModel::usd_per_solved(const std::string& benchmark,
                                                     const std::optional<TokensPerQuestion>& tokens) const {
  const auto score = scores.find(benchmark);
  if (!price || !tokens || score == scores.end() || !(score->second > 0) || score->second > 100) {
    return std::nullopt;
  }
  const double question =
      (tokens->input * price->usd_per_million_input + tokens->output * price->usd_per_million_output) / 1e6;
  if (!(question > 0)) return std::nullopt;
  return question / (score->second / 100);
}

PublishedPanel load_published_panel(const std::string& path, const PriceBook& book) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  require_schema(file, 1);
  PublishedPanel panel;
  panel.path = path;
  panel.note = file.get_string("note", "");
  panel.protocol = file.get_string("protocol", "");
  panel.benchmarks = file.get_strings("benchmarks");
  panel.ratings = file.get_strings("ratings");
  for (const json::Value& item : file.get_array("models").GetArray()) {
    const json::ObjectReader row(item, fmt::format("{}: models[{}]", path, panel.models.size()));
    PublishedModel model;
    model.model = row.get_string("model");
    const bool twice = std::any_of(panel.models.begin(), panel.models.end(),
                                   [&](const PublishedModel& other) { return other.model == model.model; });
    if (twice) fail_input("{}: '{}' stands there twice", row.where(), model.model);
    model.source = row.get_string("source");
    if (model.source.empty()) fail_input("{}: field 'source' is empty", row.where());
    model.note = row.get_string("note", "");
    model.scores = read_scores(row, panel);
    look_up_price(row, book, model);
    panel.models.push_back(std::move(model));
  }
  return panel;
}

}  // namespace reckon::reports
