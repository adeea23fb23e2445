#include "daemon/verdict_replay.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "core/version.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/check_decision.h"
#include "daemon/check_parameters.h"
#include "daemon/prepared_run.h"
#include "daemon/recorded_inputs.h"
#include "daemon/store/text.h"
#include "daemon/stored_documents.h"
#include "daemon/verdict_signing.h"
#include "gates/attestation.h"
#include "gates/waivers.h"
#include "runners/graders/suite_graders.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr int kTrialsAtOnce = 256;
constexpr std::size_t kLongestShown = 300;

// Cut between characters: half of one is no text.
std::string Shortened(std::string text) {
  if (text.size() <= kLongestShown) return text;
  std::size_t end = kLongestShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// --- Two documents ---

void CompareJson(const Json& recorded, const Json& replayed, const std::string& path, VerdictReplay& replay) {
  if (recorded.is_object() && replayed.is_object()) {
    std::set<std::string> keys;
    for (const auto& [key, value] : recorded.as_object()) keys.insert(key);
    for (const auto& [key, value] : replayed.as_object()) keys.insert(key);
    for (const std::string& key : keys) {
      const std::string inner = path.empty() ? key : path + "." + key;
      const Json* before = recorded.Find(key);
      const Json* now = replayed.Find(key);
      if (before != nullptr && now != nullptr) {
        CompareJson(*before, *now, inner, replay);
      } else {
        replay.Differs(inner, before == nullptr ? "absent" : before->Dump(), now == nullptr ? "absent" : now->Dump());
      }
    }
    return;
  }
  if (recorded.is_array() && replayed.is_array() && recorded.as_array().size() == replayed.as_array().size()) {
    for (std::size_t i = 0; i < recorded.as_array().size(); ++i) {
      CompareJson(recorded.as_array()[i], replayed.as_array()[i], path + "[" + std::to_string(i) + "]", replay);
    }
    return;
  }
  const std::string before = recorded.DumpCanonical();
  const std::string now = replayed.DumpCanonical();
  if (before != now) replay.Differs(path, before, now);
}

// --- Scores ---

// Many that differ leave room for what the document says otherwise.
bool HasRoomForScores(const VerdictReplay& replay) {
  return replay.differences.size() < VerdictReplay::kMostDifferences / 2;
}

void ScoreDiffers(VerdictReplay& replay, std::string path, std::string recorded, std::string replayed) {
  if (HasRoomForScores(replay)) {
    replay.Differs(std::move(path), std::move(recorded), std::move(replayed));
  } else {
    ++replay.differing;
  }
}

// They compute from what the record of an answer does not keep: token probabilities and findings of filters. One that
// is not listed differs in every replay.
constexpr std::string_view kOfWhatIsNotStored[] = {"guardrails", "likelihood", "perplexity"};

bool IsFromRecord(const SuiteGrader& grader) {
  return grader.waiting || std::ranges::find(kOfWhatIsNotStored, grader.kind) != std::end(kOfWhatIsNotStored);
}

// `withheld` says why label and reason are not there; "" they are.
std::string WordsOf(const Score& score, const std::string& withheld) {
  std::string text(Name(score.status));
  if (score.value) text += " " + Json(*score.value).DumpCanonical();
  if (score.pass) text += *score.pass ? " pass" : " fail";
  if (!withheld.empty()) return text + " (label and reason " + withheld + ")";
  if (!score.label.empty()) text += " " + Json(score.label).Dump();
  if (!score.reason.empty()) text += ": " + score.reason;
  return text;
}

// As the store gives it back.
Score AsStored(Score score) {
  for (std::string* text : {&score.label, &score.reason, &score.evidence}) {
    std::string scratch;
    *text = std::string(StorableText(*text, scratch));
  }
  return score;
}

const StoredScore* FindScore(const StoredTrial& trial, std::string_view grader) {
  const auto found = std::ranges::find(trial.scores, grader, &StoredScore::grader);
  return found == trial.scores.end() ? nullptr : &*found;
}

// The graders of a run as they were, on its stored responses.
class RunReplay {
 public:
  RunReplay(Store& store, const RunRecord& run, std::shared_ptr<const SuiteGraders> graders,
            const std::function<bool()>& gives_up, const LabelsGuard& guard, VerdictReplay& replay)
      : store_(store), run_(run), graders_(std::move(graders)), gives_up_(gives_up), guard_(guard), replay_(replay) {}

  Status Replay() {
    CompareVersions();
    PageRequest page{.token = "", .limit = kTrialsAtOnce};
    do {
      if (gives_up_ && gives_up_())
        return Fail(ErrorCode::kUnavailable, "assayd is stopping; replay the verdict after its restart");
      ASSAY_ASSIGN(const Page<StoredTrial> trials, store_.ReadTrials(run_.key, {}, page));
      ASSAY_TRY(ReplayPage(trials.items));
      page.token = trials.next;
    } while (!page.token.empty());
    return {};
  }

 private:
  void CompareVersions() {
    for (std::size_t i = 0; i < graders_->size() && i < run_.graders.size(); ++i) {
      const SuiteGrader& grader = (*graders_)[i];
      if (!grader.grader || grader.version == run_.graders[i].version) continue;
      ScoreDiffers(replay_, "run " + run_.id + " grader " + grader.name + " version", run_.graders[i].version,
                   grader.version);
    }
  }

  Status ReplayPage(const std::vector<StoredTrial>& trials) {
    std::vector<std::int64_t> ordinals;
    for (const StoredTrial& trial : trials) {
      if (!trial.result.response && !trial.scores.empty())
        ScoreDiffers(replay_, PlaceOf(trial), "scores", "no response");
      if (IsJudged(trial) && (ordinals.empty() || ordinals.back() != trial.result.ordinal))
        ordinals.push_back(trial.result.ordinal);
    }
    if (ordinals.empty()) return {};
    ASSAY_ASSIGN(const std::vector<Case> cases, store_.ReadCases(run_.snapshot, ordinals));
    std::map<std::int64_t, const Case*> by_ordinal;
    for (const Case& item : cases) by_ordinal[item.ordinal] = &item;
    for (const StoredTrial& trial : trials) {
      if (IsJudged(trial)) ASSAY_TRY(ReplayTrial(trial, *by_ordinal.at(trial.result.ordinal)));
    }
    return {};
  }

  // A trial that is due has not been judged to the end, and an answer that counts as none was not judged at all.
  static bool IsJudged(const StoredTrial& trial) {
    if (!trial.result.response || trial.result.status == TrialStatus::kSkipped) return false;
    return !trial.scores.empty() || trial.result.status != TrialStatus::kError;
  }

  std::string PlaceOf(const StoredTrial& trial) const {
    return "run " + run_.id + " case " + trial.case_id + " trial " + std::to_string(trial.result.trial);
  }

  Status ReplayTrial(const StoredTrial& trial, const Case& item) {
    SuiteGraders::KnownScores known(graders_->size(), Score::Due(""));
    bool is_by_people = false;
    for (std::size_t i = 0; i < graders_->size(); ++i) {
      const StoredScore* recorded = FindScore(trial, (*graders_)[i].name);
      const bool is_human = recorded != nullptr && recorded->source == ScoreSource::kHuman;
      is_by_people = is_by_people || is_human;
      if (!is_human && !IsFromRecord((*graders_)[i])) continue;
      ++replay_.from_record;
      known[i] = recorded == nullptr ? Score::Broken("no score is stored") : recorded->score;
      if (known[i].IsDue()) known[i].label = "was due";  // nobody is asked
    }
    const auto graded = Grade(item, *trial.result.response, known);
    ++replay_.trials;
    const std::string place = PlaceOf(trial);
    if (!graded) {
      ScoreDiffers(replay_, place, "judged", "its graders failed");
      return {};
    }
    for (std::size_t i = 0; i < graders_->size(); ++i) {
      // What people said of a part does not change a combination that was made before.
      const bool is_recorded = !known[i].IsDue() || (is_by_people && (*graders_)[i].combination);
      if (!is_recorded) ASSAY_TRY(Compare(trial, i, graded->scores[i], place));
    }
    if (!is_by_people && graded->status != trial.result.status)
      ScoreDiffers(replay_, place + " status", std::string(Name(trial.result.status)),
                   std::string(Name(graded->status)));
    return {};
  }

  Status Compare(const StoredTrial& trial, std::size_t grader, const Score& graded, const std::string& place) {
    ++replay_.scores;
    const StoredScore* recorded = FindScore(trial, (*graders_)[grader].name);
    if (recorded != nullptr && recorded->score == AsStored(graded)) return {};
    std::string withheld;
    if (HasRoomForScores(replay_)) {
      ASSAY_ASSIGN(withheld, WhyWordsAreWithheld(trial));
    }
    ScoreDiffers(replay_, place + " grader " + (*graders_)[grader].name,
                 recorded == nullptr ? "absent" : WordsOf(recorded->score, withheld), WordsOf(graded, withheld));
    return {};
  }

  // Asked of the few that are told of, after they were read.
  Result<std::string> WhyWordsAreWithheld(const StoredTrial& trial) const {
    if (!guard_) return std::string();
    ASSAY_ASSIGN(WithheldLabels withheld, guard_(run_, {WorstCase{trial.result.ordinal, trial.case_id, std::nullopt}}));
    if (withheld.why.empty() && withheld.cases.contains(trial.case_id))
      return std::string("withheld: people took the case out of sight");
    return std::move(withheld.why);
  }

  // Whatever waits has a known score, so that this ends without waiting.
  std::optional<GradedTrial> Grade(const Case& item, const Response& response,
                                   const SuiteGraders::KnownScores& known) const {
    std::optional<GradedTrial> graded;
    const SuiteGraders::OnGraded nobody;
    asio::io_context loop;
    GradingTerms terms{.deadline = DeadlineIn(std::chrono::minutes(1)), .sender = nullptr};
    auto grading = graders_->Grade(item, response, std::move(terms), nobody, known);
    asio::co_spawn(loop, std::move(grading), [&](const std::exception_ptr& failure, GradedTrial trial) {
      if (!failure) graded = std::move(trial);
    });
    loop.run();
    return graded;
  }

  Store& store_;
  const RunRecord& run_;
  const std::shared_ptr<const SuiteGraders> graders_;
  const std::function<bool()>& gives_up_;
  const LabelsGuard& guard_;
  VerdictReplay& replay_;
};

// Of no model: those that wait are never asked.
Result<std::shared_ptr<const SuiteGraders>> GradersOf(Store& store, const PluginKinds& kinds, const RunRecord& run) {
  ASSAY_ASSIGN(const RunDocuments documents, LoadRunDocuments(store, kinds, run, RunFiles::kOfGraders));
  const std::filesystem::path folder = std::filesystem::path(documents.suite.file).parent_path();
  std::vector<SuiteGrader> graders;
  for (const GraderSpec& spec : documents.suite.suite()->graders) {
    ASSAY_ASSIGN(SuiteGrader made, MakeGrader(spec, folder));
    graders.push_back(std::move(made));
  }
  return SuiteGraders::Make(std::move(graders));
}

// --- The decision ---

// A run that goes while it is judged again would only look as if it differed.
Result<bool> WereDeletedMeanwhile(Store& store, const std::vector<RunRecord>& runs) {
  for (const RunRecord& before : runs) {
    ASSAY_ASSIGN(const RunRecord now, store.GetRun(before.key));
    if (now.deleted != before.deleted || now.responses_deleted != before.responses_deleted) return true;
  }
  return false;
}

// The waivers of a record as if they were bound to `verdict`: which were live is the record's word, what they cover is
// not.
std::vector<Waiver> WaiversFor(const Verdict& recorded, const std::string& project, const Verdict& verdict) {
  std::vector<Waiver> waivers;
  for (const AppliedWaiver& applied : recorded.waivers) {
    Waiver waiver{.id = applied.id,
                  .project = project,
                  .gate = verdict.gate,
                  .gate_version = verdict.gate_version,
                  .candidate = verdict.candidate,
                  .baseline = verdict.baseline,
                  .verdict = applied.verdict,
                  .reason = applied.reason,
                  .ticket = applied.ticket,
                  .requester = applied.requester,
                  .requested_at = applied.requested_at,
                  .expires_at = applied.expires_at};
    for (const SuiteIdentity& suite : verdict.suites)
      waiver.suites.push_back({suite.suite, suite.suite_version, suite.dataset_version, suite.graders_version});
    std::ranges::sort(waiver.suites);
    for (const std::string& rule : applied.rules) {
      const auto outcome = std::ranges::find(verdict.rules, rule, &RuleOutcome::rule);
      WaivedRule waived{.rule = rule,
                        .state = VerdictState::kFail,
                        .severity = outcome == verdict.rules.end() ? std::nullopt : outcome->severity};
      std::ranges::copy_if(applied.parts, std::back_inserter(waived.parts),
                           [&](const WaivedPart& part) { return part.rule == rule; });
      waiver.rules.push_back(std::move(waived));
    }
    for (const std::string& approver : applied.approvers)
      waiver.approvals.push_back({.principal = approver, .at = applied.requested_at, .comment = {}});
    waivers.push_back(std::move(waiver));
  }
  return waivers;
}

Status DecideAgain(Store& store, const PluginKinds& kinds, const VerdictRecord& record, const RecordedInputs& inputs,
                   const Json& document, const Verdict& recorded, VerdictReplay& replay) {
  auto decided = DecideOnRuns(store, kinds, inputs.check, inputs.links, inputs.decision, inputs.decided_at, nullptr);
  if (!decided && decided.error().code == ErrorCode::kUnavailable) return Fail(decided.error());
  if (!decided) {
    replay.missing.push_back("the gate cannot be decided again: " + decided.error().message);
    return {};
  }
  Verdict verdict = *std::move(decided);
  verdict.origin = recorded.origin;
  if (verdict.origin) verdict.origin->version = std::string(kVersion);
  ApplyWaivers(record.project, WaiversFor(recorded, record.project, verdict), inputs.decided_at, verdict);
  const std::string again = CanonicalDocument(verdict);
  if (again == record.document) return {};
  const std::int64_t before = replay.differing;
  ASSAY_ASSIGN(const Json replayed, Json::Parse(again));
  CompareJson(document, replayed, "", replay);
  // From before chains documents were not canonical, and their values may all be the same.
  if (replay.differing == before && recorded.origin) replay.Differs("", "not in the canonical form", "canonical");
  return {};
}

// Who asks for a verdict that is there has asked for nothing wrong.
std::unexpected<Error> FaultOfStore(Error error) {
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kInvalidArgument)
    error = {ErrorCode::kDataLoss, "what is stored of the verdict cannot be read: " + error.message, std::nullopt};
  return Fail(std::move(error));
}

