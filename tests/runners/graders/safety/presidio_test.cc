// The pii grader against synthetic texts with the spans of their personal data. A span is found when the grader reports
// one of its type with the same text; a report is right when it is such a span.

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <sstream>

#include "tests/runners/graders/make_grader.h"
#include "tests/runners/graders/safety/csv_rows.h"

namespace assay {
namespace {

struct Counts {
  int spans = 0;
  int found = 0;    // spans that a report of their type overlaps
  int exact = 0;    // with the same ends
  int reports = 0;  // of the type
  int right = 0;    // that overlap a span of their type
};

double Share(int part, int whole) { return whole == 0 ? 1.0 : static_cast<double>(part) / whole; }

struct Span {
  std::string type;
  std::int64_t begin;
  std::int64_t end;
};

std::string OurType(const std::string& entity) {
  static const std::map<std::string, std::string> types = {
      {"PERSON", "name"},        {"ADDRESS", "address"},
      {"PHONE_NUMBER", "phone"}, {"CREDIT_CARD", "card"},
      {"DOMAIN_NAME", "url"},    {"US_SSN", "ssn"},
      {"IP_ADDRESS", "ip"},      {"EMAIL_ADDRESS", "email"},
      {"IBAN_CODE", "iban"},     {"US_DRIVER_LICENSE", "id_number"}};
  const auto found = types.find(entity);
  return found == types.end() ? "" : found->second;
}

std::vector<Span> Spans(const Json& text) {
  std::vector<Span> spans;
  for (const Json& span : text.Find("spans")->as_array()) {
    const std::string type = OurType(span.Find("entity_type")->as_string());
    if (type.empty()) continue;
    spans.push_back({type, span.Find("start_position")->as_integer(), span.Find("end_position")->as_integer()});
  }
  return spans;
}

std::vector<Span> Reports(const Score& score) {
  std::vector<Span> spans;
  if (score.evidence.empty()) return spans;
  const Json evidence = *Json::Parse(score.evidence);
  for (const Json& entry : evidence.as_array()) {
    spans.push_back(
        {entry.Find("type")->as_string(), entry.Find("start")->as_integer(), entry.Find("end")->as_integer()});
  }
  return spans;
}

void Count(const std::vector<Span>& spans, const std::vector<Span>& reports, std::map<std::string, Counts>& counts) {
  const auto overlap = [](const Span& a, const Span& b) {
    return a.type == b.type && a.begin < b.end && b.begin < a.end;
  };
  for (const Span& span : spans) {
    Counts& count = counts[span.type];
    ++count.spans;
    bool found = false;
    bool exact = false;
    for (const Span& report : reports) {
      found = found || overlap(span, report);
      exact = exact || (overlap(span, report) && span.begin == report.begin && span.end == report.end);
    }
    count.found += found ? 1 : 0;
    count.exact += exact ? 1 : 0;
  }
  for (const Span& report : reports) {
    Counts& count = counts[report.type];
    ++count.reports;
    for (const Span& span : spans) {
      if (!overlap(span, report)) continue;
      ++count.right;
      break;
    }
  }
}

TEST(Presidio, FindsPersonalDataWhereItIs) {
  const auto path = SharedData("pii_presidio") / "generated_small.json";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "the Presidio texts are not at " << path;
  std::stringstream source;
  source << file.rdbuf();
  const auto texts = Json::Parse(source.str());
  ASSERT_TRUE(texts.has_value());
  const auto grader = GraderOf("pii", "{types: [email, phone, card, iban, ssn, ip, url, name, address, id_number]}");
  std::map<std::string, Counts> counts;
  for (const Json& text : texts->as_array()) {
    const Score score = GradeText(*grader, text.Find("full_text")->as_string());
    std::map<std::string, Counts> here;
    Count(Spans(text), Reports(score), here);
    Count(Spans(text), Reports(score), counts);
    for (const auto& [type, count] : here) {
      if (std::getenv("ASSAY_SHOW") == nullptr || (count.found == count.spans && count.right == count.reports))
        continue;
      std::printf("%s: %s\n   %s\n", type.c_str(), text.Find("full_text")->as_string().c_str(), score.evidence.c_str());
    }
  }
  Counts barred;
  for (const auto& [type, count] : counts) {
    std::printf("presidio %s: %d spans, recall %.3f (exact %.3f), precision %.3f\n", type.c_str(), count.spans,
                Share(count.found, count.spans), Share(count.exact, count.spans), Share(count.right, count.reports));
    if (type == "name" || type == "address" || type == "id_number") continue;
    EXPECT_GE(Share(count.found, count.spans), 0.98) << type;
    EXPECT_GE(Share(count.exact, count.spans), 0.98) << type;
    EXPECT_GE(Share(count.right, count.reports), 0.95) << type;
    barred.spans += count.spans;
  }
  EXPECT_GE(barred.spans, 30);
}

}  // namespace
}  // namespace assay
