#pragma once
// The connections of a Store: one for writes, one at a time, and a few for reads, opened when first needed. A
// connection whose server has gone is replaced at the next call.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "daemon/store/sql.h"
#include "daemon/store/store.h"

namespace assay {

class Store::Connections {
 public:
  Connections(SqlLocation location, std::unique_ptr<Sql> writer);

  // Runs `work(Sql&)` as one transaction: committed if it returns a value, rolled back if it returns an error.
  template <class Work>
  std::invoke_result_t<Work, Sql&> Write(Work&& work, Sql::Transaction kind = Sql::Transaction::kWrite) {
    auto result = WriteUnobserved(std::forward<Work>(work), kind);
    if (!result) ObserveRefusal(result.error());
    return result;
  }

  // The last error of a write that the database itself refused, and when it was, until it is forgotten.
  struct Refusal {
    Error error;
    std::chrono::steady_clock::time_point at;
  };
  std::optional<Refusal> last_refusal() const;
  void Forget(const Refusal& refusal);  // unless there is a newer one

  // Runs `work(Sql&)` on one consistent state of the database.
  template <class Work>
  std::invoke_result_t<Work, Sql&> Read(Work&& work) {
    ASSAY_ASSIGN(const Lease lease, Borrow());
    ASSAY_TRY(lease->Begin(Sql::Transaction::kRead));
    auto result = work(*lease);
    lease->Rollback();
    return result;
  }

 private:
  template <class Work>
  std::invoke_result_t<Work, Sql&> WriteUnobserved(Work&& work, Sql::Transaction kind) {
    const std::lock_guard lock(writing_);
    ASSAY_TRY(Revive());
    ASSAY_TRY(writer_->Begin(kind));
    auto result = work(*writer_);
    if (!result) {
      writer_->Rollback();
      return result;
    }
    if (Status committed = writer_->Commit(); !committed) {
      writer_->Rollback();
      return std::unexpected(std::move(committed).error());
    }
    return result;
  }

  static constexpr int kMaxReaders = 4;
  struct Return {
    Connections* owner;
    void operator()(Sql* reader) const { owner->GiveBack(std::unique_ptr<Sql>(reader)); }
  };
  using Lease = std::unique_ptr<Sql, Return>;

  Status Revive();
  void ObserveRefusal(const Error& error);
  Result<Lease> Borrow();
  void GiveBack(std::unique_ptr<Sql> reader);

  const SqlLocation location_;
  std::mutex writing_;
  std::unique_ptr<Sql> writer_;  // guarded by writing_; null while it cannot be opened

  std::mutex reading_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Sql>> idle_;  // guarded by reading_, as is readers_
  int readers_ = 0;                         // open or being opened

  mutable std::mutex observing_;
  std::optional<Refusal> last_refusal_;  // guarded by observing_
};

}  // namespace assay
