#include "reports/cost/price_book.h"

#include <algorithm>
#include <cctype>
#include <chrono>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/json_values.h"

namespace reckon::reports {
namespace {

bool is_date(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  const auto part = [&](std::size_t begin, std::size_t count) {
    return static_cast<unsigned>(std::stoul(text.substr(begin, count)));
  };
  const std::chrono::year year(static_cast<int>(part(0, 4)));
  return (year / std::chrono::month(part(5, 2)) / std::chrono::day(part(8, 2))).ok();
}

double price_of(const json::ObjectReader& row, const char* key) {
  const double usd = row.get_number(key);
  if (!(usd > 0) || usd > 1e6) {
    fail_input("{}: field '{}' is {}; a price is more than 0 (leave the row out where it is not known)",
               row.where(), key, usd);
  }
  return usd;
}

PriceValidity read_validity(const json::ObjectReader& row) {
  PriceValidity validity{row.get_string("from"), row.get_string("to", ""), row.get_string("source"),
                         row.get_string("confidence")};
  if (!is_date(validity.from))
    fail_input("{}: field 'from' should be YYYY-MM-DD, is '{}'", row.where(), validity.from);
  if (!validity.to.empty() && (!is_date(validity.to) || validity.to < validity.from)) {
    fail_input("{}: field 'to' should be a date YYYY-MM-DD not before 'from', is '{}'", row.where(),
               validity.to);
  }
  if (validity.source.empty()) fail_input("{}: field 'source' is empty", row.where());
  if (validity.confidence != "high" && validity.confidence != "medium" && validity.confidence != "low") {
    fail_input("{}: field 'confidence' should be high, medium or low, is '{}'", row.where(),
               validity.confidence);
  }
  return validity;
}

bool overlap(const PriceValidity& a, const PriceValidity& b) {
  const bool a_ends_before = !a.to.empty() && a.to < b.from;
  const bool b_ends_before = !b.to.empty() && b.to < a.from;
  return !a_ends_before && !b_ends_before;
}

template <typename Row, typename NameOf>
void refuse_overlaps(const std::vector<Row>& rows, NameOf name_of, const std::string& where) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = i + 1; j < rows.size(); ++j) {
      if (name_of(rows[i]) == name_of(rows[j]) && overlap(rows[i].validity, rows[j].validity)) {
        fail_input("{}: rows {} and {}: two prices of '{}' at the same time (from {} and from {})", where, i,
                   j, name_of(rows[i]), rows[i].validity.from, rows[j].validity.from);
      }
    }
  }
}

bool is_valid_on(const PriceValidity& validity, const std::string& date) {
  return date >= validity.from && (validity.to.empty() || date <= validity.to);
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

PriceBook load_price_book(const std::string& path) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  require_schema(file, 1);
  PriceBook book;
  book.path = path;
  if (file.has("models")) {
    std::size_t number = 0;
    for (const json::Value& item : file.get_array("models").GetArray()) {
      const json::ObjectReader row(item, fmt::format("{}: models[{}]", path, number++));
      ModelPrice price;
      price.model = row.get_string("model");
      price.price.usd_per_million_input = price_of(row, "usd_per_million_input");
      if (row.has("usd_per_million_cached_input")) {
        price.price.usd_per_million_cached_input = price_of(row, "usd_per_million_cached_input");
      }
      price.price.usd_per_million_output = price_of(row, "usd_per_million_output");
      price.validity = read_validity(row);
      book.models.push_back(std::move(price));
    }
  }
  if (file.has("devices")) {
    std::size_t number = 0;
    for (const json::Value& item : file.get_array("devices").GetArray()) {
      const json::ObjectReader row(item, fmt::format("{}: devices[{}]", path, number++));
      DevicePrice price;
      price.device = row.get_string("device");
      if (price.device.empty()) fail_input("{}: field 'device' is empty", row.where());
      price.usd_per_device_hour_low = price_of(row, "usd_per_device_hour_low");
      price.usd_per_device_hour_high = price_of(row, "usd_per_device_hour_high");
      if (price.usd_per_device_hour_high < price.usd_per_device_hour_low) {
        fail_input("{}: field 'usd_per_device_hour_high' is below the low price", row.where());
      }
      price.validity = read_validity(row);
      book.devices.push_back(std::move(price));
    }
  }
  refuse_overlaps(
      book.models, [](const ModelPrice& row) { return row.model; }, path + ": models");
  refuse_overlaps(
      book.devices, [](const DevicePrice& row) { return row.device; }, path + ": devices");
  return book;
}

const ModelPrice* find_model_price(const PriceBook& book, const std::string& model, const std::string& date) {
  const std::string name = lower(model);
  for (const ModelPrice& row : book.models) {
    if (lower(row.model) == name && is_valid_on(row.validity, date)) return &row;
  }
  return nullptr;
}

const DevicePrice* find_device_price(const PriceBook& book, const std::string& device_name,
                                     const std::string& date) {
  const std::string name = lower(device_name);
  const DevicePrice* best = nullptr;
  for (const DevicePrice& row : book.devices) {
    if (name.find(lower(row.device)) == std::string::npos) continue;
    if (!is_valid_on(row.validity, date)) continue;
    if (best == nullptr || row.device.size() > best->device.size()) best = &row;
  }
  return best;
}

}  // namespace reckon::reports
