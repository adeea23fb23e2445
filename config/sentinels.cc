#include "config/sentinels.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/file.h"

namespace assay {
namespace {

constexpr std::size_t kMostBytes = 64u << 20;

bool IsBlankText(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// Whether it says pass.
Result<bool> ReadLabel(const Json& label) {
  if (label == Json("pass")) return true;
  if (label == Json("fail")) return false;
  return Fail(ErrorCode::kInvalidArgument, "a label is \"pass\" or \"fail\", not " + label.Dump());
}

Status ReadPeople(const Json& labels, Sentinel& sentinel) {
  if (!labels.is_array()) return Fail(ErrorCode::kInvalidArgument, "\"labels\" is no list");
  std::set<std::string> people;
  for (const Json& each : labels.as_array()) {
    const Json* by = each.Find("by");
    const Json* label = each.Find("label");
    if (by == nullptr || !by->is_string() || by->as_string().empty() || label == nullptr) {
      return Fail(ErrorCode::kInvalidArgument, R"(each of "labels" is {"by": name, "label": "pass" or "fail"})");
    }
    if (!people.insert(by->as_string()).second) {
      return Fail(ErrorCode::kInvalidArgument, by->Dump() + " has two labels");
    }
    ASSAY_ASSIGN(const bool passes, ReadLabel(*label));
    ++(passes ? sentinel.people_pass : sentinel.people_fail);
  }
  return {};
}

// The label, else what most people say.
Result<bool> Settled(const Json& row, const Sentinel& sentinel) {
  if (const Json* label = row.Find("label")) return ReadLabel(*label);
  if (sentinel.people_pass == sentinel.people_fail) {
    return Fail(ErrorCode::kInvalidArgument, "has no \"label\", and \"labels\" has no majority");
  }
  return sentinel.people_pass > sentinel.people_fail;
}

Result<Sentinel> ReadRow(const std::string& line, std::int64_t ordinal) {
  ASSAY_ASSIGN(Json row, Json::Parse(line, Json::kMaxDepth, RepeatedKeys::kRefuse));
  if (!row.is_object()) return Fail(ErrorCode::kInvalidArgument, "is no object");
  Sentinel sentinel;
  const Json* response = row.Find("response");
  if (response == nullptr || !response->is_string() || IsBlankText(response->as_string())) {
    return Fail(ErrorCode::kInvalidArgument, "needs \"response\", a text that is not blank");
  }
  sentinel.response = response->as_string();
  if (const Json* labels = row.Find("labels")) ASSAY_TRY(ReadPeople(*labels, sentinel));
  ASSAY_ASSIGN(sentinel.passes, Settled(row, sentinel));
  const Json* id = row.Find("id");
  if (id != nullptr && !id->is_string() && !id->is_integer()) {
    return Fail(ErrorCode::kInvalidArgument, "\"id\" is no text or whole number");
  }
  sentinel.item.ordinal = ordinal;
  sentinel.item.id = id == nullptr ? std::to_string(ordinal + 1) : id->is_string() ? id->as_string() : id->Dump();
  std::erase_if(row.as_object(), [](const Json::Member& member) {
    return member.first == "response" || member.first == "label" || member.first == "labels";
  });
  sentinel.item.fields = std::move(row);
  sentinel.item.bytes = line.size();
  return sentinel;
}

// What makes two rows one: the same response to the same case.
std::string ContentOf(const Sentinel& sentinel) {
  Json fields = sentinel.item.fields;
  std::erase_if(fields.as_object(), [](const Json::Member& member) { return member.first == "id"; });
  return fields.DumpCanonical() + "\n" + sentinel.response;
}

}  // namespace

Result<std::vector<Sentinel>> ReadSentinels(const std::filesystem::path& path) {
  ASSAY_ASSIGN(const std::string text, ReadFile(path, kMostBytes));
  std::vector<Sentinel> sentinels;
  std::set<std::string> ids;
  std::set<std::string> contents;
  std::size_t number = 0;
  const auto wrong = [&](const std::string& what) {
    return Fail(ErrorCode::kInvalidArgument, "line " + std::to_string(number) + ": " + what);
  };
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (IsBlankText(line)) continue;
    auto read = ReadRow(line, std::ssize(sentinels));
    if (!read) return wrong(read.error().message);
    if (!ids.insert(read->item.id).second) return wrong("id " + Json(read->item.id).Dump() + " is there twice");
    if (!contents.insert(ContentOf(*read)).second) {
      return wrong("the same response to the same case stands in an earlier line; it tells nothing twice");
    }
    sentinels.push_back(*std::move(read));
    if (sentinels.size() > kMostSentinels) {
      return wrong("more than " + std::to_string(kMostSentinels) + " sentinels");
    }
  }
  const auto passing = std::ranges::count(sentinels, true, &Sentinel::passes);
  if (passing == 0 || passing == std::ssize(sentinels)) {
    return Fail(ErrorCode::kInvalidArgument,
                "has " + std::to_string(passing) + " rows with label pass and " +
                    std::to_string(std::ssize(sentinels) - passing) +
                    " with label fail; both are needed to know how often the judge is wrong on either");
  }
  return sentinels;
}

}  // namespace assay
