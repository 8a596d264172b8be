// Filters that walk through sequences.

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "engine/template/access.h"
#include "engine/template/arguments.h"
#include "engine/template/filters.h"
#include "engine/template/interpreter.h"
#include "engine/template/operators.h"
#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

Value generator(std::vector<Value> items) { return make_list(std::move(items), List::Flavor::generator); }

// How values are compared by sort, unique, min, max and groupby: texts without regard to case, unless told.
Value sort_key(const Value& item, const Value& attribute, bool case_sensitive) {
  Value key = attribute.is_none() ? item : at_path(item, attribute);
  return key.is_text() && !case_sensitive ? Value(to_lower(key.as_text())) : key;
}

Value first_of(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("first", arguments, {});
  const auto items = iterate(input);
  return items.empty() ? Value::undefined("No first item, sequence was empty.") : items.front();
}

bool is_lazy(const Value& value) {
  return value.is_list() && value.as_list().flavor == List::Flavor::generator;
}

Value last_of(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("last", arguments, {});
  if (is_lazy(input)) throw Failure("'generator' object is not reversible");
  const auto items = iterate(input);
  return items.empty() ? Value::undefined("No last item, sequence was empty.") : items.back();
}

Value joined(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("join", arguments, {"d", "attribute"});
  const std::string separator = bound.has(0) ? to_text(bound.at(0)) : "";
  std::string text;
  bool first = true;
  for (const Value& item : iterate(input)) {
    if (!first) text += separator;
    first = false;
    const std::size_t before = text.size();
    text += to_text(bound.has(1) && !bound.at(1).is_none() ? at_path(item, bound.at(1)) : item);
    spend_bytes(text.size() - before + separator.size());
  }
  return Value(std::move(text));
}

// map, select, reject and their kin take whatever is false, None too, as empty.
Value mapped(Interpreter& interpreter, const Value& input, Arguments& arguments) {
  if (!truth(input)) return generator({});
  std::vector<Value> items = iterate(input);
  if (arguments.positional.empty()) {
    const Bound bound("map", arguments, {"attribute", "default"});
    const Value& attribute = bound.at(0);
    for (Value& item : items) {
      item = at_path(item, attribute);
      if (item.is_undefined() && bound.has(1)) item = bound.at(1);
    }
    return generator(std::move(items));
  }
  if (!arguments.positional[0].is_text()) throw Failure("map: the name of a filter should be a text");
  const std::string name = arguments.positional[0].as_text();
  Arguments rest{{arguments.positional.begin() + 1, arguments.positional.end()}, arguments.named};
  for (Value& item : items) item = interpreter.filter(name, item, rest);
  return generator(std::move(items));
}

// select, reject, selectattr, rejectattr.
template <bool Keep, bool ByAttribute>
Value selected(Interpreter& interpreter, const Value& input, Arguments& arguments) {
  if (!truth(input)) return generator({});
  std::size_t used = 0;
  Value attribute;
  if (ByAttribute) {
    if (arguments.positional.empty()) throw Failure("Missing parameter for attribute name");
    attribute = arguments.positional[used++];
  }
  std::string name;
  if (used < arguments.positional.size()) {
    if (!arguments.positional[used].is_text()) throw Failure("the name of a test should be a text");
    name = arguments.positional[used++].as_text();
  }
  Arguments rest{
      {arguments.positional.begin() + static_cast<std::ptrdiff_t>(used), arguments.positional.end()},
      arguments.named};
  std::vector<Value> kept;
  for (Value& item : iterate(input)) {
    const Value value = ByAttribute ? at_path(item, attribute) : item;
    const bool passes = name.empty() ? truth(value) : interpreter.test(name, value, rest);
    if (passes == Keep) kept.push_back(std::move(item));
  }
  return generator(std::move(kept));
}

Value reversed(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("reverse", arguments, {});
  if (input.is_text()) {
    spend_bytes(input.as_text().size());
    auto parts = characters(input.as_text());
    std::string text;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) text += *part;
    return Value(std::move(text));
  }
  auto items = iterate(input);
  std::reverse(items.begin(), items.end());
  return generator(std::move(items));
}

