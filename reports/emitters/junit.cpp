#include <fmt/format.h>

#include "base/utf8.h"
#include "reports/emitters/emitters.h"

namespace reckon::reports {
namespace {

// XML 1.0 has no control characters but tab and line breaks, escaped or not.
std::string xml(const std::string& text) {
  std::string escaped;
  for (const char c : utf8::replace_invalid(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
  }
  return escaped;
}

std::size_t count_of(const GateResult& result, GateStatus status) {
  std::size_t count = 0;
  for (const GateCheck& check : result.checks) count += check.status == status ? 1 : 0;
  return count;
}

}  // namespace

std::string junit_xml(const GateResult& result) {
  const std::string counts =
      fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}")", result.checks.size(),
                  count_of(result, GateStatus::failed), count_of(result, GateStatus::not_evaluated),
                  count_of(result, GateStatus::inconclusive));
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites name=\"reckon gate\" {}>\n", counts);
  text += fmt::format("  <testsuite name=\"{}\" {}>\n", xml(result.policy), counts);
  for (const GateCheck& check : result.checks) {
    text += fmt::format("    <testcase classname=\"reckon.gate.{}\" name=\"{}\"",
                        check.kind == GateCheck::Kind::suite ? "suite" : "limit", xml(check.name));
    const std::string message = xml(check.message);
    switch (check.status) {
      case GateStatus::passed:
        text += fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", message);
        break;
      case GateStatus::failed:
        text +=
            fmt::format(">\n      <failure type=\"regression\" message=\"{}\"/>\n    </testcase>\n", message);
        break;
      case GateStatus::not_evaluated:
        text += fmt::format(">\n      <error type=\"not evaluated\" message=\"{}\"/>\n    </testcase>\n",
                            message);
        break;
      case GateStatus::inconclusive:
        text += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", message);
        break;
    }
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace reckon::reports
