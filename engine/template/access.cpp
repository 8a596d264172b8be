#include "engine/template/access.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/template/methods.h"
#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

Value missing(const Value& owner, std::string_view name) {
  return Value::undefined(fmt::format("'{} object' has no attribute '{}'", owner.type_name(), name));
}

Value missing_item(const Value& owner, const Value& key) {
  return Value::undefined(fmt::format("'{} object' has no element {}", owner.type_name(),
                                      key.is_text() || key.is_number() ? to_repr(key) : key.type_name()));
}

bool is_indexable(const Value& value) {
  return value.is_list() && value.as_list().flavor != List::Flavor::generator &&
         value.as_list().flavor != List::Flavor::view;
}

// The place of index `wanted` (negative: from the end); false if there is none.
bool place_of(std::int64_t wanted, std::size_t size, std::size_t& place) {
  const auto count = static_cast<std::int64_t>(size);
  if (wanted < -count || wanted >= count) return false;
  place = static_cast<std::size_t>(wanted < 0 ? wanted + count : wanted);
  return true;
}

std::int64_t bound(const Value& value, std::int64_t fallback, std::int64_t count, std::int64_t low,
                   std::int64_t high) {
  if (value.is_none()) return fallback;
  if (!value.is_int() && !value.is_bool()) throw Failure("slice indices must be integers or None");
  std::int64_t place = value.as_int();
  if (place < 0) place = place < -count ? low : place + count;
  return std::clamp(place, low, high);
}

}  // namespace

Method find_method(const Value& self, std::string_view name) {
  if (self.is_text()) return find_text_method(name);
  if (self.is_dict()) return find_dict_method(name);
  if (self.is_list()) return find_list_method(self.as_list(), name);
  return nullptr;
}

Value attribute_of(const Value& owner, std::string_view name) {
  owner.require_defined();
  if (name.starts_with("_")) {
    // As in Jinja's sandbox, dict members of such a name can still be read.
    if (!owner.is_dict()) return missing(owner, name);
  } else if (owner.is_object()) {
    auto value = owner.as_object()->attribute(name);
    return value ? std::move(*value) : missing(owner, name);
  } else if (const Method method = find_method(owner, name)) {
    return make_function(
        std::string(name),
        [owner, method](Interpreter& interpreter, Arguments& arguments) {
          return method(interpreter, owner, arguments);
        },
        owner);
  }
  if (owner.is_dict()) {
    if (const Value* member = owner.as_dict().find(name)) return *member;
  }
  return missing(owner, name);
}

Value item_of(const Value& owner, const Value& key) {
  owner.require_defined();
  if (owner.is_dict()) {
    const bool hashable = key.is_text() || key.is_number() || key.is_none() || key.is_list();
    if (hashable && !(key.is_list() && key.as_list().flavor != List::Flavor::tuple)) {
      if (const Value* member = owner.as_dict().find(key)) return *member;
    }
  } else if (key.is_int() || key.is_bool()) {
    std::size_t place = 0;
    if (is_indexable(owner) && place_of(key.as_int(), owner.as_list().items.size(), place)) {
      return owner.as_list().items[place];
    }
    if (owner.is_text()) {
      const std::string& text = owner.as_text();
      spend(text.size() / 64);
      if (place_of(key.as_int(), count_characters(text), place)) {
        return Value(std::string(slice_characters(text, place, place + 1)));
      }
    }
  }
  if (key.is_text()) {
    const Value value = attribute_of(owner, key.as_text());
    if (!value.is_undefined()) return value;
  }
  return missing_item(owner, key);
}

Value slice_of(const Value& owner, const Value& start, const Value& stop, const Value& step) {
  owner.require_defined();
  if (!owner.is_text() && !is_indexable(owner)) {
    throw Failure(fmt::format("'{}' object cannot be sliced", owner.type_name()));
  }
  const std::int64_t stride = step.is_none() ? 1 : step.is_int() ? step.as_int() : 0;
  if (stride == 0) throw Failure("slice step must be a whole number other than zero");
  const auto count = static_cast<std::int64_t>(length(owner));
  const std::int64_t low = stride > 0 ? 0 : -1;
  const std::int64_t high = stride > 0 ? count : count - 1;
  const std::int64_t from = bound(start, stride > 0 ? 0 : high, count, low, high);
  const std::int64_t to = bound(stop, stride > 0 ? count : low, count, low, high);
  if (owner.is_text() && stride == 1) {
    spend_bytes(owner.as_text().size());
    return Value(std::string(slice_characters(owner.as_text(), static_cast<std::size_t>(from),
                                              static_cast<std::size_t>(std::max(from, to)))));
  }
  std::vector<std::size_t> places;
  // |stride| may be near 2^63: the distance is compared before it is added.
  for (std::int64_t i = from; stride > 0 ? i < to : i > to;) {
    places.push_back(static_cast<std::size_t>(i));
    if (stride > 0 ? to - i <= stride : to - i >= stride) break;
    i += stride;
  }
  spend_bytes(places.size() * sizeof(Value));
  if (owner.is_text()) {
    const auto parts = characters(owner.as_text());
    std::string text;
    for (const std::size_t place : places) text += parts[place];
    return Value(std::move(text));
  }
  std::vector<Value> items;
  for (const std::size_t place : places) items.push_back(owner.as_list().items[place]);
  return make_list(std::move(items), owner.as_list().flavor);
}

}  // namespace reckon::engine::jinja
