#include "runners/graders/tools/python_calls.h"
#include "tests/testing/thread_time.h"

#include <gtest/gtest.h>

#include <chrono>

namespace assay {
namespace {

// Name and arguments as JSON, `!` before them for a call with a fault; the error when there is one.
std::string Read(const std::string& text) {
  const auto calls = ParsePythonCalls(text);
  if (!calls) return "error: " + calls.error().message;
  std::string out;
  for (const PythonCall& call : *calls) {
    out +=
        (out.empty() ? "" : " ") + std::string(call.fault.empty() ? "" : "!") + call.name + Json(call.arguments).Dump();
    for (const std::string& tuple : call.tuples) out += " tuple:" + tuple;
  }
  return out;
}

TEST(PythonCalls, AreReadAsPythonReadsThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"[f(a=1)]", R"(f{"a":1})"},
      {"f()", "f{}"},
      {"[]", ""},
      {"[f(a=1), pkg.mod.g(b='x',),]", R"(f{"a":1} pkg.mod.g{"b":"x"})"},
      {"[f(\n  a = 1,  # one\n  b = 2\n)]", R"(f{"a":1,"b":2})"},
      // Literals.
      {"f(a=True, b=False, c=None, d=...)", R"(f{"a":true,"b":false,"c":null,"d":"..."})"},
      {"f(a=1_000, b=0xFF, c=0b101, d=0o17, e=00)", R"(f{"a":1000,"b":255,"c":5,"d":15,"e":0})"},
      {"f(a=1.5, b=.5, c=2., d=1e-3, e=2.5E+2)", R"(f{"a":1.5,"b":0.5,"c":2,"d":0.001,"e":250})"},
      {"f(a=9007199254740993, b=-9223372036854775807)", R"(f{"a":9007199254740993,"b":-9223372036854775807})"},
      {R"(f(a="x", b='y"', c='''z
w''', d=r"\n", e="\t\x41\u00e9\U0001F600\101\q"))",
       R"(f{"a":"x","b":"y\"","c":"z\nw","d":"\\n","e":"\tAé😀A\\q"})"},
      {"f(a='one ' \"two\")", R"(f{"a":"one two"})"},
      {"f(a=[1, [2, 'x'],], b={'k': {'l': 1}, \"m\": []})", R"(f{"a":[1,[2,"x"]],"b":{"k":{"l":1},"m":[]}})"},
      {"f(a=(1, 2), b=(3), c=(), d=(4,), e=[(1, 2)])",
       R"(f{"a":[1,2],"b":3,"c":[],"d":[4],"e":[[1,2]]} tuple:a tuple:c tuple:d)"},
      // Arithmetic.
      {"f(a=2+3*4, b=(2+3)*4, c=2**10, d=-2**2, e=7//2, g=-7//2, h=-7%3, i=7/2)",
       R"(f{"a":14,"b":20,"c":1024,"d":-4,"e":3,"g":-4,"h":2,"i":3.5})"},
      {"f(a=2**3**2, b=10-2-3, c=--1, d='a'+'b')", R"(f{"a":512,"b":5,"c":1,"d":"ab"})"},
      // Names, and what is not known without running it.
      {"f(a=today, b=now(), c=x[0], d=g(h=1))", R"py(f{"a":"today","b":"now()","c":"x[0]","d":{"g":{"h":1}}})py"},
      {"f(1)", "!f{}"},
      {"f(1, b=2)", R"(!f{"b":2})"},
      {"f(a=1, a=2) g()", "error: no call at byte 12"},
      {"f(a=1, a=2), g()", R"(!f{"a":1,"a":2} g{})"},
      {"f(a={'k': 1, 'k': 2}), g()", R"(!f{"a":{"k":1}} g{})"},
      {"f(a={1: 2})", R"(!f{"a":{}})"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(Read(text), expected) << text;
}

TEST(PythonCalls, WhatIsNoneIsRefused) {
  const char* cases[] = {"",
                         " ",
                         "hello",
                         "hello world",
                         "f",
                         "f(",
                         "f(a=1",
                         "[f(a=1)",
                         "f(a=1)]",
                         "f(a=1) g()",
                         "f(a=1); g()",
                         "f(a=)",
                         "f(a=1 b=2)",
                         "f(**{'a': 1})",
                         "f(*[1])",
                         "f(a={1, 2})",
                         "f(a=[x for x in y])",
                         "f(a=lambda: 1)",
                         "f(a='x)",
                         "f(a='x\ny')",
                         "f(a=b'x')",
                         "f(a=f'x')",
                         "f(a=1j)",
                         "f(a=007)",
                         "f(a=1__0)",
                         "f(a=0x)",
                         "f(a=Color.RED)",
                         "f(a=x + 1)",
                         "f(a=1/0)",
                         "f(a=2**100000)",
                         "f(a='x' * 1000000000)",
                         "f(a=not x)",
                         "f(a=1 if x else 2)",
                         "f(a=1 < 2)",
                         "f(a='\\u12')",
                         "if(a=1)",
                         "f(if=1)",
                         "f(a='\xFF')",
                         "[1, 2]",
                         "[f(a=1), 2]",
                         "[[f(a=1)]]",
                         "{\"a\": 1}",
                         "f(a=1)(b=2)",
                         "def f(a=1): pass"};
  for (const char* text : cases) EXPECT_TRUE(Read(text).starts_with("error: ")) << text << ": " << Read(text);
}

TEST(PythonCalls, AreBounded) {
  const auto repeated = [](std::string_view piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += piece;
    return text;
  };
  EXPECT_TRUE(Read("f(a=" + repeated("[", 90) + repeated("]", 90) + ")").starts_with("f{"));
  const std::string hostile[] = {"f(a=" + repeated("[", 1u << 20),
                                 "f(a=" + repeated("(", 1u << 20),
                                 "f(a=" + repeated("{'a':", 1u << 18),
                                 "f(a=" + repeated("-", 1u << 20) + "1)",
                                 "f(a=" + repeated("g(a=", 1u << 18),
                                 "f(a=" + repeated("x[", 1u << 19),
                                 "f(a=" + repeated("2**", 1u << 18) + "2)",
                                 repeated("f(),", 2000),
                                 "f(a=" + repeated("'xxxxxxxx'+", 1u << 18) + "'')",
                                 "f(a=" + std::string(1u << 20, '9') + ")",
                                 "f(a='" + std::string(1u << 20, '\\')};
  const auto begin = ThreadTime::now();
  for (const std::string& text : hostile) EXPECT_TRUE(Read(text).starts_with("error: ")) << text.substr(0, 20);
  EXPECT_TRUE(Read("f(a=" + repeated("1+", 1u << 19) + "1)").starts_with("f{"));
  EXPECT_TRUE(Read("f(a=[" + repeated("1,", 1u << 19) + "])").starts_with("f{"));
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(20));
  EXPECT_EQ(ParsePythonCalls(repeated("f(),", 2000)).error().code, ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace assay
