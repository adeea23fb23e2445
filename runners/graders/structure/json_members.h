#pragma once
// The members of two objects side by side.

#include <algorithm>
#include <string>
#include <vector>

#include "core/json.h"

namespace assay {

// Calls `visit` with each name that either has, sorted, and what each has under it, null pointer for nothing.
template <class F>
void ForEachMember(const Json& a, const Json& b, const F& visit) {
  const auto sorted = [](const Json& object) {
    std::vector<const Json::Member*> members;
    for (const Json::Member& member : object.as_object()) members.push_back(&member);
    std::ranges::sort(members, {}, [](const Json::Member* m) -> const std::string& { return m->first; });
    return members;
  };
  const auto left = sorted(a);
  const auto right = sorted(b);
  for (std::size_t i = 0, k = 0; i < left.size() || k < right.size();) {
    const int order = i == left.size() ? 1 : k == right.size() ? -1 : left[i]->first.compare(right[k]->first);
    const std::string& name = order <= 0 ? left[i]->first : right[k]->first;
    visit(name, order <= 0 ? &left[i]->second : nullptr, order >= 0 ? &right[k]->second : nullptr);
    i += order <= 0 ? 1 : 0;
    k += order >= 0 ? 1 : 0;
  }
}

}  // namespace assay
