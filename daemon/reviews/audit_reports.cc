// What audits of a queue found, taken out as one document.

#include <algorithm>

#include "core/digest.h"
#include "daemon/blocking.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/reviews.h"
#include "daemon/reviews/rubric_steps.h"
#include "review/audit_report.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kMostAuditedItems = 200'000;
constexpr std::chrono::days kAuditWindow{30};

// What auditors write of an item is shown to who may look at the item.
bool MayReadOf(const ItemState& state, const Reviewer& reviewer) {
  return IsClearedFor(reviewer, state.item.data_class) && OpenQuarantine(state) == nullptr;
}

// Not the secret: who knows it could tell what is drawn.
std::string SeedOf(std::string_view draw_key) {
  return Sha256Hex(HmacSha256(draw_key, "seed of audits")).substr(0, 16);
}

}  // namespace

// What was done about the queue since the window began.
Status Reviews::AddActions(const Asking& asking, const std::vector<CalibrationSession>& calibrations,
                           const std::string& rubric, AuditReport& report) {
  const Time from = report.window.from;
  for (const CalibrationSession& session : calibrations) {
    if (session.opened_at >= from) report.calibrations.push_back(session);
  }
  ASSAY_TRY(policies_.KeepRubrics(asking.project, asking.now));
  ASSAY_ASSIGN(const std::vector<KeptRubric> versions, policies_.KeptRubrics(asking.project, rubric));
  report.rubric_versions = StepsSince(versions, from);
  ASSAY_ASSIGN(const auto clarifications, ReadClarifications(store_, asking.project, rubric));
  for (const ClarificationStatus& each : clarifications) {
    if (each.clarification.closed_at.value_or(asking.now) >= from) report.clarifications.push_back(each.clarification);
  }
  return {};
}

asio::awaitable<Result<ArtefactText>> Reviews::GetAuditReport(const Caller& caller,
                                                              const AuditReportArguments& arguments) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(CheckMayTake(asking, arguments.queue, arguments.with_names));
  const Time to = arguments.to.value_or(asking.now + Duration(1));  // with what happens at this moment
  const KpiWindow window{.from = arguments.from.value_or(to - kAuditWindow), .to = to};
  if (window.from >= window.to) co_return Fail(ErrorCode::kInvalidArgument, "from: is not before `to`");
  ASSAY_CO_ASSIGN(const Standing standing, co_await StandsNow(asking));
  auto look = [this, &asking, &arguments]() -> Result<std::vector<CalibrationSession>> {
    std::vector<CalibrationSession> sessions;
    for (const CalibrationEntry* entry : books_.Calibrations(asking.project)) {
      if (entry->queue == arguments.queue) sessions.push_back(entry->session);
    }
    return sessions;
  };
  ASSAY_CO_ASSIGN(const std::vector<CalibrationSession> calibrations, co_await RunBlocking(context_.desk, look));
  auto make = [this, &asking, &arguments, &standing, &calibrations, window]() -> Result<ArtefactText> {
    ASSAY_ASSIGN(const PolicyRef policy, policies_.ForQueue(asking.project, arguments.queue));
    const std::function<bool(const ItemState&)> withholds = WithheldFrom(asking, standing, false);
    AuditReportMaker maker(window, policy->queue);
    std::int64_t items = 0;
    ASSAY_TRY(store_.ReadItems({.project = asking.project,
                                .queue = arguments.queue,
                                .purpose = ItemPurpose::kLabel,
                                .touched_from = window.from,
                                .entered_until = window.to},
                               [&](StoredReviewItem item) -> Status {
                                 if (++items > kMostAuditedItems)
                                   return Fail(ErrorCode::kResourceExhausted,
                                               "a report is on at most 200000 items; ask for a shorter time");
                                 if (!item.readable) return {};
                                 ASSAY_ASSIGN(const ItemState state, Fold(item.facts));
                                 if (withholds && withholds(state)) {
                                   maker.AddWithheld();
                                 } else {
                                   maker.Add(state, item.facts, MayReadOf(state, asking.reviewer), asking.now);
                                 }
                                 return {};
                               }));
    AuditReport report = maker.Take();
    report.project = asking.project;
    report.seed = SeedOf(policies_.draw_key());
    report.with_names = arguments.with_names;
    report.made_at = asking.now;
    ASSAY_TRY(AddActions(asking, calibrations, policy->rubric.name, report));
    const PersonNaming naming = arguments.with_names ? PersonNaming{} : Pseudonyms();
    const auto name = [&naming](const std::string& person) { return naming.NameOf(person); };
    return ArtefactText{.markdown = MarkdownOf(report, name), .document = ToJson(report, name).DumpIndented() + "\n"};
  };
  co_return co_await RunBlocking(context_.reading, make);
}

}  // namespace assay