// False where somebody else has it.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& taken) : taken_(taken.exchange(true) ? nullptr : &taken) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (taken_ != nullptr) *taken_ = false;
  }
  explicit operator bool() const { return taken_ != nullptr; }

 private:
  std::atomic<bool>* const taken_;
};

}  // namespace

void VerdictReplay::Differs(std::string path, std::string recorded, std::string replayed) {
  ++differing;
  if (differences.size() >= kMostDifferences) return;
  for (std::string* text : {&recorded, &replayed}) *text = Shortened(std::move(*text));
  differences.push_back({std::move(path), std::move(recorded), std::move(replayed)});
}

Result<VerdictReplay> ReplayStoredVerdict(Store& store, const PluginKinds& kinds, const VerdictRecord& record,
                                          const std::function<bool()>& gives_up, const LabelsGuard& guard) {
  VerdictReplay replay{.verdict = record.id, .version = std::string(kVersion), .build = BuildId()};
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  ASSAY_ASSIGN(const Verdict recorded, VerdictFromJson(document));
  if (recorded.origin) {
    replay.recorded_version = recorded.origin->version;
    replay.recorded_build = recorded.origin->build;
  }
  ASSAY_ASSIGN(const RecordedInputs inputs, ReadRecordedInputs(store, record, recorded, replay.missing));
  ASSAY_TRY(CheckStoredDocuments(store, inputs, recorded, gives_up, replay));
  for (const RunRecord& run : inputs.runs) {
    if (run.responses_deleted) {
      replay.missing.push_back("the responses of run " + run.id + " were deleted at " +
                               FormatTime(*run.responses_deleted));
      continue;
    }
    auto graders = GradersOf(store, kinds, run);
    if (!graders && graders.error().code == ErrorCode::kUnavailable) return Fail(graders.error());
    if (!graders) {
      replay.missing.push_back("run " + run.id + " cannot be graded again: " + graders.error().message);
      continue;
    }
    const Status judged = RunReplay(store, run, *std::move(graders), gives_up, guard, replay).Replay();
    if (!judged && judged.error().code == ErrorCode::kUnavailable) return Fail(judged.error());
    if (!judged) replay.missing.push_back("run " + run.id + " cannot be graded again: " + judged.error().message);
  }
  if (inputs.links.size() == recorded.suites.size() + recorded.baseline_suites.size() && !inputs.links.empty())
    ASSAY_TRY(DecideAgain(store, kinds, record, inputs, document, recorded, replay));
  ASSAY_ASSIGN(const bool were_deleted, WereDeletedMeanwhile(store, inputs.runs));
  if (were_deleted) return Fail(ErrorCode::kAborted, "what the verdict rests on was deleted while it was replayed");
  return replay;
}

