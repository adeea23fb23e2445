#include "cli/reflected_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include "core/clock.h"

namespace assay {
namespace {

namespace pb = google::protobuf;

Json OfMessage(const pb::Message& message) {
  const std::string& name = message.GetDescriptor()->full_name();
  if (name == "google.protobuf.Timestamp") {
    const auto& time = static_cast<const pb::Timestamp&>(message);
    return FormatTime(Time(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000)));
  }
  if (name == "google.protobuf.Duration") {
    const auto& duration = static_cast<const pb::Duration&>(message);
    return FormatDuration(std::chrono::seconds(duration.seconds()) +
                          std::chrono::microseconds(duration.nanos() / 1000));
  }
  return ReflectedJson(message);
}

Json OfRepeated(const pb::Message& message, const pb::FieldDescriptor& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  Json::Array array;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    switch (field.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        array.push_back(OfMessage(reflection.GetRepeatedMessage(message, &field, i)));
        break;
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        array.push_back(reflection.GetRepeatedEnum(message, &field, i)->name());
        break;
      case pb::FieldDescriptor::CPPTYPE_STRING:
        array.push_back(reflection.GetRepeatedString(message, &field, i));
        break;
      default:
        array.push_back(Json());  // the wire has no lists of numbers
    }
  }
  return array;
}

Json OfSingle(const pb::Message& message, const pb::FieldDescriptor& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (field.has_presence() && !reflection.HasField(message, &field)) return {};
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return std::int64_t{reflection.GetInt32(message, &field)};
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return std::int64_t{reflection.GetInt64(message, &field)};
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, &field);
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field);
    case pb::FieldDescriptor::CPPTYPE_ENUM: {
      const pb::EnumValueDescriptor& value = *reflection.GetEnum(message, &field);
      return value.number() == 0 ? Json() : Json(value.name());  // UNSPECIFIED
    }
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      return OfMessage(reflection.GetMessage(message, &field));
    default:
      return {};
  }
}

}  // namespace

Json ReflectedJson(const pb::Message& message) {
  Json::Object object;
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    object.emplace_back(field.name(), field.is_repeated() ? OfRepeated(message, field) : OfSingle(message, field));
  }
  return object;
}

}  // namespace assay
