// Whole trials, with texts and scores, for people and for evidence.

#include <map>

#include "core/conversation.h"
#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

// Texts are read a few trials at a time and a page ends early when they are large: a response may have 10 MiB.
constexpr std::int64_t kBlock = 20;
constexpr std::size_t kPageBytes = 32 << 20;

constexpr char kColumns[] =
    "SELECT t.ordinal, t.trial, t.trial_key, t.status, t.latency_us, t.tokens_in, t.tokens_out, t.attempts, "
    "t.finish_reason, c.case_id, b.response, b.tool_calls, b.error, t.first_token_us, "
    "t.cost_usd, t.cached, b.transcript, t.retries FROM trial t JOIN run r ON "
    "r.run_key = t.run_key "
    "JOIN dataset_case c ON c.snapshot_key = r.snapshot_key AND c.ordinal = t.ordinal "
    "LEFT JOIN trial_body b ON b.trial_key = t.trial_key WHERE t.run_key = :key ";
constexpr char kTypes[] = "iiiiiiiitttttiriti";

const std::string kFailedBy =
    "AND EXISTS (SELECT 1 FROM score s JOIN run_grader g ON g.run_key = s.run_key AND g.grader = s.grader AND "
    "g.version_index = s.grader_version WHERE s.run_key = t.run_key AND s.position = t.trial_key - t.run_key * " +
    std::to_string(kMaxPositions) +
    " AND g.name = :failed_grader AND s.pass = 0 AND NOT EXISTS (SELECT 1 FROM score later WHERE later.run_key = "
    "s.run_key AND later.grader = s.grader AND later.position = s.position AND later.revision > s.revision)) ";

Result<std::vector<ToolCall>> ParseToolCalls(const std::string& text) {
  std::vector<ToolCall> calls;
  if (text.empty()) return calls;
  ASSAY_ASSIGN(const Json list, Json::Parse(text));
  if (!list.is_array()) return Fail(ErrorCode::kDataLoss, "stored tool calls are no array");
  for (const Json& call : list.as_array()) {
    const Json* name = call.Find("name");
    const Json* arguments = call.Find("arguments");
    if (name == nullptr || arguments == nullptr || !name->is_string() || !arguments->is_string()) {
      return Fail(ErrorCode::kDataLoss, "a stored tool call lacks its name or arguments");
    }
    const Json* id = call.Find("id");
    calls.push_back({.name = name->as_string(),
                     .arguments = arguments->as_string(),
                     .id = id != nullptr && id->is_string() ? id->as_string() : ""});
  }
  return calls;
}

Result<std::vector<Message>> ParseTranscript(const std::string& text) {
  auto transcript = ReadConversation(Json(text));
  return transcript ? std::move(transcript)
                    : Fail(ErrorCode::kDataLoss, "its transcript: " + transcript.error().message);
}

Result<StoredTrial> ToTrial(const SqlRow& row) {
  StoredTrial trial;
  trial.result.ordinal = row.Int(0);
  trial.result.trial = static_cast<int>(row.Int(1));
  trial.result.position = PositionOf(row.Int(2));
  trial.result.status = static_cast<TrialStatus>(row.Int(3));
  if (!row.IsNull(7)) {
    Response& response = trial.result.response.emplace();
    response.latency = std::chrono::microseconds(row.Int(4));
    response.usage = {row.MaybeInt(5), row.MaybeInt(6)};
    response.attempts = static_cast<int>(row.Int(7));
    response.retries = static_cast<int>(row.Int(17));
    response.finish_reason = row.Text(8);
    if (!row.IsNull(13)) response.first_token = std::chrono::microseconds(row.Int(13));
    if (!row.IsNull(14)) response.cost_usd = row.Real(14);
    response.is_cached = row.Int(15) != 0;
    response.text = row.Text(10);
    ASSAY_ASSIGN(response.tool_calls, ParseToolCalls(row.Text(11)));
    if (const std::string text = row.Text(16); !text.empty()) {
      ASSAY_ASSIGN(response.transcript, ParseTranscript(text));
    }
  }
  trial.case_id = row.Text(9);
  trial.result.error = row.Text(12);
  return trial;
}

StoredScore ToScore(const SqlRow& row) {
  StoredScore stored;
  stored.grader = row.Text(4);
  stored.grader_version = row.Text(5);
  stored.source = static_cast<ScoreSource>(row.Int(6));
  stored.revision = static_cast<int>(row.Int(3));
  stored.score.status = static_cast<ScoreStatus>(row.Int(7));
  if (!row.IsNull(8)) stored.score.value = row.Real(8);
  if (!row.IsNull(9)) stored.score.pass = row.Int(9) != 0;
  stored.score.label = row.Text(10);
  stored.score.reason = row.Text(11);
  stored.score.evidence = row.Text(12);
  return stored;
}

