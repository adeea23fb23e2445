#include "runners/jq/jq_paths.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

extern "C" {
#include <jq.h>
}

namespace assay {
namespace {

// One is busy for some microseconds an answer.
constexpr int kStates = 2;

// A reference to a value of libjq, given back by the destructor. libjq's functions take the references they are passed:
// they get Copy() or Release().
class JqValue {
 public:
  explicit JqValue(jv value) : value_(value) {}
  JqValue(JqValue&& other) noexcept : value_(other.Release()) {}
  JqValue& operator=(JqValue&&) = delete;
  ~JqValue() { jv_free(value_); }

  jv Copy() const { return jv_copy(value_); }
  jv Release() { return std::exchange(value_, jv_invalid()); }
  jv_kind kind() const { return jv_get_kind(value_); }
  bool has_message() const { return jv_invalid_has_msg(Copy()) != 0; }
  JqValue At(int index) const { return JqValue(jv_array_get(Copy(), index)); }
  int size() const { return jv_array_length(Copy()); }
  int references() const { return jv_get_refcnt(value_); }
  jv borrowed() const { return value_; }
  // Of an object: a place for the functions below, in no order.
  int FirstMember() const { return jv_object_iter(value_); }
  bool IsMember(int at) const { return jv_object_iter_valid(value_, at) != 0; }
  int NextMember(int at) const { return jv_object_iter_next(value_, at); }
  JqValue Key(int at) const { return JqValue(jv_object_iter_key(value_, at)); }
  JqValue Member(int at) const { return JqValue(jv_object_iter_value(value_, at)); }
  double number() const { return jv_number_value(value_); }
  // As long as this is.
  std::string_view text() const {
    return {jv_string_value(value_), static_cast<std::size_t>(jv_string_length_bytes(Copy()))};
  }

 private:
  jv value_;
};

jv JqString(const std::string& text) { return jv_string_sized(text.data(), static_cast<int>(text.size())); }

// As deep as the document, which the parser bounds.
jv ToJq(const Json& value) {
  if (value.is_null()) return jv_null();
  if (value.is_bool()) return jv_bool(value.as_bool() ? 1 : 0);
  if (value.is_number()) return jv_number(value.as_number());
  if (value.is_string()) return JqString(value.as_string());
  if (value.is_array()) {
    jv array = jv_array_sized(static_cast<int>(value.as_array().size()));
    for (const Json& element : value.as_array()) array = jv_array_append(array, ToJq(element));
    return array;
  }
  jv object = jv_object();
  for (const auto& [key, member] : value.as_object()) object = jv_object_set(object, JqString(key), ToJq(member));
  return object;
}

// An error that passes an iteration over an object leaves a reference to a key behind (libjq 1.6). Nobody else holds
// `value`, so each reference beyond its own is one of those.
void FreeForgottenKeys(const JqValue& value) {
  if (value.kind() == JV_KIND_ARRAY) {
    for (int i = 0, size = value.size(); i < size; ++i) FreeForgottenKeys(value.At(i));
  }
  if (value.kind() != JV_KIND_OBJECT) return;
  for (int at = value.FirstMember(); value.IsMember(at); at = value.NextMember(at)) {
    JqValue key = value.Key(at);
    for (int references = key.references(); references > 2; --references) jv_free(key.borrowed());
    FreeForgottenKeys(value.Member(at));
  }
}

const Json* NullValue() {
  static const Json null;
  return &null;
}

const Json* Step(const Json& value, const JqValue& step) {
  if (step.kind() == JV_KIND_STRING) {
    const Json* member = value.Find(step.text());
    return member == nullptr ? NullValue() : member;
  }
  if (!value.is_array()) return NullValue();
  const auto size = static_cast<double>(value.as_array().size());
  const double index = step.number() < 0 ? step.number() + size : step.number();
  return index >= 0 && index < size ? &value.as_array()[static_cast<std::size_t>(index)] : NullValue();
}

// `path` is a list of keys and indices.
const Json* Follow(const Json& document, const JqValue& path) {
  const Json* value = &document;
  for (int i = 0, size = path.size(); i < size; ++i) value = Step(*value, path.At(i));
  return value;
}

// jq's messages begin with a capital.
Error ErrorOfJq(std::string_view message) {
  std::string text(message);
  if (text.starts_with("Cannot")) text.front() = 'c';
  return {ErrorCode::kInvalidArgument, std::move(text), std::nullopt};
}

// Gives [INDEX, PATH] for every value, and [INDEX, MESSAGE] where a path ends in an error.
std::string ProgramOf(std::span<const std::optional<JsonPath>> paths) {
  std::string program;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!paths[i]) continue;
    const std::string index = std::to_string(i);
    if (!program.empty()) program += ", ";
    program += "(try (path(" + paths[i]->source() + ") | [" + index + ", .]) catch [" + index + ", .])";
  }
  return program.empty() ? "empty" : program;
}

