#pragma once
// Values of review to JSON and back, over the lists of members in fact_fields.h and of who includes this: a list is a
// template `Visit(V&, auto& value, std::type_identity<T>)` in namespace assay. For .cc files of review only.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/conversation.h"
#include "review/fact_fields.h"

namespace assay {

template <class T>
Json WriteValue(const T& value);

class StructWriter {
 public:
  StructWriter() { object_.reserve(16); }
  template <class T>
  void operator()(std::string_view key, const T& value) {
    object_.emplace_back(key, WriteValue(value));
  }
  template <class T>
  void Optional(std::string_view key, const T& value) {
    if (value != T{}) (*this)(key, value);
  }
  Json Take() { return Json(std::move(object_)); }

 private:
  Json::Object object_;
};

template <class T>
Json WriteStruct(const T& value) {
  StructWriter writer;
  Visit(writer, value, std::type_identity<T>());
  return writer.Take();
}

template <class T>
struct IsVectorType : std::false_type {};
template <class T>
struct IsVectorType<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptionalType : std::false_type {};
template <class T>
struct IsOptionalType<std::optional<T>> : std::true_type {};

template <class T>
Json WriteValue(const T& value) {
  if constexpr (std::is_same_v<T, Time>) {
    return Json(FormatTime(value));
  } else if constexpr (std::is_same_v<T, Duration>) {
    return Json(std::int64_t{value.count()});
  } else if constexpr (std::is_enum_v<T>) {
    return Json(WordOf(value));
  } else if constexpr (IsOptionalType<T>::value) {
    return value ? WriteValue(*value) : Json();
  } else if constexpr (IsVectorType<T>::value) {
    Json::Array list;
    for (const auto& element : value) list.push_back(WriteValue(element));
    return Json(std::move(list));
  } else if constexpr (std::is_same_v<T, ReviewAnswers>) {
    return Json::Of(
        {{std::string(kAnswerWords[value.index()]), std::visit([](const auto& a) { return WriteStruct(a); }, value)}});
  } else if constexpr (std::is_same_v<T, Message>) {
    return ToJson(value);
  } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string> && !std::is_same_v<T, Json>) {
    return WriteStruct(value);
  } else {
    return Json(value);
  }
}

inline std::string WordsOf(const auto& words) {
  std::vector<std::string> list;
  for (const auto& word : words) list.emplace_back(word.word);
  return fields::Join(list, ", ");
}

// Where a value stands. Made of its parts, so that nothing is written for values that are right.
struct MemberPlace {
  const MemberPlace* in = nullptr;
  std::string_view key = {};
  std::ptrdiff_t index = -1;  // of a list, in place of a key

  std::string Text() const {
    const std::string before = in == nullptr ? "" : in->Text();
    if (index >= 0) return before + "[" + std::to_string(index) + "]";
    if (key.empty()) return before;
    return before.empty() ? std::string(key) : before + "." + std::string(key);
  }
};

// Reads members of one object and remembers the first thing that is wrong.
class StructReader {
 public:
  // `place` outlives it.
  StructReader(const Json& json, const MemberPlace& place, std::size_t longest_text = ReviewBounds::kText)
      : json_(json), place_(place), longest_text_(longest_text) {
    if (!json.is_object()) Complain(place_, "expected an object");
  }

  template <class T>
  void operator()(std::string_view key, T& value) {
    if (!fault_.empty()) return;
    const Json* member = Next(key);
    if (member == nullptr) return Complain({&place_, key}, "is missing");
    Read(*member, {&place_, key}, value);
  }

  template <class T>
  void Optional(std::string_view key, T& value) {
    if (fault_.empty() && json_.Find(key) != nullptr) (*this)(key, value);
  }

  // Adds what `other` found.
  void Take(const std::string& fault) {
    if (fault_.empty()) fault_ = fault;
  }
  const std::string& fault() const { return fault_; }
  // What a later version wrote may mean anything.
  void RefuseUnknownMembers() {
    if (fault_.empty() && json_.as_object().size() != members_)
      Complain(place_, "has members that this version does not know");
  }

  template <class T>
  void ReadStruct(const Json& json, const MemberPlace& place, T& value) {
    StructReader reader(json, place, longest_text_);
    if (reader.fault().empty()) Visit(reader, value, std::type_identity<T>());
    reader.RefuseUnknownMembers();
    Take(reader.fault());
  }

 private:
  // Members mostly stand in the order in which they are asked for.
  const Json* Next(std::string_view key) {
    const Json::Object& members = json_.as_object();
    const std::size_t at = members_++;
    if (at < members.size() && members[at].first == key) return &members[at].second;
    return json_.Find(key);
  }
  void Complain(const MemberPlace& place, std::string_view what) {
    if (!fault_.empty()) return;
    const std::string path = place.Text();
    fault_ = (path.empty() ? "" : path + ": ") + std::string(what);
  }
  void Expect(bool is_right, const MemberPlace& place, std::string_view what) {
    if (!is_right && fault_.empty()) fault_ = place.Text() + ": expected " + std::string(what);
  }

