#include "engine/template/loop_state.h"

#include <algorithm>

#include <fmt/format.h>

namespace reckon::engine::jinja {

LoopState::LoopState(std::vector<Value> items) : items_(std::move(items)) {
  for (const Value& item : items_) depth_ = std::max(depth_, item.depth() + 1);
}

std::string LoopState::text() const { return fmt::format("<LoopContext {}/{}>", index_ + 1, items_.size()); }

bool LoopState::changed(std::vector<Value> now) {
  for (const Value& value : now) {
    // What is kept here must not hold this loop itself.
    if (value.is_object() || value.is_list() || value.is_dict())
      throw Failure("loop.changed() takes plain values");
  }
  const bool same =
      last_ && last_->size() == now.size() && std::equal(now.begin(), now.end(), last_->begin(), equal);
  last_ = std::move(now);
  return !same;
}

std::optional<Value> LoopState::attribute(std::string_view name) const {
  const std::size_t count = items_.size();
  if (name == "index") return Value::integer(index_ + 1);
  if (name == "index0") return Value::integer(index_);
  if (name == "revindex") return Value::integer(count - index_);
  if (name == "revindex0") return Value::integer(count - index_ - 1);
  if (name == "first") return Value(index_ == 0);
  if (name == "last") return Value(index_ + 1 == count);
  if (name == "length") return Value::integer(count);
  if (name == "depth") return Value(std::int64_t{1});
  if (name == "depth0") return Value(std::int64_t{0});
  if (name == "previtem") {
    return index_ > 0 ? items_[index_ - 1] : Value::undefined("there is no previous item");
  }
  if (name == "nextitem") {
    return index_ + 1 < count ? items_[index_ + 1] : Value::undefined("there is no next item");
  }
  if (name == "cycle") {
    const std::size_t index = index_;
    return make_function("cycle", [index](Interpreter&, Arguments& arguments) {
      if (arguments.positional.empty()) throw Failure("no items for cycling given");
      return arguments.positional[index % arguments.positional.size()];
    });
  }
  if (name == "changed") {
    // The loop outlives its body; a stored method that is called later finds the loop gone.
    std::weak_ptr<LoopState> self = std::const_pointer_cast<LoopState>(shared_from_this());
    return make_function("changed", [self](Interpreter&, Arguments& arguments) {
      const auto loop = self.lock();
      if (!loop) throw Failure("loop.changed() is called after its loop");
      return Value(loop->changed(std::move(arguments.positional)));
    });
  }
  return std::nullopt;
}

}  // namespace reckon::engine::jinja