// A compiled program with its state. Used by one thread at a time.
class JqProgram {
 public:
  static Result<std::unique_ptr<JqProgram>> Compile(std::span<const std::optional<JsonPath>> paths) {
    jq_state* state = jq_init();
    if (state == nullptr) return Fail(ErrorCode::kInternal, "libjq: no memory");
    auto program = std::make_unique<JqProgram>(state, paths.size());
    std::string said;
    jq_set_error_cb(state, &JqProgram::Collect, &said);
    const bool is_compiled = jq_compile(state, ProgramOf(paths).c_str()) != 0;
    jq_set_error_cb(state, &JqProgram::Collect, nullptr);
    if (!is_compiled) return Fail(ErrorCode::kInvalidArgument, "is refused by jq: " + said);
    return program;
  }

  JqProgram(jq_state* state, std::size_t paths) : state_(state), paths_(paths) {}
  ~JqProgram() { jq_teardown(&state_); }
  JqProgram(const JqProgram&) = delete;
  JqProgram& operator=(const JqProgram&) = delete;

  // `input` is `document`.
  std::vector<JqPaths::Found> Run(const JqValue& input, const Json& document) {
    std::vector<JqPaths::Found> found(paths_, JqPaths::Found(std::in_place));
    jq_start(state_, input.Copy(), 0);
    for (;;) {
      const JqValue next(jq_next(state_));
      if (next.kind() == JV_KIND_INVALID) {
        if (next.has_message()) std::ranges::fill(found, Fail(ErrorCode::kInternal, "libjq ended in an error"));
        break;
      }
      const auto path = static_cast<std::size_t>(next.At(0).number());
      if (Take(next.At(1), document, found[path])) continue;
      std::fill(found.begin() + static_cast<std::ptrdiff_t>(path), found.end(), TooMany());
      break;
    }
    jq_start(state_, jv_null(), 0);  // lets go of the document
    return found;
  }

 private:
  static void Collect(void* said, jv message) {
    const JqValue text(jq_format_error(message));
    if (said != nullptr && text.kind() == JV_KIND_STRING) *static_cast<std::string*>(said) += text.text();
  }

  // False when there is too much to go on.
  static bool Take(const JqValue& where, const Json& document, JqPaths::Found& found) {
    if (where.kind() == JV_KIND_STRING) {
      found = std::unexpected(ErrorOfJq(where.text()));
      return true;
    }
    if (found->size() == JqPaths::kMaxFound) return false;
    found->push_back(Follow(document, where));
    return true;
  }

  static std::unexpected<Error> TooMany() {
    return Fail(ErrorCode::kInvalidArgument, "leads to more than " + std::to_string(JqPaths::kMaxFound) + " values");
  }

  jq_state* state_;
  const std::size_t paths_;
};

}  // namespace

// A state serves one thread at a time.
class JqPaths::Pool {
 public:
  explicit Pool(std::vector<std::unique_ptr<JqProgram>> idle) : idle_(std::move(idle)) {}

  std::vector<Found> Find(const Json& document) {
    const JqValue input(ToJq(document));  // before a state is taken
    std::vector<Found> found = Borrowed(*this).program->Run(input, document);
    const bool has_error = std::ranges::any_of(found, [](const Found& one) { return !one; });
    if (has_error) FreeForgottenKeys(input);
    return found;
  }

 private:
  // Given back whatever happens.
  struct Borrowed {
    explicit Borrowed(Pool& owner) : pool(owner), program(owner.Take()) {}
    ~Borrowed() { pool.Return(std::move(program)); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Pool& pool;
    std::unique_ptr<JqProgram> program;
  };

  std::unique_ptr<JqProgram> Take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty(); });
    std::unique_ptr<JqProgram> program = std::move(idle_.back());
    idle_.pop_back();
    return program;
  }

  void Return(std::unique_ptr<JqProgram> program) {
    {
      std::lock_guard lock(mutex_);
      idle_.push_back(std::move(program));
    }
    returned_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<JqProgram>> idle_;  // the one of the last answer at the end
};

Result<JqPaths> JqPaths::Compile(std::span<const std::optional<JsonPath>> paths) {
  std::vector<std::unique_ptr<JqProgram>> programs;
  for (int i = 0; i < kStates; ++i) {
    ASSAY_ASSIGN(auto program, JqProgram::Compile(paths));
    programs.push_back(std::move(program));
  }
  return JqPaths(std::make_shared<Pool>(std::move(programs)));
}

std::vector<JqPaths::Found> JqPaths::Find(const Json& document) const { return pool_->Find(document); }

}  // namespace assay
