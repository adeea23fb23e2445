#pragma once
// Progress on stderr: a bar that redraws itself on a terminal, a line every few seconds elsewhere.

#include <chrono>
#include <cstdint>
#include <string>

namespace assay {

// One line of at most `width` characters: the bar is left out where there is no room for it, then the end is.
std::string ProgressLine(const std::string& label, std::int64_t done, std::int64_t total, const std::string& state,
                         std::size_t width);

class Progress {
 public:
  explicit Progress(std::string label);
  ~Progress() { End(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(std::int64_t done, std::int64_t total, const std::string& state);
  // Leaves the terminal's line clean. Idempotent.
  void End();

 private:
  const std::string label_;
  const bool is_terminal_;
  bool has_line_ = false;
  std::string last_text_;
  std::chrono::steady_clock::time_point last_time_{};
};

}  // namespace assay