VerdictReplays::VerdictReplays(Store& store, asio::any_io_executor blocking, Guard guard)
    : store_(store), blocking_(std::move(blocking)), kinds_(BuiltinKinds()), guard_(std::move(guard)) {}

LabelsGuard VerdictReplays::GuardFor(const Caller& caller) const {
  if (!guard_) return {};
  return
      [this, caller](const RunRecord& run, const std::vector<WorstCase>& cases) { return guard_(caller, run, cases); };
}

asio::awaitable<Result<std::vector<PartCases>>> VerdictReplays::ListCases(const Caller& caller,
                                                                          std::string_view verdict,
                                                                          const CasesQuestion& question) {
  auto work = [this, caller = caller, id = std::string(verdict), question]() -> Result<std::vector<PartCases>> {
    ASSAY_ASSIGN(const VerdictRecord record, store_.GetVerdict(caller.project, id));
    const Turn turn(is_listing_);
    if (!turn) {
      return Fail(ErrorCode::kResourceExhausted, "other cases are being listed; try again in a second");
    }
    return ListVerdictCases({.store = store_, .kinds = kinds_, .guard = GuardFor(caller)}, record, question);
  };
  co_return co_await RunBlocking(blocking_, std::move(work));
}

asio::awaitable<Result<VerdictReplay>> VerdictReplays::ReplayVerdict(const Caller& caller, std::string_view id) {
  auto work = [this, caller = caller, id = std::string(id)]() -> Result<VerdictReplay> {
    ASSAY_ASSIGN(const VerdictRecord record, store_.GetVerdict(caller.project, id));
    const Turn turn(is_replaying_);
    if (!turn)
      return Fail(ErrorCode::kResourceExhausted, "another verdict is being replayed; try again when it has ended");
    const std::function<bool()> gives_up = [this] { return is_stopping_.load(); };
    auto replay = ReplayStoredVerdict(store_, kinds_, record, gives_up, GuardFor(caller));
    return replay ? std::move(replay) : FaultOfStore(replay.error());
  };
  co_return co_await RunBlocking(blocking_, std::move(work));
}

}  // namespace assay
