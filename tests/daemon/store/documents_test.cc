#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, ::testing::Values(Engine::kSqlite, Engine::kPostgres),
                         [](const auto& tested) { return tested.param == Engine::kSqlite ? "Sqlite" : "Postgres"; });

DocumentRecord Model(const std::string& label, const std::string& content, int second = 0) {
  DocumentRecord document;
  document.kind = "Model";
  document.name = "bot";
  document.label = label;
  document.content_version = "sha256:" + content;
  document.json = R"({"kind":"Model","endpoint":{"model":")" + content + R"("}})";
  document.source = "kind: Model\n# " + content;
  document.created = At(second);
  document.principal = "anna";
  return document;
}

TEST_P(StoreTest, DocumentIsReadAsItWasPut) {
  ASSERT_OK(store().PutDocument(Model("1.0", "a", 7)));
  const Result<DocumentRecord> read = store().GetDocument("default", "Model", "bot", "1.0");
  ASSERT_OK(read);
  EXPECT_EQ(read->kind, "Model");
  EXPECT_EQ(read->name, "bot");
  EXPECT_EQ(read->label, "1.0");
  EXPECT_EQ(read->content_version, "sha256:a");
  EXPECT_EQ(read->json, R"({"kind":"Model","endpoint":{"model":"a"}})");
  EXPECT_EQ(read->source, "kind: Model\n# a");
  EXPECT_EQ(read->created, At(7));
  EXPECT_EQ(read->principal, "anna");
  EXPECT_EQ(read->project, "default");
}

TEST_P(StoreTest, SameDocumentAgainIsTheFirst) {
  ASSERT_OK(store().PutDocument(Model("1.0", "a", 1)));
  const Result<DocumentRecord> again = store().PutDocument(Model("1.0", "a", 2));
  ASSERT_OK(again);
  EXPECT_EQ(again->created, At(1));
  EXPECT_EQ(store().ListDocuments("default", "Model", "", {})->items.size(), 1u);
}

// What a document says of paths is relative to the file it was read from last; over RPC there is none.
TEST_P(StoreTest, SameDocumentFromAnotherFileIsKnownByThatFile) {
  DocumentRecord document = Model("1.0", "a", 1);
  document.file = "/catalog/a.yaml";
  EXPECT_EQ(store().PutDocument(document)->file, "/catalog/a.yaml");
  document.file = "/moved/a.yaml";
  EXPECT_EQ(store().PutDocument(document)->file, "/moved/a.yaml");
  document.file = "";
  EXPECT_EQ(store().PutDocument(document)->file, "/moved/a.yaml");
  const auto stored = store().GetDocument("default", "Model", "bot", "1.0");
  EXPECT_EQ(stored->file, "/moved/a.yaml");
  EXPECT_EQ(stored->created, At(1));
}

TEST_P(StoreTest, OtherContentUnderAModelVersionIsRefused) {
  ASSERT_OK(store().PutDocument(Model("1.0", "a")));
  EXPECT_EQ(
      MessageOf(store().PutDocument(Model("1.0", "b"))),
      "already_exists: Model \"bot@1.0\" is registered with other content (sha256:a, this is sha256:b); give it a "
      "new version");
  EXPECT_EQ(store().GetDocument("default", "Model", "bot", "1.0")->content_version, "sha256:a");
}

TEST_P(StoreTest, ModelWithoutVersionIsRefused) {
  EXPECT_EQ(MessageOf(store().PutDocument(Model("", "a"))), "invalid_argument: Model \"bot\" has no version");
}

