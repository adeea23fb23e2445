#include "daemon/reviews/import_sessions.h"

namespace assay {
namespace {

constexpr std::size_t kMostRowsNamed = 100;  // of a piece

}  // namespace

Result<std::shared_ptr<ImportSession>> ImportSession::Begin(std::string id, std::string owner, std::string project,
                                                            const ExchangeFormat& format, const ImportOptions& options,
                                                            ImportArguments arguments) {
  if (format.reader == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                "format: " + std::string(format.name) + " is written only, and not read back");
  auto session = std::shared_ptr<ImportSession>(
      new ImportSession(std::move(id), std::move(owner), std::move(project), std::move(arguments)));
  ImportSession* self = session.get();
  const ImportHandlers handlers{.record = [self](ExchangeRecord record) -> Status {
                                  self->records.push_back({.record = std::move(record), .line = self->line_});
                                  return {};
                                },
                                .fault = [self](const ImportFault& fault) -> Status {
                                  self->Refuse({.fault = fault});
                                  return {};
                                },
                                .at_line = [self](std::int64_t line) { self->line_ = line; }};
  ASSAY_ASSIGN(session->reader_, format.reader(options, handlers));
  return session;
}

Status ImportSession::Read(std::string_view bytes, bool is_last) {
  progress.rows.clear();
  progress.bytes += static_cast<std::int64_t>(bytes.size());
  ASSAY_TRY(reader_->Read(bytes));
  return is_last ? reader_->Finish() : Status();
}

void ImportSession::Refuse(RefusedRow row) {
  ++progress.refused;
  if (progress.rows.size() < kMostRowsNamed) progress.rows.push_back(std::move(row));
}

void ImportSessions::ForgetIdle(Time now) {
  std::erase_if(places_,
                [&](const auto& place) { return !place.second.is_taken && now - place.second.used_at > kIdle; });
}

Status ImportSessions::Add(const std::shared_ptr<ImportSession>& session, Time now) {
  const std::lock_guard lock(mutex_);
  ForgetIdle(now);
  if (places_.size() >= kMost)
    return Fail(ErrorCode::kResourceExhausted,
                "8 imports are under way already, which is as many as there may be; try again later");
  places_[session->id()] = {.session = session, .used_at = now, .is_taken = true};
  return {};
}

Result<std::shared_ptr<ImportSession>> ImportSessions::Take(const std::string& id, const std::string& owner,
                                                            const std::string& project, Time now) {
  const std::lock_guard lock(mutex_);
  ForgetIdle(now);
  const auto found = places_.find(id);
  const bool is_own =
      found != places_.end() && found->second.session->owner == owner && found->second.session->project == project;
  if (!is_own)
    return Fail(ErrorCode::kNotFound, "there is no import \"" + id.substr(0, 64) +
                                          "\" under way; begin again, which changes nothing about what is in already");
  if (found->second.is_taken)
    return Fail(ErrorCode::kAborted, "a piece of import " + id + " is being read at this moment");
  found->second.is_taken = true;
  return found->second.session;
}

void ImportSessions::GiveBack(const std::string& id, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(id);
  if (found == places_.end()) return;
  found->second.is_taken = false;
  found->second.used_at = now;
}

void ImportSessions::Remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  places_.erase(id);
}

}  // namespace assay
