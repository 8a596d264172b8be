#include "tests/suites/generators/puzzle_solvers.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

namespace reckon::suites::test {
namespace {

using Integer = std::int64_t;

std::vector<std::smatch> matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string arithmetic_chain(const std::string& question) {
  static const std::regex kStep("(Start with|Multiply by|Subtract|Divide by|Add) (-?[0-9]+)\\.");
  Integer value = 0;
  for (const std::smatch& step : matches(question, kStep)) {
    const Integer number = std::stoll(step[2]);
    if (step[1] == "Start with") value = number;
    if (step[1] == "Multiply by") value *= number;
    if (step[1] == "Subtract") value -= number;
    if (step[1] == "Add") value += number;
    if (step[1] == "Divide by") {
      if (value % number != 0) return "";
      value /= number;
    }
  }
  return std::to_string(value);
}

struct Rational {
  Integer top = 0, bottom = 1;
};
Rational reduced(Integer top, Integer bottom) {
  const Integer divisor = std::gcd(top, bottom);
  if (divisor != 0) {
    top /= divisor;
    bottom /= divisor;
  }
  return bottom < 0 ? Rational{-top, -bottom} : Rational{top, bottom};
}
Rational minus_product(const Rational& a, const Rational& b, const Rational& c) {
  const Rational product = reduced(b.top * c.top, b.bottom * c.bottom);
  return reduced(a.top * product.bottom - product.top * a.bottom, a.bottom * product.bottom);
}

// Terms like "3x", "- y", "+ 12" into coefficients by name ("" : the constant).
std::map<std::string, Integer> terms(const std::string& text) {
  static const std::regex kTerm("([+-]?) ?([0-9]*)([a-z]?(?:\\^[0-9]+)?)");
  std::map<std::string, Integer> coefficients;
  for (const std::smatch& term : matches(text, kTerm)) {
    if (term[2].length() == 0 && term[3].length() == 0) continue;
    const Integer size = term[2].length() == 0 ? 1 : std::stoll(term[2]);
    coefficients[term[3]] += term[1] == "-" ? -size : size;
  }
  return coefficients;
}

std::string linear_system(const std::string& question) {
  std::vector<std::map<std::string, Integer>> rows;
  std::vector<Integer> rights;
  std::set<std::string> names;
  for (const std::string& line : lines_of(question)) {
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos) continue;
    rows.push_back(terms(line.substr(0, equals)));
    rights.push_back(std::stoll(line.substr(equals + 3)));
    for (const auto& [name, value] : rows.back()) {
      if (!name.empty()) names.insert(name);
    }
  }
  const std::vector<std::string> order(names.begin(), names.end());
  const std::size_t n = order.size();
  if (n != rows.size()) return "";
  std::vector<std::vector<Rational>> matrix(n, std::vector<Rational>(n + 1));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) matrix[i][j] = {rows[i][order[j]], 1};
    matrix[i][n] = {rights[i], 1};
  }
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    while (pivot < n && matrix[pivot][column].top == 0) ++pivot;
    if (pivot == n) return "";
    std::swap(matrix[pivot], matrix[column]);
    const Rational head = matrix[column][column];
    for (Rational& entry : matrix[column]) entry = reduced(entry.top * head.bottom, entry.bottom * head.top);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == column) continue;
      const Rational factor = matrix[i][column];
      for (std::size_t j = 0; j <= n; ++j)
        matrix[i][j] = minus_product(matrix[i][j], factor, matrix[column][j]);
    }
  }
  const std::string asked(1, question[question.size() - 2]);
  const auto place = static_cast<std::size_t>(std::find(order.begin(), order.end(), asked) - order.begin());
  if (place == n || matrix[place][n].bottom != 1) return "";
  return std::to_string(matrix[place][n].top);
}

std::string modular_arithmetic(const std::string& question) {
  static const std::regex kShape("of ([0-9]+) \\* ([0-9]+)\\^([0-9]+) \\+ ([0-9]+) when divided by ([0-9]+)");
  std::smatch found;
  if (!std::regex_search(question, found, kShape)) return "";
  const Integer modulus = std::stoll(found[5]);
  Integer base = std::stoll(found[2]) % modulus;
  Integer power = 1 % modulus;
  for (Integer exponent = std::stoll(found[3]); exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) power = power * base % modulus;
    base = base * base % modulus;
  }
  return std::to_string((std::stoll(found[1]) * power + std::stoll(found[4])) % modulus);
}

