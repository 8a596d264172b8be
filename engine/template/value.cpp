#include "engine/template/value.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

thread_local Budget* budget_in_force = nullptr;

void take(std::size_t& left, std::size_t amount, const char* what) {
  if (left < amount) {
    left = 0;
    throw Failure(
        fmt::format("the template takes more {} than it may; it is broken or made to run for ever", what));
  }
  left -= amount;
}

}  // namespace

BudgetScope::BudgetScope(Budget& budget) : outer_(std::exchange(budget_in_force, &budget)) {}
BudgetScope::~BudgetScope() { budget_in_force = outer_; }

void spend(std::size_t steps) {
  if (budget_in_force != nullptr) take(budget_in_force->steps, steps, "steps");
}

void spend_bytes(std::size_t bytes) {
  if (budget_in_force == nullptr) return;
  take(budget_in_force->steps, bytes / 64, "steps");
  take(budget_in_force->bytes, bytes, "memory");
}

Value Value::undefined(std::string why) {
  Value value;
  value.data_ = Undefined{std::make_shared<const std::string>(std::move(why))};
  return value;
}

Value Value::markup(std::string text) {
  Value value(std::move(text));
  std::get<Text>(value.data_).markup = true;
  return value;
}

void Value::require_defined() const {
  if (const auto* undefined = std::get_if<Undefined>(&data_)) throw Failure(*undefined->why);
}

int Value::depth() const {
  if (is_list()) return as_list().depth;
  if (is_dict()) return as_dict().depth;
  if (is_object()) return as_object()->depth();
  return 0;
}

std::string Value::type_name() const {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "NoneType";
  if (is_bool()) return "bool";
  if (is_int()) return "int";
  if (is_real()) return "float";
  if (is_text()) return "str";
  if (is_dict()) return "dict";
  if (is_object()) return as_object()->type_name();
  switch (as_list().flavor) {
    case List::Flavor::tuple:
      return "tuple";
    case List::Flavor::range:
      return "range";
    case List::Flavor::view:
      return "dict_view";
    case List::Flavor::generator:
      return "generator";
    case List::Flavor::list:
      break;
  }
  return "list";
}

bool Value::same_as(const Value& other) const {
  if (data_.index() != other.data_.index()) return false;
  if (is_list()) return &as_list() == &other.as_list();
  if (is_dict()) return &as_dict() == &other.as_dict();
  if (is_object()) return as_object() == other.as_object();
  return equal(*this, other);
}

Value make_list(std::vector<Value> items, List::Flavor flavor) {
  if (items.size() > kMaxListItems) {
    throw Failure(fmt::format("a list of {} items, more than the {} allowed", items.size(), kMaxListItems));
  }
  spend_bytes(items.size() * sizeof(Value));
  auto list = std::make_shared<List>();
  for (const Value& item : items) list->depth = std::max(list->depth, item.depth() + 1);
  if (list->depth > kMaxValueDepth) throw Failure("values nested too deeply");
  list->items = std::move(items);
  list->flavor = flavor;
  return Value(std::move(list));
}

Value make_function(std::string name, Function::Body body, const Value& held) {
  const int depth = held.depth();
  if (depth + 1 > kMaxValueDepth) throw Failure("values nested too deeply");
  return Value(std::shared_ptr<Object>(std::make_shared<Function>(std::move(name), std::move(body), depth)));
}

// 1, 1.0 and True are one key, as in Python.
std::string Dict::hash_key(const Value& key) {
  spend(1);
  if (key.is_text()) return "s" + key.as_text();
  if (key.is_none()) return "n";
  if (key.is_bool() || key.is_int()) return fmt::format("i{}", key.as_int());
  if (key.is_real()) {
    const double number = key.as_real();
    if (std::nearbyint(number) == number && std::fabs(number) < 9e18) {
      return fmt::format("i{}", static_cast<std::int64_t>(number));
    }
    return fmt::format("f{}", number);
  }
  if (key.is_list() && key.as_list().flavor == List::Flavor::tuple) {
    std::string joined = "t";
    for (const Value& item : key.as_list().items) {
      const std::string part = hash_key(item);
      joined += fmt::format("{}:{}", part.size(), part);
    }
    return joined;
  }
  key.require_defined();
  throw Failure(fmt::format("unhashable type: '{}'", key.type_name()));
}

const Value* Dict::find(const Value& key) const {
  const auto found = places_.find(hash_key(key));
  return found == places_.end() ? nullptr : &members[found->second].second;
}

const Value* Dict::find(std::string_view key) const {
  const auto found = places_.find("s" + std::string(key));
  return found == places_.end() ? nullptr : &members[found->second].second;
}

void Dict::insert(const Value& key, Value value) {
  depth = std::max({depth, key.depth() + 1, value.depth() + 1});
  if (depth > kMaxValueDepth) throw Failure("values nested too deeply");
  const auto [place, fresh] = places_.emplace(hash_key(key), members.size());
  if (fresh) {
    if (members.size() >= kMaxListItems) throw Failure("a dict with too many members");
    members.emplace_back(key, std::move(value));
  } else {
    members[place->second].second = std::move(value);
  }
}

std::optional<Value> Namespace::attribute(std::string_view name) const {
  for (const auto& [known, value] : values_) {
    if (known == name) return value;
  }
  return std::nullopt;
}

