#include "engine/template/methods.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/template/arguments.h"

namespace reckon::engine::jinja {
namespace {

Value immutable(Interpreter&, const Value& self, Arguments&) {
  throw Failure(fmt::format("templates cannot change a {}: use a new one, or a namespace", self.type_name()));
}

Value dict_get(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("get", arguments, {"key", "default"});
  const Value* member = self.as_dict().find(bound.at(0));
  return member != nullptr ? *member : bound.value(1);
}

Value dict_items(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("items", arguments, {});
  std::vector<Value> pairs;
  for (const auto& [key, value] : self.as_dict().members) {
    pairs.push_back(make_list({key, value}, List::Flavor::tuple));
  }
  return make_list(std::move(pairs), List::Flavor::view);
}

Value dict_keys(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("keys", arguments, {});
  std::vector<Value> keys;
  for (const auto& member : self.as_dict().members) keys.push_back(member.first);
  return make_list(std::move(keys), List::Flavor::view);
}

Value dict_values(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("values", arguments, {});
  std::vector<Value> values;
  for (const auto& member : self.as_dict().members) values.push_back(member.second);
  return make_list(std::move(values), List::Flavor::view);
}

Value copied(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("copy", arguments, {});
  return self;  // nothing can change either of the two
}

Value list_index(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("index", arguments, {"value"});
  const auto& items = self.as_list().items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (equal(items[i], bound.at(0))) return Value::integer(i);
  }
  throw Failure("the value is not in the list");
}

Value list_count(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("count", arguments, {"value"});
  const auto& items = self.as_list().items;
  return Value(static_cast<std::int64_t>(std::count_if(
      items.begin(), items.end(), [&](const Value& item) { return equal(item, bound.at(0)); })));
}

struct Named {
  std::string_view name;
  Method method;
};

Method find_in(const Named* begin, const Named* end, std::string_view name) {
  const Named* found = std::find_if(begin, end, [&](const Named& known) { return known.name == name; });
  return found == end ? nullptr : found->method;
}

}  // namespace

Method find_dict_method(std::string_view name) {
  static constexpr Named kMethods[] = {
      {"get", dict_get},     {"items", dict_items},     {"keys", dict_keys},    {"values", dict_values},
      {"copy", copied},      {"pop", immutable},        {"popitem", immutable}, {"clear", immutable},
      {"update", immutable}, {"setdefault", immutable},
  };
  return find_in(std::begin(kMethods), std::end(kMethods), name);
}

Method find_list_method(const List& list, std::string_view name) {
  static constexpr Named kMethods[] = {
      {"index", list_index}, {"count", list_count},  {"copy", copied},    {"append", immutable},
      {"extend", immutable}, {"insert", immutable},  {"pop", immutable},  {"remove", immutable},
      {"clear", immutable},  {"reverse", immutable}, {"sort", immutable},
  };
  if (list.flavor == List::Flavor::generator || list.flavor == List::Flavor::view) return nullptr;
  const Method method = find_in(std::begin(kMethods), std::end(kMethods), name);
  const bool any_sequence = method == list_index || method == list_count;
  return list.flavor == List::Flavor::list || any_sequence ? method : nullptr;
}

}  // namespace reckon::engine::jinja