int power_of(const std::string& name) {
  if (name.empty()) return 0;
  return name.size() == 1 ? 1 : std::stoi(name.substr(2));
}

std::string polynomial_identity(const std::string& question) {
  static const std::regex kFactor("\\(([^)]*)\\)");
  std::map<int, Integer> whole = {{0, 1}};
  for (const std::smatch& factor : matches(question, kFactor)) {
    std::map<int, Integer> next;
    for (const auto& [power, value] : whole) {
      for (const auto& [name, coefficient] : terms(factor[1]))
        next[power + power_of(name)] += value * coefficient;
    }
    whole = next;
  }
  static const std::regex kAsked("coefficient of x\\^([0-9]+)");
  std::smatch asked;
  return std::to_string(whole[std::regex_search(question, asked, kAsked) ? std::stoi(asked[1]) : 0]);
}

/// Every value that two of the numbers after another give until one is left.
void combine(std::vector<Integer> numbers, std::set<Integer>& values, std::set<std::vector<Integer>>& seen) {
  std::sort(numbers.begin(), numbers.end());
  if (!seen.insert(numbers).second) return;
  if (numbers.size() == 1) {
    values.insert(numbers[0]);
    return;
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      std::vector<Integer> rest;
      for (std::size_t k = 0; k < numbers.size(); ++k) {
        if (k != i && k != j) rest.push_back(numbers[k]);
      }
      for (const Integer result :
           {numbers[i] + numbers[j], numbers[i] * numbers[j], numbers[i] - numbers[j]}) {
        rest.push_back(result);  // numbers are sorted: the difference is not below 0
        combine(rest, values, seen);
        rest.pop_back();
      }
    }
  }
}

std::string countdown(const std::string& question) {
  static const std::regex kNumber("[0-9]+");
  static const std::regex kTarget("\\(([A-D])\\) ([0-9]+)");
  const std::string head = question.substr(0, question.find("are each"));
  std::vector<Integer> numbers;
  for (const std::smatch& number : matches(head, kNumber)) numbers.push_back(std::stoll(number[0]));
  std::set<Integer> values;
  std::set<std::vector<Integer>> seen;
  combine(numbers, values, seen);
  std::string answer;
  int reached = 0;
  for (const std::smatch& target : matches(question, kTarget)) {
    if (values.contains(std::stoll(target[2]))) {
      answer = target[1];
      ++reached;
    }
  }
  return reached == 1 ? answer : "";
}

std::string knights_knaves(const std::string& question) {
  static const std::regex kSays("([A-Z][a-z]+) says: \"([^\"]*)\\.\"");
  static const std::regex kIs("([A-Z][a-z]+) is a (knight|knave)");
  static const std::regex kKinds("([A-Z][a-z]+) and ([A-Z][a-z]+) are of (the same kind|different kinds)");
  std::vector<std::string> names;
  std::vector<std::string> claims;
  for (const std::smatch& says : matches(question, kSays)) {
    names.push_back(says[1]);
    claims.push_back(says[2]);
  }
  std::vector<std::string> solutions;
  for (unsigned world = 0; world < (1U << names.size()); ++world) {
    const auto knight = [&](const std::string& name) {
      const auto place = std::find(names.begin(), names.end(), name) - names.begin();
      return (world >> place & 1U) != 0;
    };
    bool fits = true;
    for (std::size_t i = 0; i < names.size() && fits; ++i) {
      const std::string& claim = claims[i];
      bool truth = false;
      std::smatch kinds;
      if (std::regex_search(claim, kinds, kKinds)) {
        truth = (knight(kinds[1]) == knight(kinds[2])) == (kinds[3] == "the same kind");
      } else {
        std::vector<bool> parts;
        for (const std::smatch& part : matches(claim, kIs))
          parts.push_back(knight(part[1]) == (part[2] == "knight"));
        if (claim.starts_with("if ")) {
          truth = !parts[0] || parts[1];
        } else if (claim.find(" or ") != std::string::npos) {
          truth = parts[0] || parts[1];
        } else {
          truth = std::all_of(parts.begin(), parts.end(), [](bool part) { return part; });
        }
      }
      fits = truth == knight(names[i]);
    }
    if (!fits) continue;
    std::string solution;
    for (const std::string& name : names) {
      solution += (solution.empty() ? "" : ", ") + name + (knight(name) ? " is a knight" : " is a knave");
    }
    solutions.push_back(solution);
  }
  return solutions.size() == 1 ? solutions[0] : "";
}