// Stable sort by key; `failures` of order() pass through.
std::vector<Value> sorted(std::vector<Value> items, const std::vector<Value>& keys, bool reverse) {
  std::vector<std::size_t> places(items.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    const int sign = order(keys[a], keys[b]);
    return reverse ? sign > 0 : sign < 0;
  });
  std::vector<Value> result;
  result.reserve(items.size());
  for (const std::size_t place : places) result.push_back(std::move(items[place]));
  return result;
}

Value sort_items(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("sort", arguments, {"reverse", "case_sensitive", "attribute"});
  std::vector<Value> items = iterate(input);
  std::vector<Value> keys;
  const Value attribute = bound.value(2);
  for (const Value& item : items) {
    if (attribute.is_text()) {
      // Several attributes, "a,b", are compared one after the other.
      std::vector<Value> parts;
      for (const auto& path : split(attribute.as_text(), ",", -1)) {
        parts.push_back(sort_key(item, Value(path), bound.flag(1, false)));
      }
      keys.push_back(make_list(std::move(parts)));
    } else {
      keys.push_back(sort_key(item, attribute, bound.flag(1, false)));
    }
  }
  return make_list(sorted(std::move(items), keys, bound.flag(0, false)));
}

Value sort_dict(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("dictsort", arguments, {"case_sensitive", "by", "reverse"});
  const std::string by = bound.has(1) ? bound.text(1) : "key";
  if (by != "key" && by != "value")
    throw Failure("dictsort: you can only sort by either \"key\" or \"value\"");
  input.require_defined();
  if (!input.is_dict()) throw Failure(fmt::format("dictsort wants a dict, not {}", input.type_name()));
  std::vector<Value> pairs;
  std::vector<Value> keys;
  for (const auto& [key, value] : input.as_dict().members) {
    pairs.push_back(make_list({key, value}, List::Flavor::tuple));
    keys.push_back(sort_key(by == "key" ? key : value, Value(), bound.flag(0, false)));
  }
  return make_list(sorted(std::move(pairs), keys, bound.flag(2, false)));
}

Value unique_items(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("unique", arguments, {"case_sensitive", "attribute"});
  const Value attribute = bound.value(1);
  Dict seen;
  std::vector<Value> kept;
  for (Value& item : iterate(input)) {
    const Value key = sort_key(item, attribute, bound.flag(0, false));
    if (seen.find(key) != nullptr) continue;
    seen.insert(key, Value());
    kept.push_back(std::move(item));
  }
  return generator(std::move(kept));
}

template <bool Greatest>
Value extreme(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("min/max", arguments, {"case_sensitive", "attribute"});
  std::vector<Value> items = iterate(input);
  if (items.empty()) return Value::undefined("No aggregated item, sequence was empty.");
  const Value attribute = bound.value(1);
  std::size_t best = 0;
  Value best_key = sort_key(items[0], attribute, bound.flag(0, false));
  for (std::size_t i = 1; i < items.size(); ++i) {
    Value key = sort_key(items[i], attribute, bound.flag(0, false));
    const int sign = order(key, best_key);
    if (Greatest ? sign > 0 : sign < 0) {
      best = i;
      best_key = std::move(key);
    }
  }
  return items[best];
}

Value sum_of(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("sum", arguments, {"attribute", "start"});
  Value total = bound.value(1, Value(std::int64_t{0}));
  if (total.is_text()) throw Failure("sum() can't sum strings");
  const Value attribute = bound.value(0);
  for (const Value& item : iterate(input)) {
    total = arithmetic("+", total, attribute.is_none() ? item : at_path(item, attribute));
  }
  return total;
}

