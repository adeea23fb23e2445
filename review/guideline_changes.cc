#include "review/guideline_changes.h"

#include <algorithm>

#include "config/guideline.h"

namespace assay {
namespace {

struct NamedPart {
  std::string name;
  std::string text;
};

std::string MemberText(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  if (member == nullptr || member->is_null()) return "";
  return member->is_string() ? member->as_string() : member->DumpCanonical();
}

// The lines from `first` until before `end`, from 1, without white space at their end; `end` 0: until the last.
std::string LinesOf(std::string_view text, int first, int end) {
  std::string lines;
  for (int line = 1; !text.empty() && (end == 0 || line < end); ++line) {
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    if (line >= first) lines += text.substr(0, length);
    text.remove_prefix(length);
  }
  const std::size_t last = lines.find_last_not_of(" \t\r\n");
  return last == std::string::npos ? "" : lines.substr(0, last + 1);
}

std::vector<NamedPart> ClauseParts(const Json& document) {
  const std::string guideline = document.is_object() ? MemberText(document, "guideline") : "";
  const std::vector<GuidelineClause> clauses = ClausesOf(guideline);
  std::vector<NamedPart> parts;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    const int end = i + 1 < clauses.size() ? clauses[i + 1].line : 0;
    parts.push_back({clauses[i].number, LinesOf(guideline, clauses[i].line, end)});
  }
  return parts;
}

std::vector<NamedPart> ListedParts(const Json& document, std::string_view list, std::string_view name) {
  std::vector<NamedPart> parts;
  const Json* found = document.is_object() ? document.Find(list) : nullptr;
  if (found == nullptr || !found->is_array()) return parts;
  for (const Json& each : found->as_array()) {
    if (each.is_object()) parts.push_back({MemberText(each, name), each.DumpCanonical()});
  }
  return parts;
}

void AddChanges(const std::string& part, const std::vector<NamedPart>& before, const std::vector<NamedPart>& after,
                std::vector<GuidelineChange>& changes) {
  for (const NamedPart& now : after) {
    const auto was = std::ranges::find(before, now.name, &NamedPart::name);
    if (was == before.end()) {
      changes.push_back({.part = part, .name = now.name, .edit = GuidelineEdit::kAdded, .after = now.text});
    } else if (was->text != now.text) {
      changes.push_back({.part = part, .name = now.name, .before = was->text, .after = now.text});
    }
  }
  for (const NamedPart& was : before) {
    if (std::ranges::find(after, was.name, &NamedPart::name) == after.end())
      changes.push_back({.part = part, .name = was.name, .edit = GuidelineEdit::kRemoved, .before = was.text});
  }
}

}  // namespace

std::string_view WordOf(GuidelineEdit edit) {
  if (edit == GuidelineEdit::kAdded) return "added";
  return edit == GuidelineEdit::kRemoved ? "removed" : "changed";
}

std::vector<GuidelineChange> GuidelineChangesOf(const Json& before, const Json& after) {
  struct ListName {
    std::string part, list, name;
  };
  std::vector<GuidelineChange> changes;
  AddChanges("clause", ClauseParts(before), ClauseParts(after), changes);
  for (const ListName& each : {ListName{"criterion", "criteria", "name"}, ListName{"error", "taxonomy", "name"},
                               ListName{"severity", "severities", "level"}, ListName{"example", "examples", "title"},
                               ListName{"counterexample", "counterexamples", "title"}}) {
    AddChanges(each.part, ListedParts(before, each.list, each.name), ListedParts(after, each.list, each.name), changes);
  }
  return changes;
}

}  // namespace assay