/// Everything that can be in a house: "Ann", "drinks tea", "in the red house".
class Zebra {
 public:
  explicit Zebra(const std::string& question) : lines_(lines_of(question)) {
    static const std::regex kName("\\b(Ann|Bob|Cid|Dora|Eve)\\b");
    static const std::regex kPerson("person (who drinks|who keeps a|in the) ([a-z]+)");
    std::map<std::string, std::set<std::string>> groups;
    for (const std::smatch& name : matches(lines_[0], kName)) groups["name"].insert(name[1]);
    for (const std::smatch& person : matches(lines_[0], kPerson)) groups[person[1]].insert(key(person));
    for (const auto& [kind, values] : groups) groups_.emplace_back(values.begin(), values.end());
    for (std::size_t i = 1; i + 1 < lines_.size(); ++i) clues_.push_back(clue(lines_[i]));
    houses_ = groups_[0].size();
  }

  std::string answer() {
    place(0);
    if (solutions_ != 1) return "";
    const std::vector<std::string> asked = mentioned(lines_.back());
    for (const auto& group : groups_) {
      for (const std::string& value : group) {
        if (value[0] >= 'A' && value[0] <= 'Z' && solution_[value] == solution_[asked[0]]) return value;
      }
    }
    return "";
  }

 private:
  struct Clue {
    std::string kind;
    std::vector<std::string> things;
    int house = 0;
  };

  static std::string key(const std::smatch& person) { return person[1].str() + " " + person[2].str(); }

  static std::vector<std::string> mentioned(const std::string& line) {
    static const std::regex kThing(
        "(Ann|Bob|Cid|Dora|Eve)\\b|erson (who drinks|who keeps a|in the) ([a-z]+)");
    std::vector<std::string> things;
    for (const std::smatch& thing : matches(line, kThing)) {
      things.push_back(thing[1].matched ? thing[1].str() : thing[2].str() + " " + thing[3].str());
    }
    return things;
  }

  static Clue clue(const std::string& line) {
    Clue clue;
    clue.things = mentioned(line);
    static const std::regex kHouse("lives in house ([0-9])");
    std::smatch house;
    if (std::regex_search(line, house, kHouse)) {
      clue.kind = "house";
      clue.house = std::stoi(house[1]);
    } else {
      clue.kind = line.find("directly left") != std::string::npos ? "left"
                  : line.find("next to") != std::string::npos     ? "next"
                                                                  : "same";
    }
    return clue;
  }

  bool contradicts(const Clue& clue) const {
    std::vector<int> at;
    for (const std::string& thing : clue.things) {
      const auto found = where_.find(thing);
      if (found == where_.end()) return false;
      at.push_back(found->second);
    }
    if (clue.kind == "house") return at[0] != clue.house;
    if (clue.kind == "left") return at[0] + 1 != at[1];
    if (clue.kind == "next") return std::abs(at[0] - at[1]) != 1;
    return at[0] != at[1];
  }

  // One thing after another into a house that its group has left free.
  void place(std::size_t index) {
    if (solutions_ > 1) return;
    const std::size_t group = index / houses_;
    if (group == groups_.size()) {
      ++solutions_;
      solution_ = where_;
      return;
    }
    const std::string& thing = groups_[group][index % houses_];
    for (int house = 1; house <= static_cast<int>(houses_); ++house) {
      const bool taken =
          std::any_of(groups_[group].begin(), groups_[group].end(), [&](const std::string& other) {
            const auto found = where_.find(other);
            return found != where_.end() && found->second == house;
          });
      if (taken) continue;
      where_[thing] = house;
      if (std::none_of(clues_.begin(), clues_.end(), [&](const Clue& c) { return contradicts(c); }))
        place(index + 1);
      where_.erase(thing);
    }
  }

  std::vector<std::string> lines_;
  std::vector<std::vector<std::string>> groups_;
  std::vector<Clue> clues_;
  std::size_t houses_ = 0;
  std::map<std::string, int> where_;
  std::map<std::string, int> solution_;
  int solutions_ = 0;
};

