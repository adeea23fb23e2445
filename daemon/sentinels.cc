#include "daemon/sentinels.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "config/sentinels.h"
#include "core/judge_evidence.h"
#include "core/random.h"
#include "daemon/prepared_run.h"
#include "daemon/store_retry.h"
#include "gates/looks.h"

namespace assay {

namespace asio = boost::asio;

namespace {

class StoreSentinelSink final : public SentinelSink {
 public:
  StoreSentinelSink(Store& store, asio::any_io_executor blocking, RunKey run, ChangeSignal& stop)
      : store_(store), blocking_(std::move(blocking)), run_(run), stop_(stop) {}

  asio::awaitable<Status> Write(SentinelResult result) override {
    SentinelCost cost{
        .usd = {}, .answers_without_cost = result.answers_without_cost, .unanswered_usd = result.unanswered_usd};
    if (result.usd > 0) cost.usd = result.usd;
    auto work = [this, result = std::move(result), cost]() {
      return store_.KeepSentinelScore(run_, static_cast<std::int64_t>(result.grader), result.ordinal, result.score,
                                      cost);
    };
    co_return co_await RetryUnavailable(blocking_, stop_, std::move(work));
  }

 private:
  Store& store_;
  const asio::any_io_executor blocking_;
  const RunKey run_;
  ChangeSignal& stop_;
};

struct SentinelsOfGrader {
  std::size_t grader = 0;
  std::vector<Sentinel> sentinels;
  double budget_share = 1;
};

Result<std::vector<SentinelsOfGrader>> ReadAll(const CatalogDocument& suite) {
  std::vector<SentinelsOfGrader> all;
  const std::vector<GraderSpec>& graders = suite.suite()->graders;
  const std::filesystem::path folder = std::filesystem::path(suite.file).parent_path();
  for (std::size_t i = 0; i < graders.size(); ++i) {
    if (!graders[i].sentinels) continue;
    auto read = ReadSentinels(folder / graders[i].sentinels->file);
    if (!read) {
      return Fail(ErrorCode::kFailedPrecondition, "sentinels of grader \"" + graders[i].name + "\", file " +
                                                      graders[i].sentinels->file + ": " + read.error().message);
    }
    all.push_back({i, *std::move(read), graders[i].sentinels->budget_share});
  }
  return all;
}

std::vector<StoredSentinel> ToStore(const std::vector<SentinelsOfGrader>& all) {
  std::vector<StoredSentinel> stored;
  for (const SentinelsOfGrader& each : all) {
    for (const Sentinel& sentinel : each.sentinels) {
      stored.push_back({.grader = static_cast<std::int64_t>(each.grader),
                        .ordinal = sentinel.item.ordinal,
                        .id = sentinel.item.id,
                        .passes = sentinel.passes,
                        .people_pass = sentinel.people_pass,
                        .people_fail = sentinel.people_fail});
    }
  }
  return stored;
}

Looks LooksOf(const std::optional<PlannedLooks>& planned) { return planned ? planned->looks : Looks(); }

std::int64_t CasesOf(const std::optional<PlannedLooks>& planned, const RunRecord& run) {
  return planned ? planned->cases : run.cases;
}

constexpr std::uint64_t kOfPlaces = 1;  // streams of a seed
constexpr std::uint64_t kOfTies = 2;

// After how many cases of the run each of its sentinels is asked, as the store has them in order: of each grader and
// label in an order drawn from the run's seed.
std::vector<std::int64_t> DueCases(const std::vector<StoredSentinel>& sentinels, const RunRecord& run) {
  const auto planned = PlannedLooksOf(run);
  std::map<std::pair<std::int64_t, bool>, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < sentinels.size(); ++i) alike[{sentinels[i].grader, sentinels[i].passes}].push_back(i);
  std::vector<std::int64_t> due(sentinels.size());
  for (const auto& [kind, places] : alike) {
    const auto count = std::ssize(places);
    const std::uint64_t seed = run.seed + 2 * static_cast<std::uint64_t>(kind.first) + (kind.second ? 1 : 0);
    const std::vector<std::int64_t> spread =
        SpreadOver(LooksOf(planned), CasesOf(planned, run), count, RandomAt(seed, kOfPlaces));
    const Permutation order(static_cast<std::uint64_t>(count), seed);
    for (std::int64_t i = 0; i < count; ++i)
      due[places[order.At(static_cast<std::uint64_t>(i))]] = spread[static_cast<std::size_t>(i)];
  }
  return due;
}

// Whether a look is decided there: what comes with its last case must come after it.
bool IsEndOfLook(std::int64_t cases, const RunRecord& run) {
  const auto planned = PlannedLooksOf(run);
  const Looks looks = LooksOf(planned);
  for (int look = 1; look <= looks.count(); ++look) {
    if (looks.CasesAt(look, CasesOf(planned, run)) == cases) return true;
  }
  return false;
}

// The member of a judge's evidence, "" when it has none.
std::string TextIn(const Json& evidence, std::string_view key) {
  const Json* member = evidence.Find(key);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

// What a judge says of a sentinel; absent where it gave no verdict.
using SentinelVerdict = std::optional<bool>;

SentinelVerdict VerdictOf(const StoredSentinel& sentinel) {
  const bool is_scored =
      sentinel.score && sentinel.score->status == ScoreStatus::kScored && sentinel.score->label != Score::kNotJudged;
  return is_scored ? sentinel.score->pass : std::nullopt;
}

// By the run that they were said in.
using EarlierVerdicts = std::map<RunKey, std::map<std::pair<std::int64_t, std::int64_t>, SentinelVerdict>>;

EarlierVerdicts ByRun(const std::vector<EarlierSentinel>& sentinels) {
  EarlierVerdicts verdicts;
  for (const EarlierSentinel& each : sentinels) {
    const bool is_scored = each.status == ScoreStatus::kScored;
    verdicts[each.of_run][{each.grader, each.ordinal}] = is_scored ? each.pass : std::nullopt;
  }
  return verdicts;
}

SentinelAnswer AnswerOn(const StoredSentinel& sentinel, std::int64_t due_cases, const EarlierVerdicts& earlier) {
  SentinelAnswer answer{.passes = sentinel.passes, .due_cases = due_cases, .verdicts = {VerdictOf(sentinel)}};
  for (const auto& [run, verdicts] : earlier) {
    const auto said = verdicts.find({sentinel.grader, sentinel.ordinal});
    answer.verdicts.push_back(said == verdicts.end() ? VerdictOf(sentinel) : said->second);
  }
  return answer;
}

void Describe(const StoredSentinel& sentinel, JudgeCalibration& judge, std::set<std::string>& answered_by) {
  if (sentinel.people_pass + sentinel.people_fail > 0)
    judge.people.push_back({sentinel.people_pass, sentinel.people_fail});
  if (!sentinel.score) return;
  for (std::string& model : ModelsThatAnswered(sentinel.score->evidence)) answered_by.insert(std::move(model));
  const auto evidence = Json::Parse(sentinel.score->evidence);
  if (!evidence || !judge.prompt.empty()) return;
  judge.judge = TextIn(*evidence, "judge");
  judge.prompt = TextIn(*evidence, "prompt");
}

// Before the run was interrupted.
double SpentOn(const std::vector<StoredSentinel>& sentinels, std::size_t grader) {
  double usd = 0;
  for (const StoredSentinel& each : sentinels) {
    if (each.grader == static_cast<std::int64_t>(grader)) usd += each.spent_usd;
  }
  return usd;
}

}  // namespace

Result<std::shared_ptr<SentinelQueue>> PrepareSentinels(Store& store, asio::any_io_executor blocking,
                                                        const RunRecord& run, const CatalogDocument& suite,
                                                        ChangeSignal& stop) {
  ASSAY_ASSIGN(std::vector<SentinelsOfGrader> all, ReadAll(suite));
  if (all.empty()) return std::shared_ptr<SentinelQueue>();
  ASSAY_TRY(store.PutSentinels(run.key, ToStore(all)));
  ASSAY_ASSIGN(const std::vector<StoredSentinel> stored, store.ReadSentinels(run.key));
  std::set<std::pair<std::int64_t, std::int64_t>> judged;
  for (const StoredSentinel& each : stored) {
    if (each.score && !each.score->IsDue()) judged.emplace(each.grader, each.ordinal);
  }
  const std::vector<std::int64_t> due = DueCases(stored, run);
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> due_of;
  for (std::size_t i = 0; i < stored.size(); ++i) due_of[{stored[i].grader, stored[i].ordinal}] = due[i];
  std::vector<SentinelWork> work;
  std::map<std::size_t, double> usd;
  for (SentinelsOfGrader& each : all) {
    if (run.budget_usd) usd[each.grader] = *run.budget_usd * each.budget_share - SpentOn(stored, each.grader);
    for (Sentinel& sentinel : each.sentinels) {
      const std::pair key(static_cast<std::int64_t>(each.grader), sentinel.item.ordinal);
      if (judged.contains(key)) continue;
      SentinelWork& one = work.emplace_back();
      one.grader = each.grader;
      one.due = due_of[key] * run.trials;
      one.awaits_all_before = IsEndOfLook(due_of[key], run);
      one.response.text = std::move(sentinel.response);
      one.item = std::move(sentinel.item);
    }
  }
  // Those of several kinds that are due together come in no order of kinds.
  const auto place = [&](const SentinelWork& one) {
    const auto key = static_cast<std::uint64_t>(one.grader) << 40 | static_cast<std::uint64_t>(one.item.ordinal);
    return std::pair(one.due, RandomAt(RandomAt(run.seed, kOfTies), key));
  };
  std::ranges::sort(work, {}, place);
  auto sink = std::make_unique<StoreSentinelSink>(store, std::move(blocking), run.key, stop);
  return std::make_shared<SentinelQueue>(std::move(work), std::move(usd), std::move(sink));
}

Result<std::optional<std::int64_t>> CasesBeforeAwaited(Store& store, const RunRecord& run) {
  std::optional<std::int64_t> fewest;
  ASSAY_ASSIGN(const std::vector<StoredSentinel> sentinels, store.ReadSentinels(run.key));
  const std::vector<std::int64_t> due = DueCases(sentinels, run);
  for (std::size_t i = 0; i < sentinels.size(); ++i) {
    const std::int64_t counts_from = SpreadsSentinels(run) ? due[i] : 0;
    if (!sentinels[i].score) fewest = std::min(fewest.value_or(counts_from), counts_from);
  }
  return fewest;
}

Result<JudgesOfRun> CalibrationsOf(Store& store, const RunRecord& run) {
  JudgesOfRun judges;
  ASSAY_ASSIGN(const std::vector<StoredSentinel> sentinels, store.ReadSentinels(run.key));
  if (sentinels.empty()) return judges;
  ASSAY_ASSIGN(const std::vector<JudgeAnswerer> answerers, store.ReadJudgeAnswerers(run.key));
  ASSAY_ASSIGN(const std::vector<EarlierSentinel> earlier, store.ReadEarlierSentinels(run.key));
  const EarlierVerdicts earlier_verdicts = ByRun(earlier);
  const std::vector<std::int64_t> due = DueCases(sentinels, run);
  const bool is_spread = SpreadsSentinels(run);
  for (std::size_t grader = 0; grader < run.graders.size(); ++grader) {
    JudgeCalibration judge{.grader = run.graders[grader].name, .version = run.graders[grader].version};
    std::set<std::string> answered_by;
    SentinelAnswers answers;
    const auto index = static_cast<std::int64_t>(grader);
    for (std::size_t i = 0; i < sentinels.size(); ++i) {
      if (sentinels[i].grader != index) continue;
      Describe(sentinels[i], judge, answered_by);
      answers.push_back(AnswerOn(sentinels[i], is_spread ? due[i] : 0, earlier_verdicts));
    }
    if (answers.empty()) continue;
    ASSAY_ASSIGN(judge.is_revised, store.HasScoresOfPeople(run.key, index));
    for (const JudgeAnswerer& each : answerers) {
      if (each.grader == index) answered_by.insert(each.model);
    }
    judge.answered_by.assign(answered_by.begin(), answered_by.end());
    if (judge.judge.empty()) judge.judge = judge.grader;
    judges.judges.push_back(CalibratedOn(std::move(judge), answers, CasesOf(PlannedLooksOf(run), run)));
    judges.answers.push_back(std::move(answers));
  }
  return judges;
}

}  // namespace assay