  template <class T>
  void Read(const Json& json, const MemberPlace& place, T& value) {
    if (!fault_.empty()) return;
    if constexpr (std::is_same_v<T, std::string>) {
      Expect(json.is_string(), place, "a text");
      if (fault_.empty()) Expect(json.as_string().size() <= longest_text_, place, "a shorter text");
      if (fault_.empty()) value = json.as_string();
    } else if constexpr (std::is_same_v<T, bool>) {
      Expect(json.is_bool(), place, "true or false");
      if (fault_.empty()) value = json.as_bool();
    } else if constexpr (std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>) {
      constexpr std::int64_t kMost = std::numeric_limits<T>::max();
      Expect(json.is_integer() && json.as_integer() <= kMost && json.as_integer() >= -kMost, place, "a whole number");
      if (fault_.empty()) value = static_cast<T>(json.as_integer());
    } else if constexpr (std::is_same_v<T, double>) {
      Expect(json.is_number(), place, "a number");
      if (fault_.empty()) value = json.as_number();
    } else if constexpr (std::is_same_v<T, Duration>) {
      Expect(json.is_integer() && json.as_integer() >= 0, place, "microseconds");
      if (fault_.empty()) value = Duration(json.as_integer());
    } else if constexpr (std::is_same_v<T, Time>) {
      const Result<Time> time = json.is_string() ? ParseTime(json.as_string()) : Fail(ErrorCode::kInvalidArgument, "");
      Expect(time.has_value(), place, "a time (RFC 3339)");
      if (time) value = *time;
    } else if constexpr (std::is_enum_v<T>) {
      ReadEnum(json, place, value);
    } else if constexpr (IsOptionalType<T>::value) {
      if (json.is_null()) return;
      Read(json, place, value.emplace());
    } else if constexpr (std::is_same_v<T, std::vector<Message>>) {
      ReadMessages(json, place, value);
    } else if constexpr (IsVectorType<T>::value) {
      ReadList(json, place, value);
    } else if constexpr (std::is_same_v<T, ReviewAnswers>) {
      ReadAnswers(json, place, value);
    } else if constexpr (std::is_same_v<T, Json>) {
      value = json;
    } else {
      ReadStruct(json, place, value);
    }
  }

  template <class E>
  void ReadEnum(const Json& json, const MemberPlace& place, E& value) {
    for (const auto& word : EnumWords<E>::kWords) {
      if (!json.is_string() || json.as_string() != word.word) continue;
      value = word.value;
      return;
    }
    Expect(false, place, "one of " + WordsOf(EnumWords<E>::kWords));
  }

  template <class T>
  void ReadList(const Json& json, const MemberPlace& place, std::vector<T>& value) {
    constexpr std::size_t kMost = 1000;
    const bool is_list = json.is_array() && json.as_array().size() <= kMost;
    if (!is_list) return Expect(false, place, "a list of at most " + std::to_string(kMost));
    const Json::Array& elements = json.as_array();
    value.reserve(value.size() + elements.size());
    for (std::size_t i = 0; fault_.empty() && i < elements.size(); ++i) {
      Read(elements[i], {&place, {}, static_cast<std::ptrdiff_t>(i)}, value.emplace_back());
    }
  }

  void ReadMessages(const Json& json, const MemberPlace& place, std::vector<Message>& value) {
    value.clear();
    if (json.is_array() && json.as_array().empty()) return;
    Result<std::vector<Message>> messages = ReadConversation(json);
    if (!messages) return Expect(false, place, "a conversation: " + messages.error().message);
    value = *std::move(messages);
  }

  void ReadAnswers(const Json& json, const MemberPlace& place, ReviewAnswers& value) {
    Expect(json.is_object() && json.as_object().size() == 1, place, "an object with one form of answers");
    if (!fault_.empty()) return;
    const auto& [word, answers] = json.as_object()[0];
    const auto found = std::ranges::find(kAnswerWords, word);
    Expect(found != std::end(kAnswerWords), place,
           "one of criteria, pairwise, ranking, safety, refusal, grounding, tool_use, correction");
    if (fault_.empty()) ReadAlternative(answers, {&place, word}, found - kAnswerWords, value);
  }

 public:
  // Reads the alternative of that index into a variant of structs.
  template <std::size_t I = 0, class... Ts>
  void ReadAlternative(const Json& json, const MemberPlace& place, std::ptrdiff_t index, std::variant<Ts...>& value) {
    if constexpr (I < sizeof...(Ts)) {
      if (static_cast<std::ptrdiff_t>(I) != index) return ReadAlternative<I + 1>(json, place, index, value);
      ReadStruct(json, place, value.template emplace<I>());
    }
  }

 private:
  const Json& json_;
  const MemberPlace& place_;
  std::size_t longest_text_;
  std::string fault_;
  std::size_t members_ = 0;
};

// All of `json` as a T. kInvalidArgument names the member that is wrong, missing or unknown.
template <class T>
Result<T> StructFromJson(const Json& json, std::size_t longest_text = ReviewBounds::kText) {
  T value;
  const MemberPlace whole;
  StructReader reader(json, whole, longest_text);
  if (reader.fault().empty()) Visit(reader, value, std::type_identity<T>());
  reader.RefuseUnknownMembers();
  if (!reader.fault().empty()) return Fail(ErrorCode::kInvalidArgument, reader.fault());
  return value;
}

}  // namespace assay
