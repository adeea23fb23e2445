#include "runners/graders/tools/call_list.h"

#include <algorithm>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/tools/call_text.h"

namespace assay {
namespace {

struct Answer {
  const std::string* text;
  const std::vector<ToolCall>* calls;
};

std::vector<Answer> AnswersOf(const Response& response, CallScope scope) {
  std::vector<Answer> answers;
  if (scope == CallScope::kRun) {
    for (const Message& message : response.transcript) {
      if (message.role == Role::kAssistant) answers.push_back({&message.content, &message.tool_calls});
    }
  }
  answers.push_back({&response.text, &response.tool_calls});
  return answers;
}

// False once there are too many.
bool Append(std::vector<MadeCall> calls, std::size_t answer, CallList& out) {
  if (out.calls.size() + calls.size() > CallList::kMaxCalls) {
    out.calls.clear();
    out.is_too_much = true;
    out.fault = "more than " + std::to_string(CallList::kMaxCalls) + " calls";
    return false;
  }
  for (MadeCall& call : calls) {
    call.answer = answer;
    out.calls.push_back(std::move(call));
  }
  return true;
}

bool AppendReported(const std::vector<ToolCall>& reported, CallParts parts, std::size_t answer, CallList& out) {
  // Before any arguments are read: a list that is refused costs nothing.
  if (out.calls.size() + reported.size() > CallList::kMaxCalls) {
    return Append(std::vector<MadeCall>(CallList::kMaxCalls + 1), answer, out);
  }
  std::vector<MadeCall> calls;
  for (const ToolCall& call : reported) {
    calls.push_back(parts == CallParts::kNames ? MadeCall{.name = call.name}
                                               : CallWithArguments(call.name, call.arguments));
  }
  return Append(std::move(calls), answer, out);
}

}  // namespace

CallList ReadCalls(const Response& response, const CallOptions& options, CallParts parts) {
  CallList out;
  const std::vector<Answer> answers = AnswersOf(response, options.of);
  out.answers = answers.size();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string_view text = TrimBlanks(*answers[i].text);
    if (!text.empty()) out.has_text = true;
    const bool reads_reported =
        options.from == CallSource::kCalls || (options.from == CallSource::kAny && !answers[i].calls->empty());
    if (reads_reported) {
      if (!AppendReported(*answers[i].calls, parts, i, out)) return out;
      continue;
    }
    if (text.empty()) continue;
    Result<std::vector<MadeCall>> calls = CallsInText(text, options.from);
    if (!calls) {
      out.fault = calls.error().message;
      if (calls.error().code == ErrorCode::kResourceExhausted) out.is_too_much = true;
    } else if (!Append(*std::move(calls), i, out)) {
      return out;
    }
  }
  // Who calls tools may also speak.
  if (!out.calls.empty() && !out.is_too_much) out.fault.clear();
  return out;
}

std::string Shown(const MadeCall& call) {
  constexpr std::size_t kShown = 120;
  return CutText(Quoted(call.name, kShown) + (call.fault.empty() ? " " + CutText(call.arguments.Dump(), kShown) : ""),
                 2 * kShown);
}

std::string NamesOf(const std::vector<MadeCall>& calls) {
  constexpr std::size_t kShown = 5;
  constexpr std::size_t kBytes = 60;
  if (calls.empty()) return "nothing";
  std::string out;
  for (std::size_t i = 0; i < std::min(kShown, calls.size()); ++i) {
    out += (i == 0 ? "" : ", ") + Quoted(calls[i].name, kBytes);
  }
  if (calls.size() > kShown) out += " and " + std::to_string(calls.size() - kShown) + " more";
  return out;
}

std::string CountOfCalls(std::size_t count) { return std::to_string(count) + (count == 1 ? " call" : " calls"); }

}  // namespace assay
