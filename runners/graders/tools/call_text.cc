#include "runners/graders/tools/call_text.h"

#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/tools/python_calls.h"

namespace assay {
namespace {

// Whether it is JSON to a reader that knows no bounds and does not care for repeated keys.
constexpr int kDeep = 1000;
bool IsJsonAtAll(std::string_view text) { return Json::Parse(text, kDeep, RepeatedKeys::kKeepLast).has_value(); }

std::string CannotRead(std::string_view name, std::string_view why) {
  return "the arguments of " + Quoted(name) + " cannot be read: " + std::string(why);
}

MadeCall CallWithValue(std::string_view name, const Json& arguments) {
  if (arguments.is_string()) return CallWithArguments(name, arguments.as_string());
  MadeCall call{.name = std::string(name)};
  if (arguments.is_object()) {
    call.arguments = arguments;
  } else if (!arguments.is_null()) {
    call.fault = CannotRead(name, "they are no object");
  }
  return call;
}

// The member that names and holds a call within an entry; the entry itself in the plain form.
const Json& Unwrapped(const Json& entry) {
  for (const char* key : {"function", "functionCall", "function_call"}) {
    const Json* inner = entry.Find(key);
    if (inner != nullptr && inner->is_object()) return *inner;
  }
  return entry;
}

bool IsCall(const Json& value) {
  const Json& call = Unwrapped(value);
  const Json* name = call.Find("name");
  return name != nullptr && name->is_string();
}

Result<std::vector<MadeCall>> CallsInJson(const Json& value) {
  if (IsCall(value)) return std::vector<MadeCall>{CallOfJson(value)};
  const Json* list = value.is_array() ? &value : value.Find("tool_calls");
  if (list == nullptr || !list->is_array()) {
    return Fail(ErrorCode::kInvalidArgument, "the text is JSON, but no list of calls");
  }
  std::vector<MadeCall> calls;
  for (const Json& entry : list->as_array()) {
    if (calls.size() > CallList::kMaxCalls) break;
    if (entry.is_object()) calls.push_back(CallOfJson(entry));
  }
  return calls;
}

Result<std::vector<MadeCall>> CallsThatCannotBeUsed(std::string_view text, std::string_view why) {
  ASSAY_ASSIGN(const Json value, Json::Parse(text, kDeep, RepeatedKeys::kKeepLast));
  ASSAY_ASSIGN(std::vector<MadeCall> calls, CallsInJson(value));
  for (MadeCall& call : calls) {
    call.arguments = Json(Json::Object{});
    call.fault = CannotRead(call.name, why);
  }
  return calls;
}

Result<std::vector<MadeCall>> CallsInPython(std::string_view text) {
  ASSAY_ASSIGN(std::vector<PythonCall> written, ParsePythonCalls(text));
  std::vector<MadeCall> calls;
  for (PythonCall& call : written) {
    MadeCall made{.name = std::move(call.name), .tuples = std::move(call.tuples)};
    if (call.fault.empty()) {
      made.arguments = Json(std::move(call.arguments));
    } else {
      made.fault = CannotRead(made.name, call.fault);
    }
    calls.push_back(std::move(made));
  }
  return calls;
}

}  // namespace

MadeCall CallWithArguments(std::string_view name, std::string_view arguments) {
  MadeCall call{.name = std::string(name)};
  Result<Json> value = Json::Parse(arguments, Json::kMaxDepth, RepeatedKeys::kRefuse);
  if (!value) {
    call.fault = CannotRead(name, value.error().message);
    call.is_json = IsJsonAtAll(arguments);
  } else if (!value->is_object()) {
    call.fault = CannotRead(name, "they are no object, but " + CutText(value->Dump(), 60));
  } else {
    call.arguments = *std::move(value);
  }
  if (!call.fault.empty()) call.unread = arguments;
  return call;
}

MadeCall CallOfJson(const Json& entry) {
  const Json& call = Unwrapped(entry);
  const Json* name = call.Find("name");
  const std::string_view text = name != nullptr && name->is_string() ? std::string_view(name->as_string()) : "";
  for (const char* key : {"arguments", "args", "input", "parameters"}) {
    if (const Json* arguments = call.Find(key)) return CallWithValue(text, *arguments);
  }
  return MadeCall{.name = std::string(text)};
}

Result<std::vector<MadeCall>> CallsInText(std::string_view text, CallSource source) {
  if (source != CallSource::kPython) {
    Result<Json> value = Json::Parse(text, Json::kMaxDepth, RepeatedKeys::kRefuse);
    if (value) return CallsInJson(*value);
    // With a key twice, or too many levels: calls all the same, though their arguments cannot be used.
    if (IsJsonAtAll(text)) return CallsThatCannotBeUsed(text, value.error().message);
    if (source == CallSource::kJson) {
      return Fail(ErrorCode::kInvalidArgument, "the text has no calls as JSON: " + value.error().message);
    }
  }
  Result<std::vector<MadeCall>> calls = CallsInPython(text);
  if (!calls) return Fail(calls.error().code, "the text has no calls that can be read: " + calls.error().message);
  return calls;
}

}  // namespace assay
