#pragma once
// The variable `loop` inside a for loop.

#include <optional>
#include <string>
#include <vector>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

class LoopState : public Object, public std::enable_shared_from_this<LoopState> {
 public:
  explicit LoopState(std::vector<Value> items);
  std::size_t size() const { return items_.size(); }
  void move_to(std::size_t index) { index_ = index; }
  const Value& item() const { return items_[index_]; }

  std::string type_name() const override { return "LoopContext"; }
  std::string text() const override;
  std::optional<Value> attribute(std::string_view name) const override;
  int depth() const override { return depth_; }

 private:
  bool changed(std::vector<Value> now);

  std::vector<Value> items_;
  std::size_t index_ = 0;
  int depth_ = 1;
  std::optional<std::vector<Value>> last_;  // what loop.changed() saw
};

}  // namespace reckon::engine::jinja
