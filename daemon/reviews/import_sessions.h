#pragma once
// Files that come in, a piece a call: what is held of each between two calls is a reader with at most one record.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "daemon/reviews/review_interchange.h"

namespace assay {

struct ReadRecord {
  ExchangeRecord record = {};
  std::int64_t line = 0;
};

// A file under way. One call at a time has it (ImportSessions::Take).
class ImportSession {
 public:
  // kInvalidArgument for a format that is only written.
  static Result<std::shared_ptr<ImportSession>> Begin(std::string id, std::string owner, std::string project,
                                                      const ExchangeFormat& format, const ImportOptions& options,
                                                      ImportArguments arguments);

  // Reads the piece and, with the last one, the end: what was read waits in records(), what is wrong stands in
  // progress().
  Status Read(std::string_view bytes, bool is_last);
  void Refuse(RefusedRow row);

  const std::string& id() const { return progress.import; }
  const std::string owner;
  const std::string project;
  const ImportArguments arguments;
  ImportProgress progress = {};
  std::vector<ReadRecord> records = {};

 private:
  ImportSession(std::string id, std::string by, std::string of, ImportArguments how)
      : owner(std::move(by)), project(std::move(of)), arguments(std::move(how)) {
    progress.import = std::move(id);
  }
  std::unique_ptr<RecordReader> reader_;
  std::int64_t line_ = 0;
};

// Thread-safe.
class ImportSessions {
 public:
  static constexpr std::size_t kMost = 8;
  static constexpr std::chrono::minutes kIdle{10};

  // kResourceExhausted where kMost are under way. The new one is taken.
  Status Add(const std::shared_ptr<ImportSession>& session, Time now);
  // By its owner; kNotFound, and kAborted where another call has it.
  Result<std::shared_ptr<ImportSession>> Take(const std::string& id, const std::string& owner,
                                              const std::string& project, Time now);
  void GiveBack(const std::string& id, Time now);
  void Remove(const std::string& id);

 private:
  struct Place {
    std::shared_ptr<ImportSession> session;
    Time used_at{};
    bool is_taken = false;
  };
  void ForgetIdle(Time now);

  std::mutex mutex_;
  std::map<std::string, Place> places_;
};

// A session that a call has. One whose call ends early, because its client is gone, is over.
class HeldImport {
 public:
  HeldImport(ImportSessions& sessions, const ImportSession& session) : sessions_(&sessions), id_(session.id()) {}
  HeldImport(const HeldImport&) = delete;
  ~HeldImport() {
    if (sessions_ != nullptr) sessions_->Remove(id_);
  }
  void GiveBack(Time now) { std::exchange(sessions_, nullptr)->GiveBack(id_, now); }

 private:
  ImportSessions* sessions_;
  std::string id_;
};

}  // namespace assay
