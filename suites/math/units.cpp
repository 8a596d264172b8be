#include "suites/math/units.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "suites/math/value_equality.h"

namespace reckon::suites::math {
namespace {

struct Unit {
  std::string_view names;      ///< separated by spaces
  std::string_view dimension;  ///< what it measures
  slong numerator;             ///< in the dimension's first unit
  ulong denominator;
};

constexpr Unit kUnits[] = {
    {"m meter meters metre metres", "length", 1, 1},
    {"cm centimeter centimeters centimetre centimetres", "length", 1, 100},
    {"mm millimeter millimeters", "length", 1, 1000},
    {"km kilometer kilometers kilometre kilometres", "length", 1000, 1},
    {"ft foot feet", "length", 381, 1250},
    {"in inch inches", "length", 127, 5000},
    {"yd yard yards", "length", 1143, 1250},
    {"mi mile miles", "length", 201168, 125},
    {"kg kilogram kilograms", "mass", 1, 1},
    {"g gram grams gm", "mass", 1, 1000},
    {"s sec second seconds", "time", 1, 1},
    {"min minute minutes", "time", 60, 1},
    {"h hr hrs hour hours", "time", 3600, 1},
    {"day days", "time", 86400, 1},
    {"week weeks", "time", 604800, 1},
    {"cent cents", "money", 1, 100},
    {"dollar dollars", "money", 1, 1},
    {"am", "morning", 1, 1},
    {"pm", "afternoon", 1, 1},
};

const Unit* unit_named(std::string_view name) {
  for (const Unit& unit : kUnits) {
    std::string_view names = unit.names;
    while (!names.empty()) {
      const std::size_t space = std::min(names.find(' '), names.size());
      if (names.substr(0, space) == name) return &unit;
      names.remove_prefix(std::min(space + 1, names.size()));
    }
  }
  return nullptr;
}

/// The one unit of an answer, with the power behind it.
struct Measured {
  const Unit* unit = nullptr;
  long power = 1;
};

Measured unit_of(const Answer::Interpretation& reading) {
  if (reading.units.size() != 1 || !is_value(*reading.tree)) return {};
  std::string name = reading.units.front();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::erase(name, '.');
  long power = 1;
  for (const auto& [word, degree] :
       {std::pair<std::string_view, long>{"square ", 2}, {"sq ", 2}, {"cubic ", 3}, {"cu ", 3}}) {
    if (name.substr(0, word.size()) == word) {
      name.erase(0, word.size());
      power = degree;
    }
  }
  if (name.size() > 2 && name[name.size() - 2] == '^' &&
      std::isdigit(static_cast<unsigned char>(name.back())) != 0) {
    power = name.back() - '0';
    name.resize(name.size() - 2);
  }
  const Unit* unit = unit_named(name);
  // Powers of things other than lengths are not known; neither is a hidden one ("units^2").
  if (unit == nullptr || (power != 1 && unit->dimension != "length")) return {};
  return {unit, power};
}

}  // namespace

std::optional<Judgement> compare_units(const Answer::Interpretation& gold,
                                       const Answer::Interpretation& answer) {
  const Measured a = unit_of(gold);
  const Measured b = unit_of(answer);
  if (a.unit == nullptr || b.unit == nullptr || a.unit == b.unit) return std::nullopt;
  if (a.unit->dimension != b.unit->dimension || a.power != b.power) {
    return Judgement{false, Evidence::proven_different,
                     "different units: " + gold.units.front() + " and " + answer.units.front()};
  }
  const Rational factor =
      Rational(b.unit->numerator, b.unit->denominator) / Rational(a.unit->numerator, a.unit->denominator);
  std::vector<Tree> factors(static_cast<std::size_t>(a.power), make_number(factor));
  factors.push_back(answer.tree);
  Judgement judgement = compare_values(gold.tree, make_product(std::move(factors)));
  judgement.detail += "; " + answer.units.front() + " in " + gold.units.front();
  return judgement;
}

}  // namespace reckon::suites::math
