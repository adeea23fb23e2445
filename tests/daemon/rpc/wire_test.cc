// The wire as it is promised to clients: a listing of every service, message, field and enum value, held against
// testdata/wire.txt. A change that this test shows is a change that clients see. When it is meant (new things, nothing
// renumbered, retyped or renamed), run the test with ASSAY_UPDATE=1 and commit the file.

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "assay/v1/catalog.pb.h"
#include "assay/v1/dataset.pb.h"
#include "assay/v1/endpoint.pb.h"
#include "assay/v1/gate.pb.h"
#include "assay/v1/grader_plugin.pb.h"
#include "assay/v1/model.pb.h"
#include "assay/v1/release.pb.h"
#include "assay/v1/replay.pb.h"
#include "assay/v1/review.pb.h"
#include "assay/v1/review_artefact.pb.h"
#include "assay/v1/review_interchange.pb.h"
#include "assay/v1/review_program.pb.h"
#include "assay/v1/run.pb.h"
#include "assay/v1/schedule.pb.h"
#include "assay/v1/types.pb.h"
#include "assay/v1/waivers.pb.h"
#include "daemon/rpc/method_table.h"
#include "tests/testing/fake_services.h"

namespace assay {
namespace {

namespace pb = google::protobuf;

std::vector<const pb::FileDescriptor*> Files() {
  return {v1::Document::descriptor()->file(),
          v1::DatasetVersion::descriptor()->file(),
          v1::Endpoint::descriptor()->file(),
          v1::Check::descriptor()->file(),
          v1::Model::descriptor()->file(),
          v1::Run::descriptor()->file(),
          v1::Schedule::descriptor()->file(),
          v1::Verdict::descriptor()->file(),
          v1::Waiver::descriptor()->file(),
          v1::ReplayVerdictRequest::descriptor()->file(),
          v1::ReviewItem::descriptor()->file(),
          v1::Export::descriptor()->file(),
          v1::ReleaseDecision::descriptor()->file(),
          v1::ProgramRecord::descriptor()->file(),
          v1::GetAuditReportRequest::descriptor()->file()};
}

std::string TypeOf(const pb::FieldDescriptor& field) {
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

void List(const pb::EnumDescriptor& type, std::ostream& out) {
  out << "enum " << type.full_name() << "\n";
  for (int i = 0; i < type.value_count(); ++i) {
    out << "  " << type.value(i)->name() << " = " << type.value(i)->number() << "\n";
  }
}

void List(const pb::Descriptor& message, std::ostream& out) {
  out << "message " << message.full_name() << "\n";
  for (int i = 0; i < message.field_count(); ++i) {
    const pb::FieldDescriptor& field = *message.field(i);
    const char* label = field.is_repeated()                                                        ? "repeated "
                        : field.real_containing_oneof() == nullptr && field.has_optional_keyword() ? "optional "
                                                                                                   : "";
    out << "  " << label << TypeOf(field) << " " << field.name() << " = " << field.number() << "\n";
  }
  for (int i = 0; i < message.enum_type_count(); ++i) List(*message.enum_type(i), out);
  for (int i = 0; i < message.nested_type_count(); ++i) List(*message.nested_type(i), out);
}

void List(const pb::ServiceDescriptor& service, std::ostream& out) {
  out << "service " << service.full_name() << "\n";
  for (int i = 0; i < service.method_count(); ++i) {
    const pb::MethodDescriptor& method = *service.method(i);
    out << "  " << method.name() << "(" << method.input_type()->name() << ") "
        << (method.server_streaming() ? "stream " : "") << method.output_type()->name() << "\n";
  }
}

TEST(Wire, IsWhatClientsWerePromised) {
  std::ostringstream listed;
  std::vector<const pb::FileDescriptor*> files = Files();
  files.push_back(v1::GradeRequest::descriptor()->file());  // which plug-ins serve
  for (const pb::FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) List(*file->service(i), listed);
    for (int i = 0; i < file->message_type_count(); ++i) List(*file->message_type(i), listed);
  }
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/daemon/rpc/testdata/wire.txt";
  if (std::getenv("ASSAY_UPDATE") != nullptr) std::ofstream(path) << listed.str();
  std::ostringstream promised;
  promised << std::ifstream(path).rdbuf();
  EXPECT_EQ(listed.str(), promised.str());
}

TEST(Wire, EveryRequestHasAProject) {
  for (const pb::FileDescriptor* file : Files()) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        const pb::Descriptor& request = *file->service(i)->method(j)->input_type();
        const pb::FieldDescriptor* project = request.FindFieldByName("project");
        ASSERT_NE(project, nullptr) << request.full_name();
        EXPECT_EQ(project->number(), 1) << request.full_name();
      }
    }
  }
}

TEST(Wire, TheMethodTableHasEveryMethodWithItsMessages) {
  testing::FakeServices services;
  const MethodTable table = MakeMethodTable(services.All());
  std::set<std::string> declared;
  for (const pb::FileDescriptor* file : Files()) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        const pb::MethodDescriptor& method = *file->service(i)->method(j);
        const std::string path = "/" + file->service(i)->full_name() + "/" + method.name();
        declared.insert(path);
        const Method* found = table.Find(path);
        ASSERT_NE(found, nullptr) << path;
        EXPECT_EQ(found->make_request()->GetDescriptor(), method.input_type()) << path;
        EXPECT_EQ(found->make_response()->GetDescriptor(), method.output_type()) << path;
        EXPECT_EQ(found->streams(), method.server_streaming()) << path;
      }
    }
  }
  EXPECT_EQ(table.methods().size(), declared.size());
  EXPECT_EQ(table.Find("/assay.v1.RunService/Nothing"), nullptr);
}

TEST(Wire, TheMethodsThatWriteAreKnown) {
  testing::FakeServices services;
  const MethodTable table = MakeMethodTable(services.All());
  std::set<std::string> writing;
  for (const auto& [path, method] : table.methods()) {
    if (method.writes) writing.insert(path.substr(path.rfind('/') + 1));
  }
  EXPECT_EQ(writing, (std::set<std::string>{"Reload",
                                            "NoteDatasetVersion",
                                            "RegisterModel",
                                            "PromoteModel",
                                            "StartRun",
                                            "CancelRun",
                                            "PauseRun",
                                            "ResumeRun",
                                            "RetryRun",
                                            "SetRunConcurrency",
                                            "DeleteRun",
                                            "CheckGate",
                                            "RequestWaiver",
                                            "ApproveWaiver",
                                            "RevokeWaiver",
                                            "RecommendBlocker",
                                            "AnswerBlocker",
                                            "WithdrawBlocker",
                                            "DecideRelease",
                                            "ClaimItem",
                                            "SaveDraft",
                                            "SubmitJudgement",
                                            "ReviseJudgement",
                                            "Adjudicate",
                                            "SubmitAudit",
                                            "ImportReviews",
                                            "ActOnItem",
                                            "EndPause",
                                            "AcknowledgeRubric",
                                            "AddProgramRecord",
                                            "OpenClarification",
                                            "CloseClarification",
                                            "ProposeChange",
                                            "AnswerChange",
                                            "GetChange",
                                            "AddGold",
                                            "RetireGold",
                                            "DeclareGoldSet",
                                            "GetCalibrationPack",
                                            "OpenCalibration",
                                            "RevealCalibration",
                                            "RuleOnCalibration",
                                            "CloseCalibration"}));
}

}  // namespace
}  // namespace assay
