#include "tests/testing/postgres_cluster.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace assay::testing {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "postgres cluster for tests: %s\n", message.c_str());
  std::abort();
}

struct User {
  uid_t id = 0;
  gid_t group = 0;
  std::string name;
};

// Whoever runs the tests, or postgres in place of root, whom PostgreSQL refuses.
User FindUser() {
  const passwd* entry = geteuid() == 0 ? getpwnam("postgres") : getpwuid(geteuid());
  if (entry == nullptr) Die("there is no user to run it");
  return {entry->pw_uid, entry->pw_gid, entry->pw_name};
}

// Starts a program as `user` with its output in `output`; it is stopped at once when this process ends.
pid_t StartAs(const User& user, const std::string& folder, std::vector<std::string> words, int output) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  // The kernel forgets the signal when the user changes, so the order matters.
  if (geteuid() == 0 && (setgid(user.group) != 0 || setuid(user.id) != 0)) _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (chdir(folder.c_str()) != 0) _exit(126);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

bool PostgresCluster::IsInstalled() {
  return access((std::string(kPrograms) + "initdb").c_str(), X_OK) == 0 &&
         access((std::string(kPrograms) + "postgres").c_str(), X_OK) == 0;
}

PostgresCluster& PostgresCluster::Shared() {
  static PostgresCluster cluster;
  return cluster;
}

PostgresCluster::PostgresCluster(Durability durability) : durability_(durability) {
  const User user = FindUser();
  user_ = user.name;
  std::string pattern = (std::filesystem::temp_directory_path() / "assay-postgres-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) Die("cannot make " + pattern);
  folder_ = pattern;
  if (geteuid() == 0 && chown(folder_.c_str(), user.id, user.group) != 0) Die("cannot give away " + folder_);
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const pid_t maker = StartAs(user, folder_,
                              {std::string(kPrograms) + "initdb", "--pgdata=" + folder_ + "/data", "--auth=trust",
                               "--encoding=UTF8", "--no-locale", "--no-sync", "--username=" + user_},
                              nothing);
  close(nothing);
  int made = 0;
  waitpid(maker, &made, 0);
  if (made != 0) Die("initdb failed");
  Start();
}

void PostgresCluster::Start() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Die("no pipe");
  log_ = ends[0];
  process_ = StartAs(
      FindUser(), folder_,
      {std::string(kPrograms) + "postgres", "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses=", "-c",
       durability_ == Durability::kDurable ? "fsync=on" : "fsync=off", "-c", "log_min_messages=log", "-c",
       "log_checkpoints=off", "-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB"},
      ends[1]);
  close(ends[1]);
  std::string words;
  while (words.find("ready to accept connections") == std::string::npos) {
    char buffer[4096];
    const ssize_t count = read(log_, buffer, sizeof(buffer));
    if (count <= 0) Die("the server did not start: " + words);
    words.append(buffer, static_cast<std::size_t>(count));
  }
}

void PostgresCluster::Stop() {
  kill(process_, SIGQUIT);
  waitpid(process_, nullptr, 0);
  close(log_);
  process_ = -1;
  log_ = -1;
}

PostgresCluster::~PostgresCluster() {
  if (process_ > 0) Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string PostgresCluster::CreateDatabase() {
  const std::string name = "test_" + std::to_string(++databases_);
  PGconn* connection = PQconnectdb(("host=" + folder_ + " user=" + user_ + " dbname=postgres").c_str());
  PGresult* result = PQexec(connection, ("CREATE DATABASE " + name).c_str());
  if (PQresultStatus(result) != PGRES_COMMAND_OK) Die(PQerrorMessage(connection));
  PQclear(result);
  PQfinish(connection);
  return "postgresql:///" + name + "?host=" + folder_ + "&user=" + user_;
}

}  // namespace assay::testing
