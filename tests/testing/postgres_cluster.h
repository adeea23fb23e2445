#pragma once
// A private PostgreSQL for tests: made by initdb in a temporary folder, reached through a Unix socket in it, run by an
// unprivileged user, and gone with the process, also when that crashes.

#include <string>

namespace assay::testing {

class PostgresCluster {
 public:
  // Whether PostgreSQL 15's programs are here. Tests that need them are skipped otherwise: GTEST_SKIP() << kMissing.
  static bool IsInstalled();
  static constexpr char kMissing[] =
      "skipped: PostgreSQL 15 is not installed (/usr/lib/postgresql/15/bin); scripts/setup installs it";

  // The cluster of this process, started at the first call. Aborts with the server's words when it does not start.
  static PostgresCluster& Shared();

  enum class Durability { kNone, kDurable };
  // kDurable waits for the disk, as a real server does; for measuring.
  explicit PostgresCluster(Durability durability = Durability::kNone);
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  // Ends the server at once, and starts it on the same files.
  void Stop();
  void Start();

  // The postgresql:// location of a new, empty database.
  std::string CreateDatabase();

 private:
  std::string folder_;
  std::string user_;
  Durability durability_;
  int process_ = -1;
  int log_ = -1;
  int databases_ = 0;
};

}  // namespace assay::testing
