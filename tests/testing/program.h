#pragma once
// The product's programs as child processes: real binaries, real sockets, killed and waited for by their process id.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace assay::testing {

// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  // Writes a file in it and returns its path.
  std::filesystem::path Write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

struct ProgramEnd {
  int exit_code = -1;  // 128 + signal when it was killed
  std::string output;
  std::string errors;
};

using Environment = std::map<std::string, std::string>;

// Runs a program of the build folder ("assay"), or of a path that begins with /, to its end; one that does not end
// within a minute is killed.
ProgramEnd RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                      const Environment& environment = {});

// A program, named likewise, that serves. Killed at the end of its life, if it still runs.
class Server {
 public:
  // Starts it and waits for its first line on stdout, at most a minute; the line is "" when it ended before.
  Server(const std::string& program, const std::vector<std::string>& arguments, const Environment& environment = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string& first_line() const { return first_line_; }
  // The first number after `word` in the first line; 0 when there is none.
  int PortAfter(const std::string& word) const;
  pid_t process() const { return process_; }
  // What it wrote to stderr so far.
  std::string errors() const;
  // Sends a signal and goes on.
  void Signal(int signal) const;
  // Sends a signal and waits for its end; kills it after a minute. The exit code as in ProgramEnd.
  int End(int signal);

 private:
  TemporaryFolder folder_;
  pid_t process_ = -1;
  std::string first_line_;
};

}  // namespace assay::testing
