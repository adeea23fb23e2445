#pragma once
// The calls of tools that a response has, with their arguments read. Only for files of this folder.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "core/json.h"
#include "core/response.h"

namespace assay {

// Which answers of a conversation count.
enum class CallScope { kRun, kAnswer };

// Where an answer's calls are.
enum class CallSource { kCalls, kJson, kPython, kAny };

template <>
struct EnumWords<CallScope> {
  static constexpr EnumWord<CallScope> kWords[] = {
      {"run", CallScope::kRun, "every answer of a conversation with several"},
      {"answer", CallScope::kAnswer, "the last answer"}};
};

template <>
struct EnumWords<CallSource> {
  static constexpr EnumWord<CallSource> kWords[] = {
      {"calls", CallSource::kCalls, "the calls that the endpoint reported"},
      {"json", CallSource::kJson, "the text, as JSON"},
      {"python", CallSource::kPython, "the text, as Python calls"},
      {"any", CallSource::kAny, "the reported calls; without any, the text in either form"}};
};

// The two options that every grader of calls has; its options derive from this.
struct CallOptions {
  CallScope of = CallScope::kRun;
  CallSource from = CallSource::kCalls;
};

template <class T>
void AddCallFields(FieldTable<T>& table) {
  table.template Optional<CallScope>("of", &T::of, "whose calls: of every answer of a conversation, or of the last");
  table.template Optional<CallSource>("from", &T::from,
                                      "where they are: `calls` that the endpoint reported, or the text as `json` or "
                                      "`python`; `any`: the text where nothing was reported");
}

struct MadeCall {
  std::string name;
  Json arguments = Json(Json::Object{});  // empty when they cannot be used
  std::string fault = {};                 // why they cannot be used, "" when they can
  std::string unread = {};                // then the text of them, where they are a text
  bool is_json = true;                    // false: the arguments are no JSON at all
  std::vector<std::string> tuples = {};   // the arguments that are tuples, of a call written in Python
  std::size_t answer = 0;                 // which of the answers made it, from 0
};

struct CallList {
  static constexpr std::size_t kMaxCalls = 1000;

  std::vector<MadeCall> calls;
  std::string fault = {};    // why a text has no calls that can be read, or what there is too much of; "" otherwise
  bool is_too_much = false;  // more calls than are read, so that nobody can say what is among them: no verdict
  bool has_text = false;     // an answer has a text that is not blank
  std::size_t answers = 0;   // how many were looked at

  // Nothing was said and nothing called: no answer, which passes nothing.
  bool IsSilent() const { return calls.empty() && fault.empty() && !has_text; }
};

// What a grader looks at: reading arguments that nobody looks at is most of the work.
enum class CallParts { kNames, kAll };

// Linear in the size of the response. More than kMaxCalls are a fault, and none of them is given. With kNames the
// reported calls are without their arguments and faults.
CallList ReadCalls(const Response& response, const CallOptions& options, CallParts parts = CallParts::kAll);

// `f({"a":1})`, cut.
std::string Shown(const MadeCall& call);
// `"f", "g" and 3 more`; "nothing" when there is none.
std::string NamesOf(const std::vector<MadeCall>& calls);
// "1 call", "2 calls"
std::string CountOfCalls(std::size_t count);

}  // namespace assay