Value batched(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("batch", arguments, {"linecount", "fill_with"});
  bound.at(0);
  const std::int64_t size = bound.integer(0, 1);
  if (size < 1 || size > static_cast<std::int64_t>(kMaxListItems))
    throw Failure("batch: a size out of range");
  std::vector<Value> batches;
  std::vector<Value> batch;
  for (Value& item : iterate(input)) {
    if (static_cast<std::int64_t>(batch.size()) == size)
      batches.push_back(make_list(std::exchange(batch, {})));
    batch.push_back(std::move(item));
  }
  if (!batch.empty()) {
    if (bound.has(1) && !bound.at(1).is_none()) batch.resize(static_cast<std::size_t>(size), bound.at(1));
    batches.push_back(make_list(std::move(batch)));
  }
  return generator(std::move(batches));
}

Value sliced(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("slice", arguments, {"slices", "fill_with"});
  bound.at(0);
  const std::int64_t wanted = bound.integer(0, 1);
  if (wanted < 1 || wanted > 100'000) throw Failure("slice: a number out of range");
  const auto items = iterate(input);
  const auto count = static_cast<std::size_t>(wanted);
  const std::size_t base = items.size() / count;
  const std::size_t longer = items.size() % count;
  std::vector<Value> slices;
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = base + (i < longer ? 1 : 0);
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(at);
    std::vector<Value> part(begin, begin + static_cast<std::ptrdiff_t>(size));
    at += size;
    if (bound.has(1) && !bound.at(1).is_none() && i >= longer) part.push_back(bound.at(1));
    slices.push_back(make_list(std::move(part)));
  }
  return generator(std::move(slices));
}

Value grouped(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("groupby", arguments, {"attribute", "default", "case_sensitive"});
  std::vector<Value> items = iterate(input);
  std::vector<Value> keys;
  std::vector<Value> pairs;
  for (Value& item : items) {
    Value key = at_path(item, bound.at(0));
    if (key.is_undefined() && bound.has(1)) key = bound.at(1);
    keys.push_back(sort_key(key, Value(), bound.flag(2, false)));
    pairs.push_back(make_list({keys.back(), key, std::move(item)}));
  }
  std::vector<Value> groups;
  Value current;
  std::vector<Value> members;
  const auto flush = [&] {
    if (!members.empty()) {
      groups.push_back(make_list({current, make_list(std::exchange(members, {}))}, List::Flavor::tuple));
    }
  };
  Value last;
  for (const Value& pair : sorted(std::move(pairs), keys, false)) {
    const auto& parts = pair.as_list().items;
    if (members.empty() || !equal(parts[0], last)) {
      flush();
      last = parts[0];
      current = parts[1];
    }
    members.push_back(parts[2]);
  }
  flush();
  return make_list(std::move(groups));
}

struct Named {
  std::string_view name;
  Filter filter;
};

}  // namespace

Value at_path(const Value& item, const Value& path) {
  if (path.is_int()) return item_of(item, path);
  if (!path.is_text()) throw Failure("an attribute should be a name or a number");
  Value value = item;
  for (const auto& part : split(path.as_text(), ".", -1)) {
    std::int64_t index = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool is_index = !part.empty() && part[0] != '-' && parsed.ec == std::errc{} &&
                          parsed.ptr == part.data() + part.size();
    value = item_of(value, is_index ? Value(index) : Value(part));
  }
  return value;
}

Filter find_sequence_filter(std::string_view name) {
  static constexpr Named kFilters[] = {
      {"first", first_of},
      {"last", last_of},
      {"join", joined},
      {"map", mapped},
      {"select", selected<true, false>},
      {"reject", selected<false, false>},
      {"selectattr", selected<true, true>},
      {"rejectattr", selected<false, true>},
      {"reverse", reversed},
      {"sort", sort_items},
      {"dictsort", sort_dict},
      {"unique", unique_items},
      {"min", extreme<false>},
      {"max", extreme<true>},
      {"sum", sum_of},
      {"batch", batched},
      {"slice", sliced},
      {"groupby", grouped},
  };
  const auto* found = std::find_if(std::begin(kFilters), std::end(kFilters),
                                   [&](const Named& known) { return known.name == name; });
  return found == std::end(kFilters) ? nullptr : found->filter;
}

}  // namespace reckon::engine::jinja
