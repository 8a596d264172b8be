#include "engine/template/chat_template.h"

#include "base/error.h"
#include "engine/template/interpreter.h"
#include "engine/template/lexer.h"
#include "engine/template/parser.h"

namespace reckon::engine {

namespace {
constexpr std::size_t kMaxSourceBytes = std::size_t{4} << 20;
}  // namespace

ChatTemplate::ChatTemplate(std::string source, std::string name)
    : source_(std::move(source)), name_(std::move(name)) {
  if (source_.size() > kMaxSourceBytes) {
    fail_input("{}: a chat template of {} bytes, more than the {} allowed", name_, source_.size(),
               kMaxSourceBytes);
  }
  try {
    program_ = std::make_unique<const jinja::Program>(jinja::Program{name_, jinja::parse(source_)});
  } catch (const jinja::SyntaxFailure& failure) {
    fail_input("{}: line {}: {}", name_, failure.line(), failure.what());
  } catch (const jinja::Failure& failure) {
    fail_input("{}: {}", name_, failure.what());
  }
}

ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

std::string ChatTemplate::render(const json::Value& context, const RenderOptions& options) const {
  jinja::Interpreter interpreter(*program_, options);
  try {
    return interpreter.render(context);
  } catch (const jinja::Failure& failure) {
    fail_input("{}: line {}: {}", name_, interpreter.line(), failure.what());
  } catch (const std::exception& failure) {
    // Memory that cannot be had, and the like: still this template's fault, still with its line.
    fail_input("{}: line {}: cannot go on: {}", name_, interpreter.line(), failure.what());
  }
}

}  // namespace reckon::engine
