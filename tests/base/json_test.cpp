#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"

namespace reckon::json {
namespace {

using testing::HasSubstr;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(JsonParse, ErrorsNameSourceLineAndColumn) {
  const std::string message = message_of([] { parse("{\n  \"a\": 1,\n  \"b\": }\n", "config.json"); });
  EXPECT_THAT(message, HasSubstr("config.json: line 3, column 8"));
}

TEST(JsonParse, RefusesDepthLengthAndInvalidText) {
  EXPECT_THAT(message_of([] { parse(std::string(100000, '['), "bomb"); }), HasSubstr("nested deeper"));
  EXPECT_THAT(message_of([] { parse(std::string(300, '[') + std::string(300, ']'), "bomb"); }),
              HasSubstr("nested deeper"));
  EXPECT_THAT(message_of([] { parse("\"\xC3\x28\"", "bytes"); }), HasSubstr("bytes"));
  ParseLimits limits;
  limits.max_bytes = 3;
  EXPECT_THAT(message_of([&] { parse("[1,2]", "long", limits); }), HasSubstr("more than the 3"));
  EXPECT_NO_THROW(parse("\"" + std::string(500, '[') + "\"", "brackets in a string are no nesting"));
  EXPECT_NO_THROW(
      parse(R"({"a\\\"[[[": 1, "\\\\": "\\\"", "b": "[[["})", "escaped quotes end no string", {1000, 2}));
  EXPECT_THAT(message_of([] { parse(R"(["\\", [[[1]]]])", "backslash", {1000, 2}); }), HasSubstr("byte 8"));
  EXPECT_THAT(message_of([] { parse("[\"no end", "open", {1000, 2}); }), HasSubstr("open: column"));
}

TEST(JsonParse, RefusesUtf8ThatIsNone) {
  for (const char* bytes : {"\xC3\x28", "\xFF", "\xED\xA0\x80", "\xF0\x82\x82\xAC", "\xC3"}) {
    EXPECT_THAT(message_of([&] { parse(std::string("{\"a\": \"") + bytes + "\"}", "bytes"); }),
                HasSubstr("bytes: column 8"))
        << bytes;
  }
  EXPECT_THAT(message_of([] { parse(R"("\ud800")", "half a pair"); }), HasSubstr("not valid JSON"));
  EXPECT_STREQ(parse(R"("\ud83d\ude00é")", "text").GetString(), "\xF0\x9F\x98\x80\xC3\xA9");
}

TEST(ObjectReader, ErrorsNameFieldExpectationAndValue) {
  const Document document = parse(R"({"n": 1.5, "s": "x", "o": {"k": []}, "big": 1e3, "none": null})", "f");
  const ObjectReader reader(document, "f");
  EXPECT_EQ(reader.get_int("big", 0, 2000), 1000);
  EXPECT_FALSE(reader.has("none"));
  EXPECT_EQ(reader.get_int("absent", 0, 9, 7), 7);
  EXPECT_THAT(message_of([&] { reader.get_int("n", 0, 9); }),
              HasSubstr("field 'n' should be an integer, found 1.5"));
  EXPECT_THAT(message_of([&] { reader.get_int("big", 0, 9); }), HasSubstr("outside the allowed 0 to 9"));
  EXPECT_THAT(message_of([&] { reader.get_number("s"); }), HasSubstr("'s' should be a number"));
  EXPECT_THAT(message_of([&] { reader.get_object("o").get_string("k"); }),
              HasSubstr("f: o: field 'k' should be a string"));
  EXPECT_THAT(message_of([&] { reader.get_bool("gone"); }), HasSubstr("missing field 'gone'"));
}

TEST(JsonDump, EscapesWhatMustBeAndReadsBack) {
  std::string every;
  for (int c = 0; c < 0x80; ++c) every += static_cast<char>(c);
  every += "\xC3\xA9 \\\\\" end";
  Document document(rapidjson::kObjectType);
  document.AddMember(string(every, document.GetAllocator()), string(every, document.GetAllocator()),
                     document.GetAllocator());
  document.AddMember("", "", document.GetAllocator());
  const std::string text = dump(document);
  EXPECT_THAT(text, testing::StartsWith(R"({"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b)"));
  EXPECT_THAT(text, HasSubstr(R"(\b\t\n\u000B\f\r\u000E)"));
  EXPECT_THAT(text, HasSubstr(R"(\u001F !\"#)"));
  EXPECT_THAT(text, HasSubstr("\"\":\"\"}"));
  const Document again = parse(text, "dump");
  const Value& value = again.MemberBegin()->value;
  EXPECT_EQ(std::string(value.GetString(), value.GetStringLength()), every);
}

TEST(JsonDump, EscapesAnywhereInALongText) {
  for (std::size_t size = 0; size < 100; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      const std::string text = std::string(at, 'a') + "\"\\\n\x01" + std::string(size - at, 'b');
      Document document;
      document.SetString(text.data(), static_cast<rapidjson::SizeType>(text.size()), document.GetAllocator());
      EXPECT_EQ(dump(document),
                "\"" + std::string(at, 'a') + R"(\"\\\n\u0001)" + std::string(size - at, 'b') + "\"");
    }
  }
}

TEST(JsonString, ReplacesWhatIsNoUtf8) {
  Document document;
  EXPECT_STREQ(string("a\xFF", document.GetAllocator()).GetString(), "a\xEF\xBF\xBD");
}

}  // namespace
}  // namespace reckon::json
