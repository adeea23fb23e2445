// What people say, in both directions.

#include <algorithm>

#include "assay/v1/review.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/convert_review.h"

namespace assay {
namespace {

template <class Wire>
std::vector<std::string> Strings(const Wire& strings) {
  return {strings.begin(), strings.end()};
}

// One overload for each kind of answers.
class AnswersToProto {
 public:
  explicit AnswersToProto(v1::Opinion& out) : out_(out) {}

  void operator()(const CriteriaAnswers& answers) const {
    v1::CriteriaAnswers& criteria = *out_.mutable_criteria();
    for (const CriterionAnswer& answer : answers.criteria) {
      v1::CriterionAnswer& added = *criteria.add_criteria();
      added.set_criterion(answer.criterion);
      if (answer.score) added.set_score(*answer.score);
      for (const std::string& label : answer.labels) added.add_labels(label);
      added.set_not_applicable(answer.not_applicable);
    }
  }
  void operator()(const PairwiseAnswers& answers) const {
    v1::PairwiseAnswers& pair = *out_.mutable_pairwise();
    pair.set_choice(EnumToProto<v1::PairChoice::Value>(answers.choice));
    pair.set_winner(answers.winner);
    pair.set_strength(answers.strength);
    for (const CriterionWinner& named : answers.criteria) {
      v1::CriterionWinner& added = *pair.add_criteria();
      added.set_criterion(named.criterion);
      added.set_winner(named.winner);
    }
  }
  void operator()(const RankingAnswers& answers) const {
    v1::RankingAnswers& ranking = *out_.mutable_ranking();
    for (const auto& rank : answers.ranks) {
      v1::RankingAnswers::Rank& added = *ranking.add_ranks();
      for (const std::string& response : rank) added.add_responses(response);
    }
  }
  void operator()(const SafetyAnswers& answers) const { out_.mutable_safety()->set_harmful(answers.harmful); }
  void operator()(const RefusalAnswers& answers) const {
    out_.mutable_refusal()->set_allowed(answers.allowed);
    out_.mutable_refusal()->set_refused(answers.refused);
  }
  void operator()(const GroundingAnswers& answers) const {
    v1::GroundingAnswers& grounding = *out_.mutable_grounding();
    for (const ClaimAnswer& claim : answers.claims) {
      v1::ClaimAnswer& added = *grounding.add_claims();
      added.set_claim(claim.claim);
      added.set_support(EnumToProto<v1::ClaimSupport::Value>(claim.support));
    }
  }
  void operator()(const ToolUseAnswers& answers) const {
    v1::ToolUseAnswers& use = *out_.mutable_tool_use();
    use.set_lacks_call(answers.lacks_call);
    for (const CallAnswer& call : answers.calls) {
      v1::CallAnswer& added = *use.add_calls();
      added.set_call(call.call);
      added.set_right_tool(call.right_tool);
      added.set_right_arguments(call.right_arguments);
      added.set_result_used(call.result_used);
    }
  }
  void operator()(const CorrectionAnswers& answers) const {
    out_.mutable_correction()->set_unchanged(answers.unchanged);
    out_.mutable_correction()->set_expected(answers.expected);
  }

