// Cases that a grader is not asked of, where they have no answer either.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/evidence.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

constexpr char kSuiteWithConditions[] =
    "kind: Suite\nname: u\ndataset: [{file: many.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\ntrials: 2\n"
    "graders:\n"
    "  - {name: every, type: equals, value: \"yes\"}\n"
    "  - {name: en, type: equals, value: \"yes\", when: {lang: en}}\n"
    "  - {name: short, type: equals, value: \"yes\", when: {lang: en, long: {exists: false}}}\n"
    "  - {name: both, type: all, of: [en, short]}\n"
    "  - {name: whole, type: all, of: [both]}\n"
    "  - {name: mixed, type: all, of: [en, every], when: {lang: en}}\n"
    "  - {name: any, type: any, of: [en, every]}\n";

// 300 cases in German and one in English fail to be answered; as many in German and ten in English are, or the run
// would be given up on.
TEST(LeftOut, CasesWithoutAnAnswerAreNoneOfTheGradersThatWouldNotBeAsked) {
  testing::TemporaryFolder files;
  HttpStub stub([](const StubRequest& request, int) {
    const bool is_down = request.body.find("down") != std::string::npos;
    return is_down ? StubReply{.status = 400, .body = "no"} : testing::ChatAnswer("yes");
  });
  testing::WriteWorkCatalog(files, stub.url());
  std::string cases;
  for (int i = 0; i < 611; ++i) {
    const bool is_german = i < 600;
    const bool is_down = i < 300 || i == 600;
    cases += "{\"id\":\"m" + std::to_string(i) + "\",\"question\":\"" + (is_down ? "down" : "q") + "\",\"lang\":\"" +
             (is_german ? "de" : "en") + "\"}\n";
  }
  files.Write("catalog/many.jsonl", cases);
  files.Write("catalog/u.yaml", kSuiteWithConditions);
  files.Write("catalog/floor.yaml",
              "kind: Gate\nname: floor\nsuites: [u]\nrules: [{name: en, grader: en, at_least: 0.5}]\n");
  DaemonWork work(files);
  const RunRecord run = work.Ended(work.StartRun("u", "m@1").id);
  ASSERT_EQ(run.counts, (RunCounts{.scheduled = 1222, .scored = 620, .error = 602})) << run.error;
  const auto evidence = LoadEvidence(*work.store, run, *work.catalog.current()->catalog.FindSuite("u")->suite());
  ASSERT_TRUE(evidence) << evidence.error().message;
  const SuiteObservations& seen = evidence->observations;
  for (const MetricShape& metric : seen.metrics()) {
    int asked = 0;
    int errors = 0;
    int scored = 0;
    for (std::size_t ordinal = 0; ordinal < 611; ++ordinal) {
      const std::size_t index = seen.FindMetric(metric.name).value();
      const CaseTally tally = seen.Tallies(index)[ordinal];
      asked += seen.Asks(index, ordinal) ? 1 : 0;
      errors += tally.error;
      scored += tally.scored;
    }
    const bool is_of_all = metric.grader == "every" || metric.grader == "any";
    EXPECT_EQ(asked, is_of_all ? 611 : 11) << metric.name;
    EXPECT_EQ(scored, is_of_all ? 620 : 20) << metric.name;
    EXPECT_EQ(errors, is_of_all ? 602 : 2) << metric.name;
  }
}

}  // namespace
}  // namespace assay
