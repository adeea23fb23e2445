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

// Reads members of one object and remembers the first thing that is wrong.
class StructReader {
 public:
  StructReader(const Json& json, std::string path, std::size_t longest_text = ReviewBounds::kText)
      : json_(json), path_(std::move(path)), longest_text_(longest_text) {
    if (!json.is_object()) Complain("", "expected an object");
  }

  template <class T>
  void operator()(std::string_view key, T& value) {
    ++members_;
    if (!fault_.empty()) return;
    const Json* member = json_.Find(key);
    if (member == nullptr) return Complain(key, "is missing");
    Read(*member, Path(key), value);
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
    if (fault_.empty() && json_.as_object().size() != members_) {
      Complain("", "has members that this version does not know");
    }
  }

  template <class T>
  void ReadStruct(const Json& json, const std::string& path, T& value) {
    StructReader reader(json, path, longest_text_);
    if (reader.fault().empty()) Visit(reader, value, std::type_identity<T>());
    reader.RefuseUnknownMembers();
    Take(reader.fault());
  }

 private:
  std::string Path(std::string_view key) const {
    return path_.empty() ? std::string(key) : key.empty() ? path_ : path_ + "." + std::string(key);
  }
  void Complain(std::string_view key, const std::string& what) {
    const std::string path = Path(key);
    if (fault_.empty()) fault_ = (path.empty() ? "" : path + ": ") + what;
  }
  void Expect(bool is_right, const std::string& path, const std::string& what) {
    if (!is_right && fault_.empty()) fault_ = path + ": expected " + what;
  }

  template <class T>
  void Read(const Json& json, const std::string& path, T& value) {
    if (!fault_.empty()) return;
    if constexpr (std::is_same_v<T, std::string>) {
      Expect(json.is_string(), path, "a text");
      if (fault_.empty()) Expect(json.as_string().size() <= longest_text_, path, "a shorter text");
      if (fault_.empty()) value = json.as_string();
    } else if constexpr (std::is_same_v<T, bool>) {
      Expect(json.is_bool(), path, "true or false");
      if (fault_.empty()) value = json.as_bool();
    } else if constexpr (std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>) {
      constexpr std::int64_t kMost = std::numeric_limits<T>::max();
      Expect(json.is_integer() && json.as_integer() <= kMost && json.as_integer() >= -kMost, path, "a whole number");
      if (fault_.empty()) value = static_cast<T>(json.as_integer());
    } else if constexpr (std::is_same_v<T, double>) {
      Expect(json.is_number(), path, "a number");
      if (fault_.empty()) value = json.as_number();
    } else if constexpr (std::is_same_v<T, Duration>) {
      Expect(json.is_integer() && json.as_integer() >= 0, path, "microseconds");
      if (fault_.empty()) value = Duration(json.as_integer());
    } else if constexpr (std::is_same_v<T, Time>) {
      const Result<Time> time = json.is_string() ? ParseTime(json.as_string()) : Fail(ErrorCode::kInvalidArgument, "");
      Expect(time.has_value(), path, "a time (RFC 3339)");
      if (time) value = *time;
    } else if constexpr (std::is_enum_v<T>) {
      ReadEnum(json, path, value);
    } else if constexpr (IsOptionalType<T>::value) {
      if (json.is_null()) return;
      Read(json, path, value.emplace());
    } else if constexpr (std::is_same_v<T, std::vector<Message>>) {
      ReadMessages(json, path, value);
    } else if constexpr (IsVectorType<T>::value) {
      ReadList(json, path, value);
    } else if constexpr (std::is_same_v<T, ReviewAnswers>) {
      ReadAnswers(json, path, value);
    } else if constexpr (std::is_same_v<T, Json>) {
      value = json;
    } else {
      ReadStruct(json, path, value);
    }
  }

  template <class E>
  void ReadEnum(const Json& json, const std::string& path, E& value) {
    for (const auto& word : EnumWords<E>::kWords) {
      if (!json.is_string() || json.as_string() != word.word) continue;
      value = word.value;
      return;
    }
    Expect(false, path, "one of " + WordsOf(EnumWords<E>::kWords));
  }

  template <class T>
  void ReadList(const Json& json, const std::string& path, std::vector<T>& value) {
    constexpr std::size_t kMost = 1000;
    Expect(json.is_array() && json.as_array().size() <= kMost, path, "a list of at most " + std::to_string(kMost));
    for (std::size_t i = 0; fault_.empty() && i < json.as_array().size(); ++i) {
      Read(json.as_array()[i], path + "[" + std::to_string(i) + "]", value.emplace_back());
    }
  }

  void ReadMessages(const Json& json, const std::string& path, std::vector<Message>& value) {
    value.clear();
    if (json.is_array() && json.as_array().empty()) return;
    Result<std::vector<Message>> messages = ReadConversation(json);
    Expect(messages.has_value(), path, "a conversation" + (messages ? "" : ": " + messages.error().message));
    if (messages) value = *std::move(messages);
  }

  void ReadAnswers(const Json& json, const std::string& path, ReviewAnswers& value) {
    Expect(json.is_object() && json.as_object().size() == 1, path, "an object with one form of answers");
    if (!fault_.empty()) return;
    const auto& [word, answers] = json.as_object()[0];
    const auto found = std::ranges::find(kAnswerWords, word);
    Expect(found != std::end(kAnswerWords), path,
           "one of criteria, pairwise, ranking, safety, refusal, grounding, tool_use, correction");
    if (fault_.empty()) ReadAlternative(answers, path + "." + word, found - kAnswerWords, value);
  }

 public:
  // Reads the alternative of that index into a variant of structs.
  template <std::size_t I = 0, class... Ts>
  void ReadAlternative(const Json& json, const std::string& path, std::ptrdiff_t index, std::variant<Ts...>& value) {
    if constexpr (I < sizeof...(Ts)) {
      if (static_cast<std::ptrdiff_t>(I) != index) return ReadAlternative<I + 1>(json, path, index, value);
      ReadStruct(json, path, value.template emplace<I>());
    }
  }

 private:
  const Json& json_;
  std::string path_;
  std::size_t longest_text_;
  std::string fault_;
  std::size_t members_ = 0;
};

// All of `json` as a T. kInvalidArgument names the member that is wrong, missing or unknown.
template <class T>
Result<T> StructFromJson(const Json& json, std::size_t longest_text = ReviewBounds::kText) {
  T value;
  StructReader reader(json, "", longest_text);
  if (reader.fault().empty()) Visit(reader, value, std::type_identity<T>());
  reader.RefuseUnknownMembers();
  if (!reader.fault().empty()) return Fail(ErrorCode::kInvalidArgument, reader.fault());
  return value;
}

}  // namespace assay
