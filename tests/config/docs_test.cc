// The tables of docs/catalog.md are those of the field tables. ASSAY_REWRITE=1 writes them.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "config/catalog.h"
#include "config/daemon_config.h"
#include "core/file.h"

namespace assay {
namespace {

std::map<std::string, std::string, std::less<>> Tables() {
  return {{"Suite", DocsTable(SuiteSpec::Fields())},
          {"Suite.dataset", DocsTable(DatasetSpec::Fields())},
          {"Suite.prompt", DocsTable(PromptMessageSpec::Fields())},
          {"Suite.tools", DocsTable(ToolSpec::Fields())},
          {"Suite.sampling", DocsTable(FieldsOf<Sampling>::Fields())},
          {"Suite.cache", DocsTable(CacheSpec::Fields())},
          {"Suite.journeys", DocsTable(JourneysSpec::Fields())},
          {"Suite.graders", DocsTable(GraderSpec::Fields())},
          {"Suite.graders.sentinels", DocsTable(SentinelsSpec::Fields())},
          {"Suite.metrics", DocsTable(MetricSpec::Fields())},
          {"Suite.metrics.quality", DocsTable(PeopleQualitySpec::Fields())},
          {"Model", DocsTable(ModelSpec::Fields())},
          {"Model.usd_per_million_tokens", DocsTable(TokenPricesSpec::Fields())},
          {"Model.endpoint", DocsTable(EndpointSpec::Fields())},
          {"Model.endpoint.api_key", DocsTable(ApiKeySpec::Fields())},
          {"Model.endpoint.limits", DocsTable(EndpointLimitsSpec::Fields())},
          {"Model.endpoint.backoff", DocsTable(BackoffSpec::Fields())},
          {"Model.endpoint.hedge", DocsTable(HedgeSpec::Fields())},
          {"Gate", DocsTable(GateSpec::Fields())},
          {"Gate.severe", DocsTable(SevereSpec::Fields())},
          {"Gate.baseline", DocsTable(BaselineSpec::Fields())},
          {"Gate.rules", DocsTable(RuleSpec::Fields())},
          {"Rubric", DocsTable(RubricSpec::Fields())},
          {"Rubric.criteria", DocsTable(CriterionSpec::Fields())},
          {"Rubric.criteria.scale", DocsTable(ScoreScaleSpec::Fields())},
          {"Rubric.criteria.labels", DocsTable(LabelSpec::Fields())},
          {"Rubric.taxonomy", DocsTable(ErrorClassSpec::Fields())},
          {"Rubric.severities", DocsTable(SeverityLevelSpec::Fields())},
          {"Rubric.examples", DocsTable(ExampleSpec::Fields())},
          {"Rubric.rationale", DocsTable(RationaleSpec::Fields())},
          {"Rubric.changes", DocsTable(RubricChangeSpec::Fields())},
          {"Rubric.maps", DocsTable(LabelMapSpec::Fields())},
          {"Rubric.maps.criteria", DocsTable(CriterionMapSpec::Fields())},
          {"Queue", DocsTable(QueueSpec::Fields())},
          {"Queue.enter", DocsTable(EntrySpec::Fields())},
          {"Queue.enter.low_margin", DocsTable(LowMarginSpec::Fields())},
          {"Queue.enter.slice", DocsTable(SliceEntrySpec::Fields())},
          {"Queue.overlap", DocsTable(OverlapSpec::Fields())},
          {"Queue.agreement", DocsTable(AgreementSpec::Fields())},
          {"Queue.audit", DocsTable(AuditSpec::Fields())},
          {"Queue.gold", DocsTable(GoldSpec::Fields())},
          {"Queue.lease", DocsTable(LeaseSpec::Fields())},
          {"Queue.escalation", DocsTable(EscalationSpec::Fields())},
          {"Queue.prelabel", DocsTable(PrelabelSpec::Fields())},
          {"Queue.targets", DocsTable(TargetsSpec::Fields())},
          {"Queue.redact", DocsTable(RedactionSpec::Fields())},
          {"Queue.redact.patterns", DocsTable(RedactionPatternSpec::Fields())},
          {"Schedule", DocsTable(ScheduleSpec::Fields())},
          {"Schedule.candidate", DocsTable(ScheduledModelSpec::Fields())},
          {"assayd", DocsTable(DaemonConfig::Fields())},
          {"assayd.grpc", DocsTable(GrpcConfig::Fields())},
          {"assayd.http", DocsTable(HttpConfig::Fields())},
          {"assayd.log", DocsTable(LogConfig::Fields())},
          {"assayd.auth", DocsTable(AuthConfig::Fields())},
          {"assayd.verdicts", DocsTable(VerdictsConfig::Fields())},
          {"assayd.waivers", DocsTable(WaiversConfig::Fields())},
          {"assayd.retention", DocsTable(RetentionConfig::Fields())},
          {"assayd.retention.classes", DocsTable(ClassRetentionConfig::Fields())},
          {"assayd.limits", DocsTable(DaemonLimits::Fields())}};
}

// `page` with each table behind its marker replaced by ours; `used` counts the markers.
std::string WithTables(const std::string& page, std::size_t& used) {
  constexpr std::string_view kMarker = "<!-- fields: ";
  const auto tables = Tables();
  std::string result;
  bool in_table = false;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = std::min(page.find('\n', at), page.size());
    const std::string line = page.substr(at, end - at);
    at = end + 1;
    if (in_table && line.starts_with('|')) continue;
    in_table = false;
    result += line + "\n";
    if (!line.starts_with(kMarker)) continue;
    const auto table = tables.find(line.substr(kMarker.size(), line.find(" -->") - kMarker.size()));
    if (table == tables.end()) {
      ADD_FAILURE() << "no table for " << line;
      continue;
    }
    result += table->second;
    in_table = true;
    ++used;
  }
  return result;
}

TEST(CatalogDocs, TablesAreThoseOfTheCode) {
  const std::string file = std::string(ASSAY_SOURCE_DIR) + "/docs/catalog.md";
  const std::string page = *ReadFile(file);
  std::size_t used = 0;
  const std::string expected = WithTables(page, used);
  EXPECT_EQ(used, Tables().size()) << "every table has its place in docs/catalog.md";
  if (std::getenv("ASSAY_REWRITE") != nullptr) std::ofstream(file, std::ios::binary) << expected;
  EXPECT_EQ(*ReadFile(file), expected) << "run this test with ASSAY_REWRITE=1";
}

}  // namespace
}  // namespace assay
