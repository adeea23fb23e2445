#pragma once
// Values of the daemon <-> messages of the wire. Total: every enumerator has its place, checked by the compiler.

#include <optional>
#include <string>
#include <string_view>

#include "daemon/services.h"

namespace google::protobuf {
class Duration;
class Timestamp;
}  // namespace google::protobuf

namespace assay::v1 {
class Case;
class CatalogStatus;
class Check;
class Document;
class Endpoint;
class JudgeCalibration;
class Model;
class ModelRef;
class ReleaseBlocker;
class Run;
class Trial;
class Verdict;
class WorstCase;
}  // namespace assay::v1

namespace assay {

void ToProto(Time time, google::protobuf::Timestamp& out);
void ToProto(Duration duration, google::protobuf::Duration& out);
// kInvalidArgument for a negative duration or one over a year; `field` names it.
Result<Duration> FromProto(const google::protobuf::Duration& duration, std::string_view field);

// Within what the store's microseconds hold; kInvalidArgument otherwise.
Result<Time> TimeFromProto(const google::protobuf::Timestamp& time, std::string_view field);

// `with_text`: also the document's text and JSON.
void ToProto(const ServedDocument& document, bool with_text, v1::Document& out);
void ToProto(const CatalogStatus& status, v1::CatalogStatus& out);
// With those of `stages` that are its own.
void ToProto(const DocumentRecord& model, const std::vector<ModelStage>& stages, v1::Model& out);
void ToProto(const RunRecord& run, v1::Run& out);
// With bounds at `confidence`.
void ToProto(const JudgeCalibration& judge, double confidence, v1::JudgeCalibration& out);
// `with_response`: also what the endpoint returned.
void ToProto(const StoredTrial& trial, bool with_response, v1::Trial& out);
void ToProto(const RunCase& found, v1::Case& out);
void ToProto(const ModelIdentity& model, v1::ModelRef& out);
// Without project and candidate.
void ToProto(const ReleaseBlocker& blocker, v1::ReleaseBlocker& out);
void ToProto(const StoredVerdict& verdict, v1::Verdict& out);
void ToProto(const WorstCase& worst, v1::WorstCase& out);
void ToProto(const CheckStatus& check, v1::Check& out);
void ToProto(const EndpointStatus& endpoint, v1::Endpoint& out);

// The catalog's word of a v1::DocumentKind::Value: "Suite"; "" for UNSPECIFIED and for numbers it does not know.
std::string_view KindWord(int document_kind);
// Of a v1::RunState::Value and v1::TrialStatus::Value; nullopt for UNSPECIFIED. kInvalidArgument for unknown numbers.
Result<std::optional<RunState>> RunStateOf(int value);
Result<std::optional<TrialStatus>> TrialStatusOf(int value);

}  // namespace assay
