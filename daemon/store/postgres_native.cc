// PostgreSQL's fast paths: COPY in binary (no escaping of a response's text on either side) and a cursor read in
// binary blocks.

#include <libpq-fe.h>

#include <bit>
#include <cstring>

#include "daemon/store/native.h"
#include "daemon/store/text.h"

namespace assay {
namespace {

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

constexpr std::size_t kSendBytes = 64 << 10;
constexpr int kFetchRows = 10000;

std::string_view Chomp(const char* message) {
  std::string_view text = message == nullptr ? "" : message;
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

Error ErrorOf(PGconn* connection, const PGresult* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const bool lost = PQstatus(connection) == CONNECTION_BAD;
  const char* message = result == nullptr ? nullptr : PQresultErrorMessage(result);
  if (message == nullptr || *message == '\0') message = PQerrorMessage(connection);
  return PostgresError(lost || state == nullptr ? "" : state, Chomp(message));
}

template <class Integer>
void AppendBigEndian(std::string& out, Integer value) {
  for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xFF));
  }
}

class Sink final : public RowSink {
 public:
  Sink(PGconn* connection, std::string_view types) : connection_(connection), types_(types) {
    buffer_.reserve(2 * kSendBytes);
    buffer_.append("PGCOPY\n\377\r\n\0", 11);
    AppendBigEndian(buffer_, std::int32_t{0});  // flags
    AppendBigEndian(buffer_, std::int32_t{0});  // length of the header's extension
  }

  void Int(std::int64_t value) override {
    switch (Next()) {
      case 's':
        AppendBigEndian(buffer_, std::int32_t{2});
        AppendBigEndian(buffer_, static_cast<std::int16_t>(value));
        break;
      case 'n':
        AppendBigEndian(buffer_, std::int32_t{4});
        AppendBigEndian(buffer_, static_cast<std::int32_t>(value));
        break;
      default:
        AppendBigEndian(buffer_, std::int32_t{8});
        AppendBigEndian(buffer_, value);
        break;
    }
  }
  void Real(double value) override {
    Next();
    AppendBigEndian(buffer_, std::int32_t{8});
    AppendBigEndian(buffer_, std::bit_cast<std::int64_t>(value));
  }
  void Text(std::string_view value) override {
    Next();
    const std::string_view text = StorableText(value, scratch_);
    AppendBigEndian(buffer_, static_cast<std::int32_t>(text.size()));
    buffer_.append(text);
  }
  void Null() override {
    Next();
    AppendBigEndian(buffer_, std::int32_t{-1});
  }
  void EndRow() override {
    column_ = 0;
    if (buffer_.size() >= kSendBytes) Send();
  }

  // Sends the rest with the trailer; false when the connection does not take it.
  bool Finish() {
    AppendBigEndian(buffer_, std::int16_t{-1});
    Send();
    return !failed_;
  }

 private:
  char Next() {
    if (column_ == 0) AppendBigEndian(buffer_, static_cast<std::int16_t>(types_.size()));
    return types_[column_++];
  }
  void Send() {
    if (!failed_) failed_ = PQputCopyData(connection_, buffer_.data(), static_cast<int>(buffer_.size())) != 1;
    buffer_.clear();
  }

  PGconn* connection_;
  std::string_view types_;
  std::size_t column_ = 0;
  std::string buffer_;
  std::string scratch_;
  bool failed_ = false;
};

class Row final : public RowView {
 public:
  explicit Row(const PGresult* result) : result_(result) {}
  void MoveTo(int row) { row_ = row; }
  bool IsNull(int column) const override { return PQgetisnull(result_, row_, column) == 1; }
  std::int64_t Int(int column) const override {
    const std::uint64_t bits = Bits(column);
    switch (PQgetlength(result_, row_, column)) {
      case 2:
        return static_cast<std::int16_t>(bits);
      case 4:
        return static_cast<std::int32_t>(bits);
      default:
        return static_cast<std::int64_t>(bits);
    }
  }
  double Real(int column) const override { return std::bit_cast<double>(Bits(column)); }
  std::string_view Text(int column) const override {
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }

 private:
  std::uint64_t Bits(int column) const {
    const char* bytes = PQgetvalue(result_, row_, column);
    const int length = PQgetlength(result_, row_, column);
    std::uint64_t bits = 0;
    for (int i = 0; i < length && i < 8; ++i) bits = (bits << 8) | static_cast<unsigned char>(bytes[i]);
    return bits;
  }

  const PGresult* result_;
  int row_ = 0;
};

class PostgresNative final : public NativeConnection {
 public:
  explicit PostgresNative(PGconn* connection) : connection_(connection) {}

  Status Insert(const BulkTable& table, const std::function<void(RowSink&)>& rows) override {
    std::string query = "COPY ";
    query.append(table.name).append(" (").append(table.columns).append(") FROM STDIN (FORMAT binary)");
    {
      const Answer started(PQexec(connection_, query.c_str()));
      if (PQresultStatus(started.get()) != PGRES_COPY_IN) return Fail(ErrorOf(connection_, started.get()));
    }
    Sink sink(connection_, table.types);
    rows(sink);
    const bool sent = sink.Finish() && PQputCopyEnd(connection_, nullptr) == 1;
    Status status;
    if (!sent) status = Fail(ErrorOf(connection_, nullptr));
    while (const Answer answer{PQgetResult(connection_)}) {
      if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) status = Fail(ErrorOf(connection_, answer.get()));
      if (PQstatus(connection_) == CONNECTION_BAD) break;
    }
    return status;
  }

  Status Scan(const std::string& query, const std::function<void(const RowView&)>& row) override {
    ASSAY_TRY(Run("DECLARE scan NO SCROLL CURSOR FOR " + query));
    const std::string fetch = "FETCH " + std::to_string(kFetchRows) + " FROM scan";
    for (;;) {
      const Answer block(PQexecParams(connection_, fetch.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1));
      if (PQresultStatus(block.get()) != PGRES_TUPLES_OK) return Fail(ErrorOf(connection_, block.get()));
      Row view(block.get());
      const int rows = PQntuples(block.get());
      for (int i = 0; i < rows; ++i) {
        view.MoveTo(i);
        row(view);
      }
      if (rows < kFetchRows) break;
    }
    return Run("CLOSE scan");
  }

 private:
  Status Run(const std::string& query) {
    const Answer answer(PQexec(connection_, query.c_str()));
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return Fail(ErrorOf(connection_, answer.get()));
    return {};
  }

  PGconn* connection_;
};

}  // namespace

std::unique_ptr<NativeConnection> MakePostgresNative(void* handle) {
  return std::make_unique<PostgresNative>(static_cast<PGconn*>(handle));
}

Error PostgresError(std::string_view sqlstate, std::string_view message) {
  ErrorCode code = ErrorCode::kInternal;
  // Classes: 08 connection, 53 resources (disk full, too many connections), 57 operator intervention (shutdown),
  // 58 system error, 55P03 lock timeout, 25006 read-only server, 40 rolled back (deadlock).
  if (sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("53") || sqlstate.starts_with("57") ||
      sqlstate.starts_with("58") || sqlstate == "55P03" || sqlstate == "25006") {
    code = ErrorCode::kUnavailable;
  } else if (sqlstate == "23505") {
    code = ErrorCode::kAlreadyExists;
  } else if (sqlstate.starts_with("23")) {
    code = ErrorCode::kFailedPrecondition;
  } else if (sqlstate.starts_with("40")) {
    code = ErrorCode::kAborted;
  }
  return Error{code, "postgresql: " + std::string(message), std::nullopt};
}

}  // namespace assay
