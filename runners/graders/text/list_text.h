#pragma once
// Lists as models write them in text. Only for files of this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "core/result.h"

namespace assay {

enum class ListForm { kText, kJson };

template <>
struct EnumWords<ListForm> {
  static constexpr EnumWord<ListForm> kWords[] = {
      {"text", ListForm::kText, "items between separators, perhaps with bullets or numbers before them"},
      {"json", ListForm::kJson, "a JSON list, and nothing around it"}};
};

// How a list is read.
struct ListReading {
  ListForm form = ListForm::kText;
  std::optional<std::string> after;
  std::vector<std::string> separators = {",", ";", "\n"};
  std::vector<std::string> empty;
  std::string remove;
  bool first_line = false;
  bool ignore_case = false;
};

// A member of the base as one of T.
template <class T, class M>
M T::*OfReading(M ListReading::*member) {
  return member;
}

// Adds the options of a ListReading that is the base of T.
template <class T>
FieldTable<T> WithListReading(FieldTable<T> table) {
  table.Optional("read", OfReading<T>(&ListReading::form), "how the response, and a target that is one text, is read")
      .Optional("after", OfReading<T>(&ListReading::after),
                "of texts: only what follows the last occurrence of this text is the list", {.min_size = 1})
      .Optional("separators", OfReading<T>(&ListReading::separators),
                "of texts: what stands between items; by default `,` `;` and a new line",
                {.min_size = 1, .max_size = 100})
      .Optional("empty", OfReading<T>(&ListReading::empty), "of texts: what is written for a list of nothing",
                {.max_size = 100, .one_or_list = true})
      .Optional("remove", OfReading<T>(&ListReading::remove), "characters that are removed from the items")
      .Optional("first_line", OfReading<T>(&ListReading::first_line),
                "of texts: only the first line of the response counts")
      .Optional("ignore_case", OfReading<T>(&ListReading::ignore_case), "compare items by Unicode's full case folding");
  return table;
}

// The items of `text`, in the form in which they are compared, none of them empty. An error for a text that is no JSON
// list. O(text).
Result<std::vector<std::string>> ItemsOf(std::string_view text, const ListReading& reading);

// One item in the form in which it is compared.
std::string ItemOf(std::string_view text, const ListReading& reading);

}  // namespace assay