std::string entailment(const std::string& question) {
  static const std::regex kFact("the ([a-z]+) is (on|off)");
  const std::vector<std::string> lines = lines_of(question);
  std::vector<std::string> things;
  for (const std::smatch& fact : matches(question, kFact)) {
    if (std::find(things.begin(), things.end(), fact[1].str()) == things.end()) things.push_back(fact[1]);
  }
  bool always = true;
  bool possible = false;
  for (unsigned world = 0; world < (1U << things.size()); ++world) {
    const auto truths = [&](const std::string& line) {
      std::vector<bool> values;
      for (const std::smatch& fact : matches(line, kFact)) {
        const auto place = std::find(things.begin(), things.end(), fact[1].str()) - things.begin();
        values.push_back(((world >> place & 1U) != 0) == (fact[2] == "on"));
      }
      return values;
    };
    bool all = true;
    for (std::size_t i = 1; i + 1 < lines.size() && all; ++i) {
      const std::vector<bool> parts = truths(lines[i]);
      if (lines[i].starts_with("If ")) {
        all = parts.back() || !std::all_of(parts.begin(), parts.end() - 1, [](bool part) { return part; });
      } else if (lines[i].starts_with("At least")) {
        all = parts[0] || parts[1];
      } else if (lines[i].starts_with("Exactly")) {
        all = parts[0] != parts[1];
      } else {
        all = parts[0];
      }
    }
    if (!all) continue;
    possible = true;
    always = always && truths(lines.back())[0];
  }
  return !possible ? "" : always ? "yes" : "no";
}

std::string shortest_path(const std::string& question) {
  static const std::regex kRoad("([A-Z][a-z]+) - ([A-Z][a-z]+): ([0-9]+) km");
  static const std::regex kAsked("way from ([A-Z][a-z]+) to ([A-Z][a-z]+)");
  std::smatch asked;
  if (!std::regex_search(question, asked, kAsked)) return "";
  std::map<std::string, Integer> distance = {{asked[1], 0}};
  const std::vector<std::smatch> roads = matches(question, kRoad);
  for (bool changed = true; changed;) {  // Bellman and Ford
    changed = false;
    for (const std::smatch& road : roads) {
      for (const auto& [from, to] :
           {std::pair(road[1].str(), road[2].str()), std::pair(road[2].str(), road[1].str())}) {
        if (!distance.contains(from)) continue;
        const Integer length = distance[from] + std::stoll(road[3]);
        if (!distance.contains(to) || length < distance[to]) {
          distance[to] = length;
          changed = true;
        }
      }
    }
  }
  return distance.contains(asked[2]) ? std::to_string(distance[asked[2]]) : "";
}

std::string string_rewriting(const std::string& question) {
  static const std::regex kRule("\n([a-z]+) -> (\\(nothing\\)|[a-z]+)");
  static const std::regex kStart("Begin with the string ([a-z]+)\\.");
  std::smatch start;
  if (!std::regex_search(question, start, kStart)) return "";
  const std::vector<std::smatch> rules = matches(question, kRule);
  std::string text = start[1];
  for (int step = 0; step < 10'000; ++step) {
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const std::smatch& candidate) {
      return text.find(candidate[1].str()) != std::string::npos;
    });
    if (rule == rules.end()) return text;
    const std::string left = (*rule)[1];
    const std::size_t at = text.find(left);
    text = text.substr(0, at) + ((*rule)[2] == "(nothing)" ? "" : (*rule)[2].str()) +
           text.substr(at + left.size());
  }
  return "";
}

}  // namespace

std::string solve(const std::string& family, const std::string& question) {
  static const std::map<std::string, std::function<std::string(const std::string&)>> kSolvers = {
      {"arithmetic_chain", arithmetic_chain},
      {"linear_system", linear_system},
      {"modular_arithmetic", modular_arithmetic},
      {"polynomial_identity", polynomial_identity},
      {"countdown", countdown},
      {"knights_knaves", knights_knaves},
      {"zebra", [](const std::string& text) { return Zebra(text).answer(); }},
      {"entailment", entailment},
      {"shortest_path", shortest_path},
      {"string_rewriting", string_rewriting}};
  return kSolvers.at(family)(question);
}

}  // namespace reckon::suites::test