 private:
  v1::Opinion& out_;
};

CriteriaAnswers CriteriaFrom(const v1::CriteriaAnswers& criteria) {
  CriteriaAnswers answers;
  for (const v1::CriterionAnswer& answer : criteria.criteria()) {
    CriterionAnswer& added = answers.criteria.emplace_back();
    added.criterion = answer.criterion();
    if (answer.has_score()) added.score = answer.score();
    added.labels = Strings(answer.labels());
    added.not_applicable = answer.not_applicable();
  }
  return answers;
}

Result<PairwiseAnswers> PairwiseFrom(const v1::PairwiseAnswers& pair) {
  ASSAY_ASSIGN(const auto choice, EnumFromProto<PairChoice>(pair.choice(), "opinion.pairwise.choice"));
  if (!choice) return Fail(ErrorCode::kInvalidArgument, "opinion.pairwise.choice: is required");
  PairwiseAnswers answers{.choice = *choice, .winner = pair.winner(), .strength = pair.strength()};
  for (const v1::CriterionWinner& named : pair.criteria())
    answers.criteria.push_back({.criterion = named.criterion(), .winner = named.winner()});
  return answers;
}

RankingAnswers RankingFrom(const v1::RankingAnswers& ranking) {
  RankingAnswers answers;
  for (const v1::RankingAnswers::Rank& rank : ranking.ranks()) answers.ranks.push_back(Strings(rank.responses()));
  return answers;
}

Result<GroundingAnswers> GroundingFrom(const v1::GroundingAnswers& grounding) {
  GroundingAnswers answers;
  for (const v1::ClaimAnswer& claim : grounding.claims()) {
    ASSAY_ASSIGN(const auto support, EnumFromProto<ClaimSupport>(claim.support(), "opinion.grounding.claims.support"));
    if (!support) return Fail(ErrorCode::kInvalidArgument, "opinion.grounding.claims.support: is required");
    answers.claims.push_back({.claim = claim.claim(), .support = *support});
  }
  return answers;
}

ToolUseAnswers ToolUseFrom(const v1::ToolUseAnswers& use) {
  ToolUseAnswers answers;
  answers.lacks_call = use.lacks_call();
  for (const v1::CallAnswer& call : use.calls()) {
    answers.calls.push_back({.call = call.call(),
                             .right_tool = call.right_tool(),
                             .right_arguments = call.right_arguments(),
                             .result_used = call.result_used()});
  }
  return answers;
}

Result<ReviewAnswers> AnswersFrom(const v1::Opinion& opinion) {
  switch (opinion.answers_case()) {
    case v1::Opinion::kCriteria:
      return ReviewAnswers(CriteriaFrom(opinion.criteria()));
    case v1::Opinion::kPairwise: {
      ASSAY_ASSIGN(PairwiseAnswers answers, PairwiseFrom(opinion.pairwise()));
      return ReviewAnswers(std::move(answers));
    }
    case v1::Opinion::kRanking:
      return ReviewAnswers(RankingFrom(opinion.ranking()));
    case v1::Opinion::kSafety:
      return ReviewAnswers(SafetyAnswers{.harmful = opinion.safety().harmful()});
    case v1::Opinion::kRefusal:
      return ReviewAnswers(
          RefusalAnswers{.allowed = opinion.refusal().allowed(), .refused = opinion.refusal().refused()});
    case v1::Opinion::kGrounding: {
      ASSAY_ASSIGN(GroundingAnswers answers, GroundingFrom(opinion.grounding()));
      return ReviewAnswers(std::move(answers));
    }
    case v1::Opinion::kToolUse:
      return ReviewAnswers(ToolUseFrom(opinion.tool_use()));
    case v1::Opinion::kCorrection:
      return ReviewAnswers(CorrectionAnswers{.unchanged = opinion.correction().unchanged(),
                                             .expected = opinion.correction().expected()});
    case v1::Opinion::ANSWERS_NOT_SET:
      break;
  }
  return Fail(ErrorCode::kInvalidArgument, "opinion: needs answers of one kind");
}

Result<RubricVersion> VersionFrom(const std::string& text) {
  if (text.empty()) return RubricVersion{};
  const auto version = ParseRubricVersion(text);
  if (!version) return Fail(ErrorCode::kInvalidArgument, "rubric_version: is not of the form MAJOR.MINOR.PATCH");
  return *version;
}

Result<Duration> DurationFrom(bool is_set, const google::protobuf::Duration& duration, std::string_view field) {
  if (!is_set) return Duration{};
  return FromProto(duration, field);
}

}  // namespace

void ToProto(const Opinion& opinion, v1::Opinion& out) {
  std::visit(AnswersToProto(out), opinion.answers);
  for (const std::string& error : opinion.errors) out.add_errors(error);
  if (opinion.severity) out.set_severity(*opinion.severity);
}

Result<Opinion> FromProto(const v1::Opinion& opinion) {
  Opinion read;
  ASSAY_ASSIGN(read.answers, AnswersFrom(opinion));
  read.errors = Strings(opinion.errors());
  std::ranges::sort(read.errors);
  if (opinion.has_severity()) read.severity = opinion.severity();
  return read;
}

void ToProto(const ReviewSuggestion& suggestion, v1::ReviewSuggestion& out) {
  ToProto(suggestion.opinion, *out.mutable_opinion());
  out.set_by(suggestion.by);
  if (suggestion.score) out.set_score(*suggestion.score);
}

void ToProto(const PrelabelUse& use, v1::SuggestionUse& out) {
  out.set_show(EnumToProto<v1::SuggestionShow::Value>(use.show));
  out.set_is_control(use.is_control);
  out.set_by(use.by);
  out.set_matches(use.matches);
  if (use.first_matches) out.set_first_matches(*use.first_matches);
}

void ToProto(const JudgementContent& content, v1::JudgementContent& out) {
  ToProto(content.opinion, *out.mutable_opinion());
  out.set_rationale(content.rationale);
  for (const std::string& clause : content.clauses) out.add_clauses(clause);
  out.set_is_ambiguous(content.is_ambiguous);
  out.set_proposal(content.proposal);
  out.set_is_severe(content.is_severe);
  out.set_saw_suggestion(content.saw_suggestion);
  if (content.followed_suggestion) out.set_followed_suggestion(*content.followed_suggestion);
  if (content.times.first_input_at) ToProto(*content.times.first_input_at, *out.mutable_first_input_at());
  ToProto(content.times.active, *out.mutable_active());
  ToProto(content.times.idle, *out.mutable_idle());
  out.set_rubric_version(ToString(content.rubric_version));
  out.set_source(content.source);
  if (content.prelabel) ToProto(*content.prelabel, *out.mutable_suggestion());
}

Result<JudgementContent> FromProto(const v1::JudgementContent& content) {
  JudgementContent read;
  ASSAY_ASSIGN(read.opinion, FromProto(content.opinion()));
  read.rationale = content.rationale();
  read.clauses = Strings(content.clauses());
  read.is_ambiguous = content.is_ambiguous();
  read.proposal = content.proposal();
  read.is_severe = content.is_severe();
  if (content.has_first_input_at()) {
    ASSAY_ASSIGN(read.times.first_input_at, TimeFromProto(content.first_input_at(), "content.first_input_at"));
  }
  ASSAY_ASSIGN(read.times.active, DurationFrom(content.has_active(), content.active(), "content.active"));
  ASSAY_ASSIGN(read.times.idle, DurationFrom(content.has_idle(), content.idle(), "content.idle"));
  ASSAY_ASSIGN(read.rubric_version, VersionFrom(content.rubric_version()));
  read.source = content.source().empty() ? "native" : content.source();
  return read;
}

Result<CalibrationRuling> FromProto(const v1::CalibrationRuling& ruling) {
  CalibrationRuling read{.item = ruling.item(), .note = ruling.note(), .clause = ruling.clause()};
  ASSAY_ASSIGN(read.opinion, FromProto(ruling.opinion()));
  return read;
}

}  // namespace assay
