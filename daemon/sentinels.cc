#include "daemon/sentinels.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "config/sentinels.h"
#include "core/judge_evidence.h"
#include "core/random.h"
#include "daemon/store_retry.h"

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

std::vector<SentinelWork> Shuffled(std::vector<SentinelWork> work, std::uint64_t seed) {
  if (work.empty()) return work;
  const Permutation order(work.size(), seed);
  std::vector<SentinelWork> shuffled;
  for (std::size_t i = 0; i < work.size(); ++i) shuffled.push_back(std::move(work[order.At(i)]));
  return shuffled;
}

// The member of a judge's evidence, "" when it has none.
std::string TextIn(const Json& evidence, std::string_view key) {
  const Json* member = evidence.Find(key);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

// What a judge says of a sentinel; absent where it gave no verdict.
using SentinelVerdict = std::optional<bool>;

SentinelVerdict VerdictOf(const StoredSentinel& sentinel) {
  const bool is_scored = sentinel.score && sentinel.score->status == ScoreStatus::kScored;
  return is_scored ? sentinel.score->pass : std::nullopt;
}

void Count(bool passes, SentinelVerdict verdict, SentinelCounts& counts) {
  ++(passes ? counts.passes : counts.fails);
  if (verdict == passes) ++(passes ? counts.true_passes : counts.true_fails);
  if (!verdict) ++(passes ? counts.lost_passes : counts.lost_fails);
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

SentinelCounts CountsOf(const std::vector<StoredSentinel>& sentinels, std::int64_t grader,
                        const EarlierVerdicts& earlier) {
  SentinelCounts now;
  for (const StoredSentinel& each : sentinels) {
    if (each.grader == grader) Count(each.passes, VerdictOf(each), now);
  }
  SentinelCounts worst = now;
  for (const auto& [run, verdicts] : earlier) {
    SentinelCounts then;
    for (const StoredSentinel& each : sentinels) {
      if (each.grader != grader) continue;
      const auto said = verdicts.find({grader, each.ordinal});
      Count(each.passes, said == verdicts.end() ? VerdictOf(each) : said->second, then);
    }
    worst = WorseOf(worst, then);
  }
  return worst;
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
  std::vector<SentinelWork> work;
  std::map<std::size_t, double> usd;
  for (SentinelsOfGrader& each : all) {
    if (run.budget_usd) usd[each.grader] = *run.budget_usd * each.budget_share - SpentOn(stored, each.grader);
    for (Sentinel& sentinel : each.sentinels) {
      if (judged.contains({static_cast<std::int64_t>(each.grader), sentinel.item.ordinal})) continue;
      SentinelWork& one = work.emplace_back();
      one.grader = each.grader;
      one.response.text = std::move(sentinel.response);
      one.item = std::move(sentinel.item);
    }
  }
  auto sink = std::make_unique<StoreSentinelSink>(store, std::move(blocking), run.key, stop);
  return std::make_shared<SentinelQueue>(Shuffled(std::move(work), run.seed), std::move(usd), std::move(sink));
}

Result<std::vector<JudgeCalibration>> CalibrationsOf(Store& store, const RunRecord& run) {
  std::vector<JudgeCalibration> judges;
  ASSAY_ASSIGN(const std::vector<StoredSentinel> sentinels, store.ReadSentinels(run.key));
  if (sentinels.empty()) return judges;
  ASSAY_ASSIGN(const std::vector<JudgeAnswerer> answerers, store.ReadJudgeAnswerers(run.key));
  ASSAY_ASSIGN(const std::vector<EarlierSentinel> earlier, store.ReadEarlierSentinels(run.key));
  const EarlierVerdicts earlier_verdicts = ByRun(earlier);
  for (std::size_t grader = 0; grader < run.graders.size(); ++grader) {
    JudgeCalibration judge{.grader = run.graders[grader].name, .version = run.graders[grader].version};
    std::set<std::string> answered_by;
    const auto index = static_cast<std::int64_t>(grader);
    for (const StoredSentinel& each : sentinels) {
      if (each.grader == index) Describe(each, judge, answered_by);
    }
    judge.counts = CountsOf(sentinels, index, earlier_verdicts);
    if (judge.counts.passes + judge.counts.fails == 0) continue;
    ASSAY_ASSIGN(judge.is_revised, store.HasScoresOfPeople(run.key, index));
    for (const JudgeAnswerer& each : answerers) {
      if (each.grader == index) answered_by.insert(each.model);
    }
    judge.answered_by.assign(answered_by.begin(), answered_by.end());
    if (judge.judge.empty()) judge.judge = judge.grader;
    judges.push_back(std::move(judge));
  }
  return judges;
}

}  // namespace assay
