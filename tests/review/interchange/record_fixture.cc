#include "tests/review/interchange/record_fixture.h"

#include <algorithm>

namespace assay::testing {
namespace {

std::string RandomText(Random& random) {
  static const std::string kPieces[] = {"plain words", "a \"quoted\" part", "line\nline",
                                        "=1+2",        "comma, semicolon;", "\xF0\x9F\x98\x80 \xC3\xA4\xC3\xB6",
                                        "tab\there",   "{\"a\": 1}",        "[x]",
                                        "100"};
  std::string text = "t";
  for (std::uint64_t i = random.Below(4); i > 0; --i) text += " " + kPieces[random.Below(std::size(kPieces))];
  return text;
}

bool Coin(Random& random) { return random.Below(2) == 0; }

CriteriaAnswers RandomCriteria(ReviewItemKind kind, Random& random) {
  CriteriaAnswers answers;
  for (const CriterionSpec& criterion : ExchangeRubric().criteria) {
    if (kind == ReviewItemKind::kClassification && criterion.labels.empty()) continue;
    if (!criterion.required && Coin(random)) continue;
    CriterionAnswer answer{.criterion = criterion.name};
    if (criterion.not_applicable && random.Below(3) == 0) {
      answer.not_applicable = true;
    } else if (criterion.scale) {
      answer.score =
          static_cast<int>(random.Below(static_cast<std::uint64_t>(criterion.scale->to - criterion.scale->from + 1))) +
          criterion.scale->from;
    } else {
      for (const LabelSpec& label : criterion.labels) {
        const bool has_enough = !answer.labels.empty() && !criterion.several;
        if (!has_enough && Coin(random)) answer.labels.push_back(label.name);
      }
      if (answer.labels.empty()) answer.labels.push_back(criterion.labels.back().name);
    }
    answers.criteria.push_back(std::move(answer));
  }
  return answers;
}

PairwiseAnswers RandomPair(Random& random) {
  PairwiseAnswers answers{static_cast<PairChoice>(random.Below(3)), "", 0};
  if (answers.choice == PairChoice::kWinner) {
    answers.winner = Coin(random) ? "r1" : "r2";
    answers.strength = static_cast<int>(1 + random.Below(3));
  }
  for (const CriterionSpec& criterion : ExchangeRubric().criteria) {
    if (Coin(random))
      answers.criteria.push_back({criterion.name, random.Below(3) == 0 ? "" : Coin(random) ? "r1" : "r2"});
  }
  return answers;
}

RankingAnswers RandomRanking(const ReviewSubject& subject, Random& random) {
  RankingAnswers answers;
  for (const std::string& id : subject.responses) {
    if (answers.ranks.empty() || Coin(random)) answers.ranks.emplace_back();
    answers.ranks.back().push_back(id);
  }
  return answers;
}

ReviewAnswers RandomAnswers(const ReviewSubject& subject, Random& random) {
  switch (subject.kind) {
    case ReviewItemKind::kRubric:
    case ReviewItemKind::kClassification:
      return RandomCriteria(subject.kind, random);
    case ReviewItemKind::kPairwise:
      return RandomPair(random);
    case ReviewItemKind::kRanking:
      return RandomRanking(subject, random);
    case ReviewItemKind::kSafety:
      return SafetyAnswers{Coin(random)};
    case ReviewItemKind::kRefusal:
      return RefusalAnswers{Coin(random), Coin(random)};
    case ReviewItemKind::kGrounding: {
      GroundingAnswers answers;
      for (const std::string& claim : subject.claims)
        answers.claims.push_back({claim, static_cast<ClaimSupport>(random.Below(4))});
      return answers;
    }
    case ReviewItemKind::kToolUse: {
      ToolUseAnswers answers{{}, Coin(random)};
      for (const std::string& call : subject.calls)
        answers.calls.push_back({call, Coin(random), Coin(random), Coin(random)});
      return answers;
    }
    case ReviewItemKind::kCorrection:
      return Coin(random) ? CorrectionAnswers{true, ""} : CorrectionAnswers{false, RandomText(random)};
  }
  return {};
}

Opinion RandomOpinion(const ReviewSubject& subject, Random& random) {
  Opinion opinion{.answers = RandomAnswers(subject, random)};
  const auto* safety = std::get_if<SafetyAnswers>(&opinion.answers);
  if (safety != nullptr && !safety->harmful) return opinion;
  if (Coin(random)) opinion.errors = {"hallucination", "invented"};
  if (safety != nullptr || Coin(random)) opinion.severity = static_cast<int>(1 + random.Below(3));
  return opinion;
}

ReviewSubject SubjectOf(ReviewItemKind kind) {
  ReviewSubject subject{.kind = kind, .responses = {"r1"}};
  if (kind == ReviewItemKind::kPairwise) subject.responses = {"r1", "r2"};
  if (kind == ReviewItemKind::kRanking) subject.responses = {"r1", "r2", "r3", "r4"};
  if (kind == ReviewItemKind::kGrounding) subject.claims = {"c-x", "c-y", "c-z"};
  if (kind == ReviewItemKind::kToolUse) subject.calls = {"k1", "k2"};
  return subject;
}

JudgementContent RandomContent(const ReviewSubject& subject, Random& random) {
  JudgementContent content;
  content.opinion = RandomOpinion(subject, random);
  content.rationale = Coin(random) ? RandomText(random) : "";
  if (Coin(random)) content.clauses = {"1.1"};
  if (Coin(random)) content.clauses.push_back("2");
  content.is_ambiguous = Coin(random);
  content.proposal = Coin(random) ? RandomText(random) : "";
  content.is_severe = random.Below(5) == 0;
  content.times = {.leased_at = At(1), .active = std::chrono::milliseconds(random.Below(100000))};
  content.rubric_version = {2, 1, 0};
  if (Coin(random)) content.prelabel = PrelabelUse{PrelabelShow::kBefore, Coin(random), "judge@1", Coin(random), {}};
  return content;
}

RecordTexts TextsOf(const ReviewSubject& subject, Random& random) {
  RecordTexts texts;
  if (Coin(random)) texts.prompt.push_back({.role = Role::kSystem, .content = RandomText(random)});
  texts.prompt.push_back({.role = Role::kUser, .content = RandomText(random)});
  texts.reference = subject.kind == ReviewItemKind::kCorrection || Coin(random) ? RandomText(random) : "";
  texts.context = subject.kind == ReviewItemKind::kGrounding || Coin(random) ? RandomText(random) : "";
  for (const std::string& id : subject.responses)
    texts.responses.push_back({.id = id, .text = RandomText(random), .model = "bot", .model_version = "7"});
  for (const std::string& id : subject.claims) texts.parts.push_back({.id = id, .text = RandomText(random)});
  for (const std::string& id : subject.calls) texts.parts.push_back({.id = id, .text = RandomText(random)});
  return texts;
}

}  // namespace

RubricSpec ExchangeRubric() {
  RubricSpec rubric = TestRubric();
  CriterionSpec depth{.name = "depth-of.it", .required = false, .not_applicable = true};
  depth.scale = ScoreScaleSpec{.from = 0, .to = 3};
  rubric.criteria.push_back(depth);
  return rubric;
}

ExchangeRecord RandomRecord(ReviewItemKind kind, Random& random) {
  ExchangeRecord record;
  record.item = TestItem();
  record.item.id = "01930000-0000-7000-8000-" + std::to_string(100000000000 + random.Below(800000000000));
  record.item.subject = SubjectOf(kind);
  record.item.queue_version = "sha256:1";
  record.item.trial = static_cast<std::int64_t>(random.Below(5));
  record.item.lengths = {10, 20};
  record.epoch = static_cast<int>(1 + random.Below(2));
  record.rubric_version = {2, 1, 0};
  record.content_hash = "h";
  record.state = ReviewState::kDone;
  record.texts = TextsOf(record.item.subject, random);
  record.gates.emplace();
  if (Coin(random)) record.gates = {"ship", "ship-eu"};
  const std::uint64_t judgements = random.Below(4);
  for (std::uint64_t i = 0; i < judgements; ++i) {
    Judgement judgement{.id = FactId(record.item.id, static_cast<std::int64_t>(3 + 2 * i)),
                        .person = "p" + std::to_string(i),
                        .epoch = record.epoch,
                        .presented = record.item.subject.responses,
                        .content = RandomContent(record.item.subject, random),
                        .at = At(static_cast<double>(10 + i))};
    if (Coin(random)) std::ranges::reverse(judgement.presented);
    judgement.is_superseded = random.Below(6) == 0;
    record.judgements.push_back(std::move(judgement));
  }
  if (judgements > 0) {
    record.decisions.push_back({.id = FactId(record.item.id, 20),
                                .outcome = record.judgements[0].content.opinion,
                                .method = DecisionMethod::kSingle,
                                .inputs = {record.judgements[0].id},
                                .epoch = record.epoch,
                                .rubric_version = {2, 1, 0},
                                .at = At(30)});
    record.audits.push_back({.id = FactId(record.item.id, 22),
                             .auditor = "lea",
                             .decision = FactId(record.item.id, 20),
                             .passes = true,
                             .at = At(40)});
  }
  if (Coin(random)) {
    record.suggestions.push_back(
        {.opinion = RandomOpinion(record.item.subject, random), .by = "judge@1", .score = 0.25});
  }
  return record;
}

ExchangeRecord DecidedRecord(ReviewItemKind kind, ReviewAnswers outcome) {
  ExchangeRecord record;
  record.item = TestItem();
  record.item.subject = SubjectOf(kind);
  record.rubric_version = {2, 1, 0};
  record.state = ReviewState::kDone;
  record.gates.emplace();
  record.texts.prompt = {{.role = Role::kUser, .content = "How much is it?"}};
  for (const std::string& id : record.item.subject.responses)
    record.texts.responses.push_back({.id = id, .text = "text of " + id});
  record.decisions = {{.id = "x/9", .outcome = {.answers = std::move(outcome)}, .inputs = {}, .at = At(9)}};
  return record;
}

Exported ExportAll(std::string_view format, const std::vector<ExchangeRecord>& records, const ExportOptions& options) {
  Exported exported;
  const auto source = [&](const std::function<Status(const ExchangeRecord&)>& take) -> Status {
    for (const ExchangeRecord& record : records) ASSAY_TRY(take(record));
    return {};
  };
  const ByteSink sink = [&](std::string_view bytes) -> Status {
    exported.text += bytes;
    return {};
  };
  Result<ExportManifest> manifest = ExportRecords(*FindExchangeFormat(format), options, source, sink);
  if (manifest) exported.manifest = *std::move(manifest);
  if (!manifest) exported.error = manifest.error().message;
  return exported;
}

Imported ImportAll(std::string_view format, std::string_view text, const ImportOptions& options, std::size_t chunk) {
  Imported imported;
  const ImportHandlers handlers{
      .record = [&](ExchangeRecord record) -> Status {
        imported.records.push_back(std::move(record));
        return {};
      },
      .fault = [&](const ImportFault& fault) -> Status {
        imported.faults.push_back(std::to_string(fault.line) + " " + fault.path + ": " + fault.reason);
        return {};
      }};
  Result<std::unique_ptr<RecordReader>> reader = FindExchangeFormat(format)->reader(options, handlers);
  if (!reader) {
    imported.error = reader.error().message;
    return imported;
  }
  Status status;
  for (std::size_t at = 0; at < text.size() && status; at += chunk) status = (*reader)->Read(text.substr(at, chunk));
  if (status) status = (*reader)->Finish();
  if (!status) imported.error = status.error().message;
  return imported;
}

}  // namespace assay::testing