void Namespace::set(const std::string& name, Value value) {
  if (name.starts_with('_')) throw Failure(fmt::format("a namespace cannot hold '{}'", name));
  for (auto& [known, old] : values_) {
    if (known == name) {
      old = std::move(value);
      return;
    }
  }
  values_.emplace_back(name, std::move(value));
}

std::string Namespace::text() const {
  std::string text = "<Namespace {";
  for (std::size_t i = 0; i < values_.size(); ++i) {
    // A namespace may hold itself; what it holds is named, not written out.
    const auto& [name, value] = values_[i];
    text += (i > 0 ? ", " : "") + quoted(name) + ": ";
    text += value.is_object() || value.is_list() || value.is_dict() ? "<" + value.type_name() + ">"
                                                                    : to_repr(value);
  }
  return text + "}>";
}

bool truth(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (value.is_bool()) return value.as_bool();
  if (value.is_int()) return value.as_int() != 0;
  if (value.is_real()) return value.as_real() != 0;
  if (value.is_text()) return !value.as_text().empty();
  if (value.is_dict()) return !value.as_dict().members.empty();
  if (value.is_list()) {
    return value.as_list().flavor == List::Flavor::generator || !value.as_list().items.empty();
  }
  return true;
}

namespace {

// Integers beyond 2^53 are compared as integers, others as doubles.
int order_numbers(const Value& left, const Value& right) {
  if (!left.is_real() && !right.is_real()) {
    return left.as_int() < right.as_int() ? -1 : left.as_int() > right.as_int() ? 1 : 0;
  }
  const double a = left.as_real();
  const double b = right.as_real();
  return a < b ? -1 : a > b ? 1 : 0;
}

}  // namespace

bool equal(const Value& left, const Value& right) {
  spend(1);
  if (left.is_number() && right.is_number()) {
    if (left.is_real() || right.is_real()) return left.as_real() == right.as_real();
    return left.as_int() == right.as_int();
  }
  if (left.is_text() && right.is_text()) return left.as_text() == right.as_text();
  if (left.is_undefined() || right.is_undefined()) return left.is_undefined() && right.is_undefined();
  if (left.is_none() || right.is_none()) return left.is_none() && right.is_none();
  if (left.is_list() && right.is_list()) {
    const List& a = left.as_list();
    const List& b = right.as_list();
    if (&a == &b) return true;
    if (a.flavor != b.flavor || a.flavor == List::Flavor::generator) return false;
    return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), equal);
  }
  if (left.is_dict() && right.is_dict()) {
    const Dict& a = left.as_dict();
    const Dict& b = right.as_dict();
    if (a.members.size() != b.members.size()) return false;
    return std::all_of(a.members.begin(), a.members.end(), [&](const auto& member) {
      const Value* other = b.find(member.first);
      return other != nullptr && equal(member.second, *other);
    });
  }
  if (left.is_object() && right.is_object()) return left.as_object() == right.as_object();
  return false;
}

int order(const Value& left, const Value& right) {
  spend(1);
  if (left.is_number() && right.is_number()) return order_numbers(left, right);
  // Bytes of UTF-8 stand in the order of code points.
  if (left.is_text() && right.is_text()) {
    const int sign = left.as_text().compare(right.as_text());
    return sign < 0 ? -1 : sign > 0 ? 1 : 0;
  }
  left.require_defined();
  right.require_defined();
  const auto is_sequence = [](const Value& value) {
    return value.is_list() &&
           (value.as_list().flavor == List::Flavor::list || value.as_list().flavor == List::Flavor::tuple);
  };
  if (is_sequence(left) && is_sequence(right) && left.as_list().flavor == right.as_list().flavor) {
    const auto& a = left.as_list().items;
    const auto& b = right.as_list().items;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      if (!equal(a[i], b[i])) return order(a[i], b[i]);
    }
    return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
  }
  throw Failure(fmt::format("'{}' and '{}' have no order", left.type_name(), right.type_name()));
}

std::size_t length(const Value& value) {
  if (value.is_undefined()) return 0;
  if (value.is_text()) {
    spend(value.as_text().size() / 64);
    return count_characters(value.as_text());
  }
  if (value.is_dict()) return value.as_dict().members.size();
  if (value.is_list() && value.as_list().flavor != List::Flavor::generator)
    return value.as_list().items.size();
  if (value.is_object()) {
    if (const auto known = value.as_object()->attribute("length"); known && known->is_int()) {
      return static_cast<std::size_t>(known->as_int());
    }
  }
  throw Failure(fmt::format("object of type '{}' has no len()", value.type_name()));
}

std::vector<Value> iterate(const Value& value) {
  std::vector<Value> items;
  if (value.is_undefined()) return items;
  if (value.is_list()) {
    List& list = value.as_list();
    spend_bytes(list.items.size() * sizeof(Value));
    if (list.flavor != List::Flavor::generator) return list.items;
    if (!std::exchange(list.used_up, true)) items.swap(list.items);
    return items;
  }
  if (value.is_dict()) {
    spend_bytes(value.as_dict().members.size() * sizeof(Value));
    for (const auto& member : value.as_dict().members) items.push_back(member.first);
    return items;
  }
  if (value.is_text()) {
    spend_bytes(value.as_text().size() * 2 * sizeof(Value));
    for (const auto character : characters(value.as_text())) items.emplace_back(std::string(character));
    if (items.size() > kMaxListItems) throw Failure("a text with too many characters to walk through");
    return items;
  }
  throw Failure(fmt::format("'{}' object is not iterable", value.type_name()));
}

}  // namespace reckon::engine::jinja