// Adds the newest scores.
Status AddScores(Sql& sql, std::int64_t run, std::span<StoredTrial> trials) {
  if (trials.empty()) return {};
  ASSAY_ASSIGN(const SqlRows shape, sql.Query("SELECT graders FROM run WHERE run_key = :key", "i", {run}));
  std::vector<std::int64_t> graders;
  while (!shape.empty() && std::ssize(graders) < shape[0].Int(0)) graders.push_back(std::ssize(graders));
  if (graders.empty()) return {};
  std::map<std::int64_t, StoredTrial*> places;
  std::vector<std::int64_t> positions;
  for (StoredTrial& trial : trials) {
    places.emplace(trial.result.position, &trial);
    positions.push_back(trial.result.position);
  }
  const std::string reason_key = "s.run_key * " + std::to_string(kMaxPositions) + " + s.position";
  ASSAY_ASSIGN(
      const SqlRows rows,
      sql.Query(
          "SELECT s.position, s.trial, s.grader, s.revision, g.name, g.version, s.source, s.status, s.value, "
          "s.pass, s.label, n.reason, n.evidence FROM score s JOIN run_grader g ON g.run_key = s.run_key AND "
          "g.grader = s.grader AND g.version_index = s.grader_version LEFT JOIN score_reason n ON n.trial_key = " +
              reason_key +
              " AND n.grader = s.grader AND n.revision = s.revision WHERE s.run_key = :key AND s.grader IN " +
              NumberList(graders) + " AND s.position IN " + NumberList(positions) +
              " ORDER BY s.position, s.grader, s.revision",
          "iiiittiirittt", {run}));
  std::int64_t grader_before = -1;
  StoredTrial* trial_before = nullptr;
  for (const SqlRow& row : rows) {
    StoredTrial* trial = places.at(row.Int(0));
    if (trial_before == trial && grader_before == row.Int(2)) trial->scores.pop_back();
    trial->scores.push_back(ToScore(row));
    trial_before = trial;
    grader_before = row.Int(2);
  }
  return {};
}

struct TrialPlace {
  std::int64_t ordinal = -1;
  std::int64_t trial = 0;
};

Result<TrialPlace> ReadToken(const std::string& token) {
  if (token.empty()) return TrialPlace{};
  const std::size_t dot = token.find('.');
  const std::optional<std::int64_t> ordinal = ParseInteger(std::string_view(token).substr(0, dot));
  const std::optional<std::int64_t> trial =
      dot == std::string::npos ? std::nullopt : ParseInteger(std::string_view(token).substr(dot + 1));
  if (ordinal && trial) return TrialPlace{*ordinal, *trial};
  return Fail(ErrorCode::kInvalidArgument, "page token \"" + token + "\" is not one of ours");
}

std::string ToToken(const StoredTrial& trial) {
  return std::to_string(trial.result.ordinal) + "." + std::to_string(trial.result.trial);
}

Result<SqlRows> ReadBlock(Sql& sql, std::int64_t run, const TrialFilter& filter, const TrialPlace& after,
                          std::int64_t limit) {
  SqlArguments arguments = {run};
  std::string query = kColumns;
  if (!filter.ordinals.empty()) query += "AND t.ordinal IN " + NumberList(filter.ordinals) + " ";
  if (filter.trial) {
    query += "AND t.trial = :one_trial ";
    arguments.push_back(*filter.trial);
  }
  if (!filter.case_id.empty()) {
    query += "AND c.case_id = :case_id ";
    arguments.push_back(filter.case_id);
  }
  if (!filter.failed_grader.empty()) {
    query += kFailedBy;
    arguments.push_back(filter.failed_grader);
  }
  if (filter.status) {
    query += "AND t.status = :status ";
    arguments.push_back(static_cast<int>(*filter.status));
  }
  query += "AND (t.ordinal, t.trial) > (:ordinal, :trial) ORDER BY t.ordinal, t.trial LIMIT :limit";
  arguments.insert(arguments.end(), {after.ordinal, after.trial, limit});
  return sql.Query(query, kTypes, arguments);
}

// Up to `limit` trials after a place, fewer when their texts are large; `next` is set when there are more.
Result<Page<StoredTrial>> ReadSome(Sql& sql, std::int64_t run, const TrialFilter& filter, TrialPlace after,
                                   std::int64_t limit) {
  Page<StoredTrial> page;
  std::size_t bytes = 0;
  while (std::ssize(page.items) < limit && bytes < kPageBytes) {
    const std::int64_t wanted = std::min(kBlock, limit - std::ssize(page.items));
    ASSAY_ASSIGN(const SqlRows rows, ReadBlock(sql, run, filter, after, wanted));
    for (const SqlRow& row : rows) {
      // What assayd has not written is no fault of whoever asks for it.
      auto read = ToTrial(row);
      if (!read) {
        return Fail(ErrorCode::kDataLoss, "what is stored of case \"" + row.Text(9) + "\", trial " +
                                              std::to_string(row.Int(1)) + " cannot be read: " + read.error().message);
      }
      StoredTrial trial = *std::move(read);
      for (const int text : {10, 11, 12, 16}) bytes += row.Text(text).size();
      after = {trial.result.ordinal, trial.result.trial};
      page.items.push_back(std::move(trial));
    }
    if (std::ssize(rows) < wanted) {
      ASSAY_TRY(AddScores(sql, run, page.items));
      return page;
    }
  }
  ASSAY_TRY(AddScores(sql, run, page.items));
  ASSAY_ASSIGN(const SqlRows more, ReadBlock(sql, run, filter, after, 1));
  if (!more.empty()) page.next = ToToken(page.items.back());
  return page;
}

}  // namespace

Result<Page<StoredTrial>> Store::ReadTrials(RunKey run, const TrialFilter& filter, const PageRequest& page) {
  if (std::ssize(filter.ordinals) > TrialFilter::kMaxOrdinals) {
    return Fail(ErrorCode::kInvalidArgument, std::to_string(filter.ordinals.size()) + " cases at once; at most " +
                                                 std::to_string(TrialFilter::kMaxOrdinals));
  }
  return connections_->Read([&](Sql& sql) -> Result<Page<StoredTrial>> {
    ASSAY_TRY(CheckPageLimit(page.limit));
    ASSAY_ASSIGN(const TrialPlace after, ReadToken(page.token));
    return ReadSome(sql, static_cast<std::int64_t>(run), filter, after, page.limit);
  });
}

}  // namespace assay
