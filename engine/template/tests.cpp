#include "engine/template/tests.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "engine/template/arguments.h"
#include "engine/template/filters.h"
#include "engine/template/operators.h"
#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

// A test that takes no arguments.
template <bool (*Check)(const Value&)>
bool plain(Interpreter&, const Value& value, Arguments& arguments) {
  const Bound bound("test", arguments, {});
  return Check(value);
}

bool is_defined(const Value& value) { return !value.is_undefined(); }
bool is_undefined(const Value& value) { return value.is_undefined(); }
bool is_none(const Value& value) { return value.is_none(); }
bool is_true(const Value& value) { return value.is_bool() && value.as_bool(); }
bool is_false(const Value& value) { return value.is_bool() && !value.as_bool(); }
bool is_boolean(const Value& value) { return value.is_bool(); }
bool is_integer(const Value& value) { return value.is_int(); }
bool is_float(const Value& value) { return value.is_real(); }
bool is_number(const Value& value) { return value.is_number(); }
bool is_string(const Value& value) { return value.is_text(); }
bool is_mapping(const Value& value) { return value.is_dict(); }
bool is_callable(const Value& value) { return value.is_object() && value.as_object()->callable(); }
bool is_escaped(const Value&) { return false; }

bool is_iterable(const Value& value) {
  return value.is_undefined() || value.is_text() || value.is_list() || value.is_dict();
}

bool is_sequence(const Value& value) {
  if (value.is_list()) {
    return value.as_list().flavor != List::Flavor::generator && value.as_list().flavor != List::Flavor::view;
  }
  return value.is_undefined() || value.is_text() || value.is_dict();
}

bool leaves(const Value& value, std::int64_t divisor, std::int64_t rest) {
  return equal(arithmetic("%", value, Value(divisor)), Value(rest));
}
bool is_even(const Value& value) { return leaves(value, 2, 0); }
bool is_odd(const Value& value) { return leaves(value, 2, 1); }

template <bool Upper>
bool has_case(const Value& value) {
  bool some = false;
  const std::string text = to_text(value);
  for (const auto character : characters(text)) {
    const std::string same = Upper ? to_upper(character) : to_lower(character);
    const std::string other = Upper ? to_lower(character) : to_upper(character);
    if (character != same) return false;
    some = some || same != other;
  }
  return some;
}

bool divisible_by(Interpreter&, const Value& value, Arguments& arguments) {
  const Bound bound("divisibleby", arguments, {"num"});
  bound.at(0);
  return leaves(value, bound.integer(0, 1), 0);
}

enum class Comparison { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

template <Comparison Kind>
bool compared(Interpreter&, const Value& value, Arguments& arguments) {
  const Bound bound("comparison", arguments, {"other"});
  constexpr std::string_view kOperators[] = {"==", "!=", "<", "<=", ">", ">="};
  return compare(kOperators[static_cast<std::size_t>(Kind)], value, bound.at(0));
}

bool is_in(Interpreter&, const Value& value, Arguments& arguments) {
  const Bound bound("in", arguments, {"seq"});
  return contains(bound.at(0), value);
}

bool same_as(Interpreter&, const Value& value, Arguments& arguments) {
  const Bound bound("sameas", arguments, {"other"});
  return value.same_as(bound.at(0));
}

bool is_filter(Interpreter&, const Value& value, Arguments& arguments) {
  const Bound bound("filter", arguments, {});
  return value.is_text() && find_filter(value.as_text()) != nullptr;
}

bool is_test(Interpreter&, const Value& value, Arguments& arguments) {
  const Bound bound("test", arguments, {});
  return value.is_text() && find_test(value.as_text()) != nullptr;
}

struct Named {
  std::string_view name;
  Test test;
};

}  // namespace

Test find_test(std::string_view name) {
  static constexpr Named kTests[] = {
      {"defined", plain<is_defined>},
      {"undefined", plain<is_undefined>},
      {"none", plain<is_none>},
      {"true", plain<is_true>},
      {"false", plain<is_false>},
      {"boolean", plain<is_boolean>},
      {"integer", plain<is_integer>},
      {"float", plain<is_float>},
      {"number", plain<is_number>},
      {"string", plain<is_string>},
      {"mapping", plain<is_mapping>},
      {"iterable", plain<is_iterable>},
      {"sequence", plain<is_sequence>},
      {"callable", plain<is_callable>},
      {"escaped", plain<is_escaped>},
      {"even", plain<is_even>},
      {"odd", plain<is_odd>},
      {"lower", plain<has_case<false>>},
      {"upper", plain<has_case<true>>},
      {"divisibleby", divisible_by},
      {"==", compared<Comparison::equal>},
      {"eq", compared<Comparison::equal>},
      {"equalto", compared<Comparison::equal>},
      {"!=", compared<Comparison::not_equal>},
      {"ne", compared<Comparison::not_equal>},
      {"<", compared<Comparison::less>},
      {"lt", compared<Comparison::less>},
      {"lessthan", compared<Comparison::less>},
      {"<=", compared<Comparison::less_or_equal>},
      {"le", compared<Comparison::less_or_equal>},
      {">", compared<Comparison::greater>},
      {"gt", compared<Comparison::greater>},
      {"greaterthan", compared<Comparison::greater>},
      {">=", compared<Comparison::greater_or_equal>},
      {"ge", compared<Comparison::greater_or_equal>},
      {"in", is_in},
      {"sameas", same_as},
      {"filter", is_filter},
      {"test", is_test},
  };
  const auto* found = std::find_if(std::begin(kTests), std::end(kTests),
                                   [&](const Named& known) { return known.name == name; });
  return found == std::end(kTests) ? nullptr : found->test;
}

}  // namespace reckon::engine::jinja