TEST_P(StoreTest, DocumentThatIsNotJsonIsRefused) {
  DocumentRecord document = Model("1.0", "a");
  document.json = "{";
  EXPECT_EQ(store().PutDocument(document).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(StoreTest, ProjectsDoNotSeeEachOther) {
  ASSERT_OK(store().PutDocument(Model("1.0", "a")));
  DocumentRecord other = Model("1.0", "b");
  other.project = "other";
  ASSERT_OK(store().PutDocument(other));
  EXPECT_EQ(store().GetDocument("other", "Model", "bot", "1.0")->content_version, "sha256:b");
  EXPECT_EQ(MessageOf(store().GetDocument("third", "Model", "bot", "1.0")),
            "not_found: Model \"bot@1.0\" is not stored");
}

TEST_P(StoreTest, NewestModelIsTheOneRegisteredLast) {
  EXPECT_EQ(store().GetNewestModel("default", "bot").error().code, ErrorCode::kNotFound);
  ASSERT_OK(store().PutDocument(Model("2.0", "b", 1)));
  ASSERT_OK(store().PutDocument(Model("1.9", "a", 2)));
  EXPECT_EQ(store().GetNewestModel("default", "bot")->label, "1.9");
}

TEST_P(StoreTest, OtherKindsKeepEveryContentAndGiveTheNewest) {
  DocumentRecord suite = Model("", "a");
  suite.kind = "Suite";
  ASSERT_OK(store().PutDocument(suite));
  suite.content_version = "sha256:b";
  ASSERT_OK(store().PutDocument(suite));
  EXPECT_EQ(store().GetDocument("default", "Suite", "bot", "")->content_version, "sha256:b");
  EXPECT_EQ(store().GetDocumentVersion("default", "Suite", "bot", "sha256:a")->content_version, "sha256:a");
  EXPECT_EQ(store().GetDocumentVersion("default", "Suite", "bot", "sha256:c").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreTest, DocumentsAreListedInPagesNewestFirst) {
  for (const char* label : {"1", "2", "3"}) ASSERT_OK(store().PutDocument(Model(label, label)));
  const auto first = store().ListDocuments("default", "Model", "bot", {"", 2});
  ASSERT_OK(first);
  ASSERT_EQ(first->items.size(), 2u);
  EXPECT_EQ(first->items[0].label, "3");
  const auto second = store().ListDocuments("default", "Model", "bot", {first->next, 2});
  ASSERT_EQ(second->items.size(), 1u);
  EXPECT_EQ(second->items[0].label, "1");
  EXPECT_EQ(second->next, "");
  EXPECT_EQ(store().ListDocuments("default", "Model", "none", {})->items.size(), 0u);
}

TEST_P(StoreTest, PageSizesAndTokensAreChecked) {
  EXPECT_EQ(MessageOf(store().ListDocuments("default", "Model", "", {"", 0})),
            "invalid_argument: page size 0 is not between 1 and 1000");
  EXPECT_EQ(MessageOf(store().ListDocuments("default", "Model", "", {"1; DROP", 5})),
            "invalid_argument: page token \"1; DROP\" is not one of ours");
}

TEST_P(StoreTest, StageMovesAndMustNameARegisteredVersion) {
  ASSERT_OK(store().PutDocument(Model("1", "a")));
  ASSERT_OK(store().PutDocument(Model("2", "b")));
  EXPECT_EQ(MessageOf(store().GetModelStage("default", "bot", "production")),
            "not_found: model \"bot\" has no version in stage \"production\"; promote one");
  EXPECT_EQ(store().SetModelStage("default", "bot", "production", "9", At(1), "ben").error().code,
            ErrorCode::kNotFound);
  ASSERT_OK(store().SetModelStage("default", "bot", "production", "1", At(1), "ben"));
  ASSERT_OK(store().SetModelStage("default", "bot", "production", "2", At(2), "ben"));
  EXPECT_EQ(*store().GetModelStage("default", "bot", "production"), "2");
}

TEST_P(StoreTest, StagesAreListedByModel) {
  DocumentRecord other = Model("1", "c");
  other.name = "a-bot";
  ASSERT_OK(store().PutDocument(Model("1", "a")));
  ASSERT_OK(store().PutDocument(other));
  ASSERT_OK(store().SetModelStage("default", "bot", "production", "1", At(1), "ben"));
  ASSERT_OK(store().SetModelStage("default", "bot", "canary", "1", At(1), "ben"));
  ASSERT_OK(store().SetModelStage("default", "a-bot", "production", "1", At(1), "ben"));
  const auto listed = [&](const std::string& project, const std::string& model) {
    std::string text;
    const auto stages = store().ListModelStages(project, model);
    for (const ModelStage& each : *stages) {
      text += each.model + "@" + each.label + " " + each.stage + "; ";
    }
    return text;
  };
  EXPECT_EQ(listed("default", ""), "a-bot@1 production; bot@1 canary; bot@1 production; ");
  EXPECT_EQ(listed("default", "bot"), "bot@1 canary; bot@1 production; ");
  EXPECT_EQ(listed("other", ""), "");
}

TEST_P(StoreTest, RequestIdIsAnsweredOnce) {
  const RequestKey request{"RegisterModel", "r1", "hash-a"};
  EXPECT_EQ(*store().FindRequest("default", request), std::nullopt);
  ASSERT_OK(store().PutDocument(Model("1", "a", 1), request));
  const auto again = store().PutDocument(Model("1", "a", 2), request);
  ASSERT_OK(again);
  EXPECT_EQ(again->created, At(1));
  EXPECT_EQ(*store().FindRequest("default", request), "Model/bot/1");
  EXPECT_EQ(MessageOf(store().PutDocument(Model("2", "b"), RequestKey{"RegisterModel", "r1", "hash-b"})),
            "already_exists: request id \"r1\" of RegisterModel was used with other content; choose a new id");
  EXPECT_EQ(store().GetDocument("default", "Model", "bot", "2").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreTest, WritesLeaveAuditRows) {
  ASSERT_OK(store().PutDocument(Model("1", "a", 1)));
  ASSERT_OK(store().SetModelStage("default", "bot", "production", "1", At(2), "ben"));
  const auto audit = store().ListAudit("default", {});
  ASSERT_OK(audit);
  ASSERT_EQ(audit->items.size(), 2u);
  EXPECT_EQ(audit->items[0].principal, "ben");
  EXPECT_EQ(audit->items[0].action, "set_model_stage");
  EXPECT_EQ(audit->items[0].object, "Model/bot/1");
  EXPECT_EQ(audit->items[0].detail, "production");
  EXPECT_EQ(audit->items[0].at, At(2));
  EXPECT_EQ(audit->items[1].action, "put_document");
}

TEST_P(StoreTest, DocumentsCanBeQueriedWithSql) {
  ASSERT_OK(store().PutDocument(Model("1", "large")));
  EXPECT_EQ(ReadOne(GetParam() == Engine::kSqlite ? "SELECT json_extract(body, '$.endpoint.model') FROM document"
                                                  : "SELECT body->'endpoint'->>'model' FROM document"),
            "large");
}

TEST_P(StoreTest, QuotesAndStatementsInTextAreText) {
  DocumentRecord document = Model("1", "a");
  document.source = "'; DROP TABLE document; -- :name \\ \" é 漢";
  ASSERT_OK(store().PutDocument(document));
  EXPECT_EQ(store().GetDocument("default", "Model", "bot", "1")->source, document.source);
}

TEST_P(StoreTest, PingAnswers) { ASSERT_OK(store().Ping()); }

}  // namespace
}  // namespace assay::testing
