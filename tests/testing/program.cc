#include "tests/testing/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace assay::testing {
namespace {

constexpr std::chrono::seconds kPatience{60};

std::string ReadWhole(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

pid_t Spawn(const std::string& program, const std::vector<std::string>& arguments, const Environment& environment,
            int output, int errors) {
  const std::string path = std::filesystem::path(ASSAY_BINARY_DIR) / "bin" / program;
  std::vector<char*> words{const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t process = fork();
  if (process != 0) return process;
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  execv(path.c_str(), words.data());
  _exit(127);
}

// The exit code of a child, which is killed when it does not end in time.
int Await(pid_t process) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  pollfd wanted{descriptor, POLLIN, 0};
  const int ended = poll(&wanted, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count()));
  close(descriptor);
  if (ended != 1) kill(process, SIGKILL);
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string ReadLine(int descriptor) {
  std::string line;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wanted{descriptor, POLLIN, 0};
    if (left.count() <= 0 || poll(&wanted, 1, static_cast<int>(left.count())) != 1) return line;
    char c = 0;
    if (read(descriptor, &c, 1) != 1 || c == '\n') return line;
    line += c;
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "assay-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::Write(const std::string& name, const std::string& text) const {
  const std::filesystem::path path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

ProgramEnd RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                      const Environment& environment) {
  const TemporaryFolder folder;
  const std::filesystem::path output = folder.Write("output", "");
  const std::filesystem::path errors = folder.Write("errors", "");
  const int output_file = open(output.c_str(), O_WRONLY | O_CLOEXEC);
  const int errors_file = open(errors.c_str(), O_WRONLY | O_CLOEXEC);
  const pid_t process = Spawn(program, arguments, environment, output_file, errors_file);
  close(output_file);
  close(errors_file);
  ProgramEnd end;
  end.exit_code = Await(process);
  end.output = ReadWhole(output);
  end.errors = ReadWhole(errors);
  return end;
}

Server::Server(const std::string& program, const std::vector<std::string>& arguments, const Environment& environment) {
  const int errors = open((folder_.path() / "errors").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) std::abort();
  process_ = Spawn(program, arguments, environment, output[1], errors);
  close(output[1]);
  close(errors);
  first_line_ = ReadLine(output[0]);
  close(output[0]);  // what it prints later is of no interest; SIGPIPE is ignored by our servers
}

Server::~Server() {
  if (process_ > 0) End(SIGKILL);
}

int Server::PortAfter(const std::string& word) const {
  const std::size_t at = first_line_.find(word);
  if (at == std::string::npos) return 0;
  return std::atoi(first_line_.c_str() + at + word.size());
}

std::string Server::errors() const { return ReadWhole(folder_.path() / "errors"); }

void Server::Signal(int signal) const { kill(process_, signal); }

int Server::End(int signal) {
  Signal(signal);
  const int code = Await(process_);
  process_ = -1;
  return code;
}

}  // namespace assay::testing
