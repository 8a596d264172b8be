#include "suites/code/contest_tests.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include <zlib.h>

#include "base/error.h"

namespace reckon::suites::code {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;
constexpr const char* kWhere = "private_test_cases";

[[noreturn]] void damaged(const char* what) { fail_input("{}: {}", kWhere, what); }

std::string from_base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n' || c == '\r') continue;
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) damaged("neither a JSON list nor base64");
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> static_cast<unsigned>(count) & 0xFFU);
    }
  }
  return bytes;
}

std::string inflated(const std::string& stored) {
  if (stored.size() > UINT32_MAX) damaged("too large");
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) fail_evaluation("not enough memory to decompress");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, &inflateEnd);
  std::string input = stored;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::string content;
  std::string buffer(std::size_t{256} << 10, '\0');
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) damaged("damaged zlib data");
    const std::size_t made = buffer.size() - stream.avail_out;
    if (made > kMaxBytes - content.size()) damaged("more than 1 GiB once decompressed");
    content.append(buffer, 0, made);
  }
  return content;
}

/// Python's pickle of one text. Every other opcode is refused: nothing is built or called.
class PickledText {
 public:
  explicit PickledText(std::string_view bytes) : bytes_(bytes) {}

  std::string read() {
    std::string text;
    bool found = false;
    while (true) {
      const char opcode = take(1).front();
      switch (opcode) {
        case '\x80':  // PROTO
          take(1);
          break;
        case '\x95':  // FRAME
          take(8);
          break;
        case 'X':     // BINUNICODE
        case '\x8c':  // SHORT_BINUNICODE
        case '\x8d':  // BINUNICODE8
          text = take(number(opcode == 'X' ? 4 : opcode == '\x8c' ? 1 : 8));
          found = true;
          break;
        case '\x94':  // MEMOIZE
          break;
        case 'q':  // BINPUT
          take(1);
          break;
        case 'r':  // LONG_BINPUT
          take(4);
          break;
        case '.':  // STOP
          if (!found) damaged("the pickle holds no text");
          return text;
        default:
          damaged("the pickle holds more than a text");
      }
    }
  }

 private:
  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) damaged("the pickle ends in the middle");
    const std::string_view taken = bytes_.substr(at_, static_cast<std::size_t>(count));
    at_ += taken.size();
    return taken;
  }
  /// Little-endian, of so many bytes.
  std::uint64_t number(std::size_t bytes) {
    const std::string_view digits = take(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = digits.size(); i > 0; --i) {
      value = value << 8U | static_cast<unsigned char>(digits[i - 1]);
    }
    return value;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

bool is_name(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// Adds the tests of a list; `kinds`: what `testtype` they have.
void add_tests(const std::string& list_text, const char* where, std::vector<ContestTest>& tests,
               std::array<bool, 2>& kinds) {
  const json::Document list = json::parse(list_text, where);
  if (!list.IsArray()) fail_input("{}: must be a list of tests", where);
  for (const json::Value& item : list.GetArray()) {
    const json::ObjectReader reader(item, fmt::format("{}[{}]", where, tests.size()));
    const std::string kind = reader.get_string("testtype");
    if (kind != "stdin" && kind != "functional") {
      fail_input("{}: field 'testtype' is '{}', but must be stdin or functional", reader.where(), kind);
    }
    kinds[kind == "functional" ? 1 : 0] = true;
    tests.push_back({reader.get_string("input"), reader.get_string("output")});
  }
}

}  // namespace

std::string stored_tests(std::string_view stored) {
  const std::size_t first = stored.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && stored[first] == '[') return std::string(stored);
  const std::string pickled = inflated(from_base64(stored));
  return PickledText(pickled).read();
}

ContestProblem contest_problem(const json::Value& row) {
  const json::ObjectReader reader(row, "a row of the dataset");
  ContestProblem problem;
  std::array<bool, 2> kinds{};
  add_tests(reader.get_string("public_test_cases"), "public_test_cases", problem.tests, kinds);
  add_tests(stored_tests(reader.get_string(kWhere)), kWhere, problem.tests, kinds);
  if (problem.tests.empty()) fail_input("{}: holds no test", reader.where());
  if (kinds[0] && kinds[1]) fail_input("{}: has tests of both kinds", reader.where());
  if (!kinds[1]) return problem;
  const json::Document metadata = json::parse(reader.get_string("metadata"), "metadata");
  problem.function = json::ObjectReader(metadata, "metadata").get_string("func_name");
  if (!is_name(problem.function)) {
    fail_input("metadata: field 'func_name' is '{}', which is no name of a function", problem.function);
  }
  return problem;
}

}  // namespace reckon::suites::code
