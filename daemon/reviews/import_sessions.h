#pragma once
// Files that come in, a piece a call: what is held of each between two calls is a reader with at most one record.

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/reviews/review_interchange.h"

namespace assay {

// The hashes of a file in blocks, so that it can be held against them before its end.
class FileBlocks {
 public:
  static constexpr std::size_t kBytes = 1u << 20;  // of each, the last may be shorter

  // What is whole: full blocks, and the last one where `is_last`. Holds less than a block.
  std::vector<std::string> Add(std::string_view bytes, bool is_last);

 private:
  std::string held_;
};

// A file of labels as a dry run read it: what an approval of bringing it in is of.
struct ImportSurvey {
  std::string text = {};                 // queue, gate, format, size, hash and counts: the diff of the change
  std::vector<std::string> blocks = {};  // hexadecimal SHA-256 of each
};

struct ReadRecord {
  ExchangeRecord record = {};
  std::int64_t line = 0;
};

// A file under way. One call at a time has it (ImportSessions::Take).
class ImportSession {
 public:
  // `gate`: reads the queue; "" none. `approved`: of the approval that the import has. kInvalidArgument for a format
  // that is only written.
  static Result<std::shared_ptr<ImportSession>> Begin(std::string id, std::string owner, std::string project,
                                                      const ExchangeFormat& format, const ImportOptions& options,
                                                      ImportArguments arguments, std::string gate,
                                                      std::optional<ImportSurvey> approved);

  // Reads the piece and, with the last one, the end: what was read waits in records(), what is wrong stands in
  // progress(). With an approval only what was approved is read: kPermissionDenied for another file.
  Status Read(std::string_view bytes, bool is_last);
  void Refuse(RefusedRow row);

  // Whether labels that are new may be taken in for good.
  bool MayTakeLabels() const { return progress.gate.empty() || approved_.has_value() || arguments.is_dry_run; }
  // Of a dry run that is at its end.
  ImportSurvey Survey();

  // Of a dry run: what became of items that an earlier row has changed. Of the last kMostChanged of them.
  static constexpr std::size_t kMostChanged = 5'000;
  std::optional<ItemState> Changed(const std::string& item) const;
  void Change(const ItemState& state);

  const std::string& id() const { return progress.import; }
  const std::string owner;
  const std::string project;
  const ImportArguments arguments;
  ImportProgress progress = {};
  std::vector<ReadRecord> records = {};
  bool has_labels = false;  // that are new, of items of ours
  // What came in of each version of a suite, by name and content version: of the first kMostSuites of them.
  static constexpr std::size_t kMostSuites = 100;
  struct OfSuite {
    std::int64_t items = 0;
    std::int64_t judgements = 0;
  };
  std::map<std::pair<std::string, std::string>, OfSuite> of_suites = {};
  void CountTaken(const std::string& suite, const std::string& version, std::int64_t judgements);
  std::string sha256 = {};    // of the whole file, once it was read
  std::int64_t revision = 0;  // of what is kept of the import

 private:
  ImportSession(std::string id, std::string by, std::string of, ImportArguments how)
      : owner(std::move(by)), project(std::move(of)), arguments(std::move(how)) {
    progress.import = std::move(id);
  }
  Status CheckBlocks(std::span<const std::string> blocks);

  std::unique_ptr<RecordReader> reader_;
  std::int64_t line_ = 0;
  std::optional<ImportSurvey> approved_ = {};
  FileBlocks blocks_ = {};
  FileDigest digest_ = {};
  std::string unread_ = {};             // of an approved file: the beginning of a block
  std::vector<std::string> seen_ = {};  // blocks, of a dry run
  std::size_t next_block_ = 0;
  std::map<std::string, ItemState> changed_ = {};
  std::deque<std::string> changed_order_ = {};
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
