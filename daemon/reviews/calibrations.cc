// Calibration sessions: opened on copies of items, judged blind, revealed, agreed on.

#include <algorithm>

#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/reviews/reviews.h"

namespace assay {

namespace asio = boost::asio;

namespace {

bool MaySeeSession(const Asking& asking, const CalibrationSession& session) {
  return asking.reviewer.id == session.facilitator || asking.reviewer.roles.Has(ReviewRole::kLead) ||
         std::ranges::find(session.people, asking.reviewer.id) != session.people.end();
}

// What they asked, while that must not be seen, and where it may repeat what was taken out since.
void WithholdNotes(const std::vector<ItemState>& states, std::vector<CalibrationRow>& grid) {
  for (CalibrationRow& row : grid) {
    const auto state = std::ranges::find(states, row.item, [](const ItemState& each) { return each.item.id; });
    if (state == states.end()) continue;
    for (ReviewEscalation& escalation : row.escalations) {
      if (OpenQuarantine(*state) != nullptr || WasRedactedAfter(*state, escalation.at)) escalation.note.clear();
    }
  }
}

}  // namespace

Result<CalibrationStatus> Reviews::StatusOf(const CalibrationEntry& entry) {
  CalibrationStatus status{.entry = entry};
  std::vector<ItemState> states;
  for (const std::string& item : entry.session.items) {
    ASSAY_ASSIGN(ItemState state, desk_.Find(entry.project, item));
    status.judged += std::ranges::count_if(state.judgements, [](const Judgement& judgement) {
      return judgement.role == JudgementRole::kCalibrate && judgement.revision == 1;
    });
    states.push_back(std::move(state));
  }
  std::vector<const ItemState*> items;
  for (const ItemState& state : states) items.push_back(&state);
  status.escalated = AskedInstead(entry.session, items);
  if (entry.session.phase() == CalibrationPhase::kBlind || states.empty()) return status;
  ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(states.front()));
  status.grid = GridOf(entry.session, items, policy->queue.agreement, policy->rubric);
  WithholdNotes(states, status.grid);
  status.report = ReportOf(entry.session, items, policy->queue.agreement, policy->rubric);
  return status;
}

Result<const CalibrationEntry*> Reviews::FindSession(const Asking& asking, const std::string& id) {
  ASSAY_TRY(OpenProject(asking.project));
  desk_.Tick();
  const CalibrationEntry* entry = books_.FindCalibration(id);
  if (entry == nullptr || entry->project != asking.project || !MaySeeSession(asking, entry->session))
    return Fail(ErrorCode::kNotFound, "there is no calibration \"" + id + "\" of yours");
  ASSAY_TRY(CheckOfQueue(asking.reviewer, entry->queue));
  for (const std::string& item : entry->session.items) ASSAY_TRY(FindOfTheirQueue(asking, item));
  return entry;
}

// Writes the session as `change` makes it of what is there.
Result<CalibrationStatus> Reviews::ChangeSession(
    const Asking& asking, const std::string& id,
    const std::function<Result<CalibrationSession>(const CalibrationEntry&)>& change) {
  ASSAY_ASSIGN(const CalibrationEntry* entry, FindSession(asking, id));
  CalibrationEntry changed = *entry;
  ASSAY_ASSIGN(changed.session, change(*entry));
  ASSAY_TRY(books_.Put(std::move(changed), asking.now, asking.reviewer.id));
  return StatusOf(*books_.FindCalibration(id));
}

