// Review data that leaves: who may take what, and what is kept of it.

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/reviews/export_run.h"
#include "daemon/reviews/gold_versions.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/kept_exports.h"
#include "daemon/reviews/reviews.h"
#include "daemon/reviews/training_standard.h"
#include "review/interchange/label_studio_controls.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr int kMostExports = 4;  // at once
constexpr std::size_t kMostListed = 500;
constexpr std::size_t kMostPreviewsListed = 100;
constexpr std::size_t kMostHead = 64u << 10;
constexpr int kHeadLines = 5;
constexpr EnumSet<ReviewRole> kJudges = {ReviewRole::kReviewer, ReviewRole::kAdjudicator, ReviewRole::kAuditor};
constexpr EnumSet<ReviewRole> kExporters = {ReviewRole::kLead, ReviewRole::kMlLead, ReviewRole::kManager};

bool Lists(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

Status CheckMayExport(const Reviewer& reviewer) {
  if (reviewer.roles.Shares(kExporters)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "\"" + reviewer.id + "\" may not export: it needs one of the roles lead, ml_lead and manager");
}

Status CheckMaySelect(const Reviewer& reviewer, const ExportSelection& selection) {
  for (const std::string& data_class : selection.data_classes) {
    if (IsClearedFor(reviewer, data_class)) continue;
    return Fail(ErrorCode::kPermissionDenied,
                "\"" + reviewer.id + "\" is not cleared for data of the class \"" + data_class + "\"");
  }
  if (reviewer.queues.empty()) return {};
  if (selection.queues.empty())
    return Fail(ErrorCode::kPermissionDenied,
                "\"" + reviewer.id + "\" has queues of their own; name the queues to export among them");
  for (const std::string& queue : selection.queues) {
    if (!Lists(reviewer.queues, queue))
      return Fail(ErrorCode::kPermissionDenied, "queue \"" + queue + "\" is none of those of \"" + reviewer.id + "\"");
  }
  return {};
}

namespace {

Result<const ExchangeFormat*> FormatNamed(const std::string& name) {
  if (const ExchangeFormat* format = FindExchangeFormat(name)) return format;
  std::string known;
  for (const ExchangeFormat& format : ExchangeFormats())
    known += (known.empty() ? "" : ", ") + std::string(format.name);
  return Fail(ErrorCode::kInvalidArgument, "format: there is none \"" + name.substr(0, 64) + "\"; known are " + known);
}

bool IsLabelStudio(const ExchangeFormat& format) { return format.name.starts_with("label_studio"); }

// A place among those that are under way; counted by the reviews, which outlive it.
class ExportPlace {
 public:
  static Result<ExportPlace> Take(std::atomic<int>& taken) {
    if (taken.fetch_add(1) < kMostExports) return ExportPlace(taken);
    --taken;
    return Fail(ErrorCode::kResourceExhausted,
                "4 exports are under way already, which is as many as there may be; try again later");
  }
  ExportPlace(ExportPlace&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  ~ExportPlace() {
    if (taken_ != nullptr) --*taken_;
  }

 private:
  explicit ExportPlace(std::atomic<int>& taken) : taken_(&taken) {}
  std::atomic<int>* taken_;
};

// The first lines of what leaves.
class ExportHead {
 public:
  void Add(std::string_view bytes) {
    for (const char c : bytes) {
      if (lines_ == kHeadLines || text_.size() == kMostHead) return;
      text_ += c;
      lines_ += c == '\n' ? 1 : 0;
    }
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  int lines_ = 0;
};

class StoredExport final : public ExportParts {
 public:
  StoredExport(ExportPlace place, std::unique_ptr<ExportRun> run, KeptExport kept, std::string project, Store& store,
               const Clock& clock, asio::any_io_executor reading)
      : place_(std::move(place)),
        run_(std::move(run)),
        kept_(std::move(kept)),
        project_(std::move(project)),
        store_(store),
        clock_(clock),
        reading_(std::move(reading)) {}

  asio::awaitable<Result<std::optional<ExportPart>>> Next() override {
    if (is_over_) co_return std::nullopt;
    auto step = [this]() { return Step(); };
    co_return co_await RunBlocking(reading_, step);
  }

 private:
  // The last part by itself: it says that all of the bytes before it are the file.
  Result<std::optional<ExportPart>> Step() {
    if (run_->manifest()) return End();
    ExportPart part;
    while (part.bytes.empty() && !run_->manifest()) {
      ASSAY_ASSIGN(part.bytes, run_->Step());
    }
    if (part.bytes.empty()) return End();
    return part;
  }

  Result<std::optional<ExportPart>> End() {
    const ExportManifest begun = std::move(kept_.manifest);
    kept_.manifest = *run_->manifest();
    kept_.manifest.id = begun.id;
    kept_.manifest.file = begun.file;
    kept_.manifest.exported_by = begun.exported_by;
    kept_.manifest.exported_at = begun.exported_at;
    kept_.manifest.gold = begun.gold;
    kept_.manifest.quality_approval = begun.quality_approval;
    kept_.manifest_text = TextOf(kept_.manifest);
    kept_.manifest_sha256 = Sha256Hex(kept_.manifest_text);
    kept_.is_complete = true;
    ASSAY_TRY(PutExport(store_, project_, kept_, clock_.Now()));
    is_over_ = true;
    return ExportPart{.ended = kept_};
  }

  const ExportPlace place_;
  const std::unique_ptr<ExportRun> run_;
  KeptExport kept_;
  const std::string project_;
  ReviewStore store_;
  const Clock& clock_;
  const asio::any_io_executor reading_;
  bool is_over_ = false;
};

}  // namespace

PersonNaming Reviews::Pseudonyms() const {
  return {.key = HmacSha256(policies_.draw_key(), "names of people in exports")};
}

// What somebody must not have seen who may still be asked to judge it: what others say before it is settled, which
// items have a known answer, or are where it or that of a calibration comes from. Leads see which are gold on the page
// too, and what others say of all that they are not to judge themselves. Tasks that say
// nothing (`is_blind`) are theirs to hand out.
std::function<bool(const ItemState&)> Reviews::WithheldFrom(const Asking& asking, const Standing& standing,
                                                            bool is_blind) {
  if (!asking.reviewer.roles.Shares(kJudges)) return {};
  const bool leads = asking.reviewer.roles.Has(ReviewRole::kLead);
  return [this, asking, standing, leads, is_blind](const ItemState& state) {
    if (!MayLookAt(asking.reviewer, state.item)) return false;
    if (standing.blind.contains(state.item.id)) return true;
    if (state.imported_as) return !leads && state.item.purpose != ItemPurpose::kLabel;
    if (leads) {
      if (is_blind || state.item.purpose == ItemPurpose::kCalibration) return false;
      const auto policy = policies_.For(state.item, state.rubric_version);
      return !policy || IsToJudge(state, asking.reviewer, *asking.roster, (*policy)->queue, standing.at);
    }
    const bool is_over = StateAt(state, std::max(standing.at, state.last_at)) == ReviewState::kDone;
    return !is_over || state.item.purpose != ItemPurpose::kLabel || standing.gold_sources.contains(state.item.id);
  };
}

// On the desk's thread: whatever it was told before is stored, and what it is told after this is of a later time.
asio::awaitable<Result<Reviews::Standing>> Reviews::StandsNow(const Asking& asking) {
  auto look = [this, &asking]() -> Result<Standing> {
    ASSAY_TRY(OpenProject(asking.project));
    return Standing{.at = context_.clock.Now(),
                    .gold_sources = books_.SourcesOfGold(asking.project),
                    .blind = books_.BlindFor(asking.project, asking.reviewer.id)};
  };
  co_return co_await RunBlocking(context_.desk, look);
}

Result<ExportPlan> Reviews::PlanExport(const Asking& asking, const ExportArguments& arguments) {
  ASSAY_TRY(CheckMayExport(asking.reviewer));
  ASSAY_TRY(CheckMaySelect(asking.reviewer, arguments.selection));
  ExportPlan plan{.options = {.selection = arguments.selection, .training = arguments.training}};
  ASSAY_ASSIGN(plan.format, FormatNamed(arguments.format));
  plan.refuses_gate_cases = !arguments.leaves_out_gate_cases;
  plan.options.sheet = {.protects_spreadsheets = arguments.protects_spreadsheets, .has_bom = arguments.has_bom};
  plan.options.label_studio = {.for_labelling = arguments.for_labelling};
  if (arguments.for_labelling) plan.options.label_studio.draw_key = policies_.draw_key();
  if (plan.format->needs_rubric) {
    if (arguments.selection.queues.size() != 1)
      return Fail(ErrorCode::kInvalidArgument,
                  arguments.format + " is about the rubric of one queue: name exactly one queue");
    ASSAY_ASSIGN(const PolicyRef policy, policies_.ForQueue(asking.project, arguments.selection.queues.front()));
    plan.options.rubric = policy->rubric;
    plan.options.kind = policy->queue.item;
  }
  if (!arguments.approval.empty()) {
    ASSAY_ASSIGN(KeptChange change, FindChange(store_, asking.project, arguments.approval));
    plan.options.training.approval = std::move(change.request);
    plan.options.training.approved_text = std::move(change.diff);
    plan.options.training.now = asking.now;
  }
  return plan;
}

Result<std::unique_ptr<ExportRun>> Reviews::BeginExport(const Asking& asking, const ExportArguments& arguments,
                                                        ExportPlan plan, const Standing& standing) {
  const ExportSelection& selection = arguments.selection;
  RecordQuery query{.filter = {.project = asking.project}, .as_of = standing.at};
  if (selection.queues.size() == 1) query.filter.queue = selection.queues.front();
  if (selection.runs.size() == 1) query.filter.run = selection.runs.front();
  const bool is_blind = plan.format->name == "label_studio" && arguments.for_labelling;
  query.withholds = WithheldFrom(asking, standing, is_blind);
  const std::shared_ptr<const ServedVersion> served = policies_.served();
  ASSAY_ASSIGN(query.gates, GatesOfSuites(context_.store, *served, asking.project));
  if (plan.format->is_training) {
    ASSAY_ASSIGN(GateCases cases, GateCases::Read(context_.store, kinds_, *served, asking.project, query.gates));
    query.gate_cases = std::make_shared<const GateCases>(std::move(cases));
  }
  if (!arguments.with_names) query.naming = Pseudonyms();
  return ExportRun::Begin(context_.store, std::move(plan), std::move(query));
}

KeptExport Reviews::KeptBefore(const Asking& asking, const ExportArguments& arguments, const ExportPlan& plan,
                               Time as_of) const {
  KeptExport kept{.with_names = arguments.with_names};
  kept.manifest.id = MakeId(asking.now);
  kept.manifest.file = kept.manifest.id + "." + std::string(plan.format->extension);
  kept.manifest.exported_by = asking.reviewer.id;
  kept.manifest.exported_at = as_of;
  kept.manifest.format = plan.format->name;
  kept.manifest.selection = arguments.selection;
  kept.manifest.approval = arguments.approval;
  return kept;
}

asio::awaitable<Result<std::unique_ptr<ExportParts>>> Reviews::ExportReviews(const Caller& caller,
                                                                             const ExportArguments& arguments) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_ASSIGN(Standing standing, co_await StandsNow(asking));
  auto begin = [this, &asking, &arguments, &standing]() -> Result<std::unique_ptr<ExportParts>> {
    ASSAY_ASSIGN(ExportPlan plan, PlanExport(asking, arguments));
    std::string quality_approval;
    if (plan.format->is_training) {
      ASSAY_ASSIGN(quality_approval, TrainingStandardApproval(context_.store, policies_.served()->catalog,
                                                              asking.project, arguments.selection, asking.now));
    }
    // What was approved is what stood there then.
    if (plan.format->is_training && plan.options.training.approval) {
      ASSAY_ASSIGN(const ExportManifest approved, ApprovedExportFrom(plan.options.training.approved_text));
      standing.at = std::min(standing.at, *approved.exported_at);
    }
    ASSAY_ASSIGN(ExportPlace place, ExportPlace::Take(exports_under_way_));
    KeptExport kept = KeptBefore(asking, arguments, plan, standing.at);
    kept.manifest.quality_approval = std::move(quality_approval);
    ASSAY_ASSIGN(kept.manifest.gold, GoldOfQueues(store_, asking.project, arguments.selection.queues));
    ASSAY_ASSIGN(auto run, BeginExport(asking, arguments, std::move(plan), standing));
    // Before the first byte leaves.
    ASSAY_TRY(PutExport(store_, asking.project, kept, asking.now));
    return std::make_unique<StoredExport>(std::move(place), std::move(run), std::move(kept), asking.project,
                                          context_.store, context_.clock, context_.reading);
  };
  co_return co_await RunBlocking(context_.reading, begin);
}

asio::awaitable<Result<ExportManifest>> Reviews::GoThrough(ExportRun& run,
                                                           const std::function<void(std::string_view)>& take) {
  auto step = [&run]() { return run.Step(); };
  while (!run.manifest()) {
    ASSAY_CO_ASSIGN(const std::string bytes, co_await RunBlocking(context_.reading, step));
    take(bytes);
  }
  co_return *run.manifest();
}

// What an approval of this export would be of: the same, with what only it allows.
asio::awaitable<Result<std::string>> Reviews::ApprovedTextFor(const Asking& asking, const ExportArguments& arguments,
                                                              const Standing& standing) {
  auto begin = [&]() -> Result<std::unique_ptr<ExportRun>> {
    ASSAY_ASSIGN(ExportPlan plan, PlanExport(asking, arguments));
    plan.options.training.approval.reset();
    plan.options.training.is_rehearsal = true;
    return BeginExport(asking, arguments, std::move(plan), standing);
  };
  ASSAY_CO_ASSIGN(const std::unique_ptr<ExportRun> run, co_await RunBlocking(context_.reading, begin));
  const std::function<void(std::string_view)> ignore = [](std::string_view) {};
  ASSAY_CO_ASSIGN(ExportManifest rehearsed, co_await GoThrough(*run, ignore));
  rehearsed.exported_at = standing.at;
  co_return ApprovedTextOf(rehearsed);
}

asio::awaitable<Result<PreviewedExport>> Reviews::PreviewExport(const Caller& caller,
                                                                const ExportArguments& arguments) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_ASSIGN(const Standing standing, co_await StandsNow(asking));
  PreviewedExport previewed;
  KeptExport kept;
  bool is_training = false;
  std::optional<ExportPlace> place;
  auto begin = [&]() -> Result<std::unique_ptr<ExportRun>> {
    ASSAY_ASSIGN(ExportPlan plan, PlanExport(asking, arguments));
    ASSAY_ASSIGN(ExportPlace taken, ExportPlace::Take(exports_under_way_));
    place.emplace(std::move(taken));
    plan.refuses_gate_cases = false;
    is_training = plan.format->is_training;
    if (is_training) plan.options.training.approval.reset();
    if (IsLabelStudio(*plan.format)) {
      ASSAY_ASSIGN(const LabelScheme scheme, MakeLabelScheme(plan.options.rubric, plan.options.kind));
      previewed.label_config = LabelConfigOf(scheme);
    }
    kept = KeptBefore(asking, arguments, plan, standing.at);
    kept.is_preview = true;
    ASSAY_ASSIGN(kept.manifest.gold, GoldOfQueues(store_, asking.project, arguments.selection.queues));
    ASSAY_ASSIGN(auto run, BeginExport(asking, arguments, std::move(plan), standing));
    // Before the first line is shown.
    ASSAY_TRY(PutExport(store_, asking.project, kept, asking.now));
    return run;
  };
  ASSAY_CO_ASSIGN(const std::unique_ptr<ExportRun> run, co_await RunBlocking(context_.reading, begin));
  ExportHead head;
  const std::function<void(std::string_view)> show = [&head](std::string_view bytes) { head.Add(bytes); };
  ASSAY_CO_ASSIGN(ExportManifest manifest, co_await GoThrough(*run, show));
  previewed.preview = {.manifest = manifest, .head = head.Take()};
  if (is_training) {
    ASSAY_CO_ASSIGN(previewed.approval_diff, co_await ApprovedTextFor(asking, arguments, standing));
  }
  auto keep = [this, &asking, &kept, &manifest]() {
    manifest.id = kept.manifest.id;
    manifest.file = kept.manifest.file;
    manifest.exported_by = kept.manifest.exported_by;
    manifest.exported_at = kept.manifest.exported_at;
    manifest.gold = kept.manifest.gold;
    kept.manifest = std::move(manifest);
    kept.is_complete = true;
    return PutExport(store_, asking.project, kept, context_.clock.Now());
  };
  ASSAY_CO_TRY(co_await RunBlocking(context_.reading, keep));
  co_return previewed;
}

asio::awaitable<Result<std::vector<KeptExport>>> Reviews::ListExports(const Caller& caller) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(CheckMayExport(asking.reviewer));
  auto read = [this, &asking]() { return ReadExports(store_, asking.project, kMostListed, kMostPreviewsListed); };
  co_return co_await RunBlocking(context_.reading, read);
}

}  // namespace assay
