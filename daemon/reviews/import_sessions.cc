#include "daemon/reviews/import_sessions.h"

#include <algorithm>
#include <iterator>

#include "core/digest.h"

namespace assay {
namespace {

constexpr std::size_t kMostRowsNamed = 100;  // of a piece

}  // namespace

std::vector<std::string> FileBlocks::Add(std::string_view bytes, bool is_last) {
  std::vector<std::string> blocks;
  held_ += bytes;
  std::size_t at = 0;
  for (; held_.size() - at >= kBytes; at += kBytes)
    blocks.push_back(Sha256Hex(std::string_view(held_).substr(at, kBytes)));
  held_.erase(0, at);
  if (is_last && !held_.empty()) blocks.push_back(Sha256Hex(std::exchange(held_, "")));
  return blocks;
}

Result<std::shared_ptr<ImportSession>> ImportSession::Begin(std::string id, std::string owner, std::string project,
                                                            const ExchangeFormat& format, const ImportOptions& options,
                                                            ImportArguments arguments, std::string gate,
                                                            std::optional<ImportSurvey> approved) {
  if (format.reader == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                "format: " + std::string(format.name) + " is written only, and not read back");
  auto session = std::shared_ptr<ImportSession>(
      new ImportSession(std::move(id), std::move(owner), std::move(project), std::move(arguments)));
  session->progress.gate = std::move(gate);
  session->approved_ = std::move(approved);
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
  digest_.Update(bytes);
  if (is_last) sha256 = digest_.FinishHex();
  std::string whole;
  if (approved_) {
    ASSAY_TRY(CheckBlocks(blocks_.Add(bytes, is_last)));
    if (is_last && next_block_ != approved_->blocks.size())
      return Fail(ErrorCode::kPermissionDenied, "approval " + arguments.approval + " is of a longer file");
    unread_ += bytes;
    const std::size_t left = is_last ? 0 : unread_.size() % FileBlocks::kBytes;
    whole = unread_.substr(0, unread_.size() - left);
    unread_.erase(0, whole.size());
    bytes = whole;
  } else if (arguments.is_dry_run && !progress.gate.empty()) {
    std::ranges::move(blocks_.Add(bytes, is_last), std::back_inserter(seen_));
  }
  ASSAY_TRY(reader_->Read(bytes));
  return is_last ? reader_->Finish() : Status();
}

Status ImportSession::CheckBlocks(std::span<const std::string> blocks) {
  for (const std::string& block : blocks) {
    const std::size_t place = next_block_++;
    if (place < approved_->blocks.size() && approved_->blocks[place] == block) continue;
    return Fail(ErrorCode::kPermissionDenied,
                "approval " + arguments.approval + " is of another file: it differs between the bytes " +
                    std::to_string(place * FileBlocks::kBytes) + " and " +
                    std::to_string((place + 1) * FileBlocks::kBytes) + "; nothing of them was taken in");
  }
  return {};
}

ImportSurvey ImportSession::Survey() {
  const Json text = Json::Of({{"queue", arguments.queue},
                              {"gate", progress.gate},
                              {"format", arguments.format},
                              {"people_domain", arguments.people_domain},
                              {"bytes", progress.bytes},
                              {"sha256", sha256},
                              {"items", progress.items_changed},
                              {"labels", progress.judgements_new}});
  return {.text = text.DumpCanonical(), .blocks = seen_};
}

std::optional<ItemState> ImportSession::Changed(const std::string& item) const {
  const auto found = changed_.find(item);
  return found == changed_.end() ? std::nullopt : std::optional(found->second);
}

void ImportSession::Change(const ItemState& state) {
  if (changed_.insert_or_assign(state.item.id, state).second) changed_order_.push_back(state.item.id);
  if (changed_order_.size() <= kMostChanged) return;
  changed_.erase(changed_order_.front());
  changed_order_.pop_front();
}

void ImportSession::CountTaken(const std::string& suite, const std::string& version, std::int64_t judgements) {
  const std::pair key(suite, version);
  if (of_suites.size() >= kMostSuites && !of_suites.contains(key)) return;
  OfSuite& taken = of_suites[key];
  ++taken.items;
  taken.judgements += judgements;
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