asio::awaitable<Result<CalibrationStatus>> Reviews::OpenCalibration(const Caller& caller, std::string_view queue,
                                                                    const std::vector<std::string>& items,
                                                                    const std::vector<std::string>& people) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  if (!asking.reviewer.roles.Has(ReviewRole::kLead))
    co_return Fail(ErrorCode::kPermissionDenied,
                   "\"" + asking.reviewer.id + "\" may not open a calibration: it needs the role lead");
  auto work = [this, &asking, queue = std::string(queue), &items, &people]() -> Result<CalibrationStatus> {
    ASSAY_TRY(CheckOfQueue(asking.reviewer, queue));
    ASSAY_TRY(OpenProject(asking.project));
    desk_.Tick();
    ASSAY_ASSIGN(const PolicyRef policy, policies_.ForQueue(asking.project, queue));
    for (const std::string& person : people) {
      if (std::ranges::find(*asking.roster, person, &Reviewer::id) == asking.roster->end())
        return Fail(ErrorCode::kInvalidArgument, "people: \"" + person + "\" has no role in human review");
    }
    CalibrationEntry entry{.session = {.id = MakeId(asking.now),
                                       .rubric = policy->rubric.name,
                                       .rubric_version = policy->rubric.ParsedVersion(),
                                       .facilitator = asking.reviewer.id,
                                       .items = items,
                                       .people = people},
                           .project = asking.project,
                           .queue = queue};
    // What is wrong with it is told before anything enters.
    ASSAY_TRY(OpenSession(entry.session, asking.reviewer, asking.now));
    entry.session.items.clear();
    std::vector<ItemState> sources;
    for (const std::string& item : items) {
      ASSAY_ASSIGN(ItemState source, desk_.Find(asking.project, item));
      if (source.item.queue != queue || source.rubric_version.major != entry.session.rubric_version.major)
        return Fail(ErrorCode::kInvalidArgument,
                    "items: " + item + " is not of queue \"" + queue + "\" under the rubric in service");
      if (OpenQuarantine(source) != nullptr || source.item.purpose != ItemPurpose::kLabel)
        return Fail(ErrorCode::kFailedPrecondition, "items: " + item + " is quarantined, or a copy itself");
      sources.push_back(std::move(source));
    }
    for (ItemState& source : sources) {
      entry.sources.push_back(source.item.id);
      source.item.run = entry.session.id;  // each session asks anew
      ASSAY_ASSIGN(const ItemState copy, EnterCopy(asking, source, ItemPurpose::kCalibration));
      entry.session.items.push_back(copy.item.id);
    }
    ASSAY_ASSIGN(entry.session, OpenSession(entry.session, asking.reviewer, asking.now));
    const std::string id = entry.session.id;
    ASSAY_TRY(books_.Put(std::move(entry), asking.now, asking.reviewer.id));
    return StatusOf(*books_.FindCalibration(id));
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<CalibrationStatus>> Reviews::RevealCalibration(const Caller& caller, std::string_view id) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, id = std::string(id)]() {
    return ChangeSession(
        asking, id, [&](const CalibrationEntry& entry) { return Reveal(entry.session, asking.reviewer, asking.now); });
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<CalibrationStatus>> Reviews::RuleOnCalibration(const Caller& caller, std::string_view id,
                                                                      const CalibrationRuling& ruling) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, id = std::string(id), &ruling]() {
    return ChangeSession(asking, id, [&](const CalibrationEntry& entry) -> Result<CalibrationSession> {
      ASSAY_ASSIGN(const ItemState state, desk_.Find(entry.project, ruling.item));
      ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(state));
      return Agree(entry.session, ruling, asking.reviewer, state.item.subject, policy->rubric, asking.now);
    });
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<CalibrationStatus>> Reviews::CloseCalibration(const Caller& caller, std::string_view id) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, id = std::string(id)]() {
    return ChangeSession(asking, id, [&](const CalibrationEntry& entry) {
      return CloseSession(entry.session, asking.reviewer, asking.now);
    });
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<CalibrationStatus>> Reviews::GetCalibration(const Caller& caller, std::string_view id) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, id = std::string(id)]() -> Result<CalibrationStatus> {
    ASSAY_ASSIGN(const CalibrationEntry* entry, FindSession(asking, id));
    return StatusOf(*entry);
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<std::vector<CalibrationStatus>>> Reviews::ListCalibrations(const Caller& caller) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking]() -> Result<std::vector<CalibrationStatus>> {
    ASSAY_TRY(OpenProject(asking.project));
    std::vector<CalibrationStatus> statuses;
    for (const CalibrationEntry* entry : books_.Calibrations(asking.project)) {
      if (!MaySeeSession(asking, entry->session) || !IsOfQueue(asking.reviewer, entry->queue)) continue;
      const bool is_withheld = std::ranges::any_of(
          entry->session.items, [&](const std::string& item) { return !FindOfTheirQueue(asking, item); });
      if (is_withheld) continue;
      ASSAY_ASSIGN(CalibrationStatus status, StatusOf(*entry));
      statuses.push_back(std::move(status));
    }
    std::ranges::reverse(statuses);  // ids are in the order of time
    return statuses;
  };
  co_return co_await RunBlocking(context_.desk, work);
}

}  // namespace assay
