#pragma once
// Runs a parsed template.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "engine/template/chat_template.h"
#include "engine/template/syntax.h"
#include "engine/template/value.h"

namespace reckon::engine::jinja {

/// Variables of a block; those of the blocks around it are seen through `parent`.
class Scope {
 public:
  explicit Scope(std::shared_ptr<Scope> parent = nullptr) : parent_(std::move(parent)) {}
  const Value* find(std::string_view name) const;
  void set(const std::string& name, Value value);

 private:
  std::shared_ptr<Scope> parent_;
  std::vector<std::pair<std::string, Value>> variables_;
};
using ScopePtr = std::shared_ptr<Scope>;

class Interpreter {
 public:
  Interpreter(const Program& program, const RenderOptions& options);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  /// Throws Failure; line() then says where.
  std::string render(const json::Value& context);
  int line() const { return line_; }
  const RenderOptions& options() const { return options_; }

  // What functions, filters and tests call back into:
  Value call(const Value& callee, Arguments& arguments);
  Value filter(const std::string& name, const Value& input, Arguments& arguments);
  bool test(const std::string& name, const Value& value, Arguments& arguments);
  /// A namespace that lives until the rendering ends, so that none can keep itself alive.
  std::shared_ptr<Namespace> new_namespace();
  /// Runs the body of a macro or call block in a scope below `scope`.
  Value run_macro(const Statement& macro, const ScopePtr& scope, Arguments& arguments, const Value& caller);

 private:
  enum class Flow { normal, leave_loop, next_round };

  // Counts nesting while it lives, so that no template can exhaust the stack.
  class Frame {
   public:
    explicit Frame(Interpreter& owner) : owner_(owner) {
      if (++owner_.frames_ > kMaxFrames) {
        --owner_.frames_;
        throw Failure("nested too deeply");
      }
    }
    ~Frame() { --owner_.frames_; }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

   private:
    // Nested evaluations and statements, each a few hundred bytes of stack.
    static constexpr int kMaxFrames = 1500;
    Interpreter& owner_;
  };

  Flow run(const Body& body);
  Flow run(const Statement& statement);
  Flow run_condition(const Statement& statement);
  Flow run_loop(const Statement& statement);
  Flow run_with(const Statement& statement);
  void run_assign_block(const Statement& statement);
  void run_call_block(const Statement& statement);
  std::vector<Value> loop_items(const Statement& statement);
  std::string capture(const Body& body, ScopePtr scope);
  void assign(const Expression& target, Value value);
  void emit(std::string_view text);

  Value evaluate(const Expression& expression);
  Value evaluate_at(const Expression& expression);
  Value evaluate_name(const Expression& expression);
  Value evaluate_subscript(const Expression& expression);
  Value evaluate_call(const Expression& expression);
  Value evaluate_filter(const Expression& expression, const Value* input);
  Value evaluate_unary(const Expression& expression);
  Value evaluate_compare(const Expression& expression);
  Value evaluate_dict(const Expression& expression);
  std::vector<Value> evaluate_all(const Expression& expression, std::size_t from);
  Arguments evaluate_arguments(const Expression& expression, std::size_t from);

  const Program& program_;
  const RenderOptions& options_;
  Budget budget_;
  ScopePtr scope_;
  std::string* output_ = nullptr;
  int line_ = 0;
  int frames_ = 0;
  int macros_ = 0;
  std::vector<std::shared_ptr<Namespace>> namespaces_;
};

}  // namespace reckon::engine::jinja
