#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/log_commands.h"
#include "cli/table.h"

namespace assay {
namespace {

constexpr std::chrono::seconds kLineInterval{10};
constexpr int kBarWidth = 30;

bool IsTerminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

std::string Bar(std::int64_t done, std::int64_t total) {
  const auto filled = static_cast<std::size_t>(total > 0 ? done * kBarWidth / total : 0);
  std::string bar;
  for (std::size_t i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "░";
  return bar;
}

// The columns of the terminal at stderr. A line that is longer wraps, and cannot be drawn over.
std::size_t TerminalWidth() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int width = columns == nullptr ? 0 : std::atoi(columns);
  return width > 0 ? static_cast<std::size_t>(width) : kUsual;
}

}  // namespace

std::string ProgressLine(const std::string& label, std::int64_t done, std::int64_t total, const std::string& state,
                         std::size_t width) {
  const std::string numbers = std::to_string(done) + "/" + std::to_string(total) + " " + state;
  const std::string text = label + " " + numbers;
  if (text.size() + kBarWidth + 1 <= width) return label + " " + Bar(done, total) + " " + numbers;
  return Excerpt(text, text.size() <= width ? width : width > 1 ? width - 1 : 1);
}

Progress::Progress(std::string label) : label_(std::move(label)), is_terminal_(IsTerminal()) {}

void Progress::Show(std::int64_t done, std::int64_t total, const std::string& state) {
  if (is_terminal_) {
    const std::string line = ProgressLine(label_, done, total, state, TerminalWidth() - 1);
    std::fprintf(stderr, "\r\x1b[2K%s", line.c_str());
    std::fflush(stderr);
    has_line_ = true;
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  const std::string text = label_ + ": " + std::to_string(done) + "/" + std::to_string(total) + " " + state;
  const bool is_due = last_text_.empty() || (text != last_text_ && now - last_time_ >= kLineInterval);
  if (!is_due) return;
  std::fprintf(stderr, "%s\n", Printable(text).c_str());
  last_text_ = text;
  last_time_ = now;
}

void Progress::End() {
  if (!has_line_) return;
  std::fputs("\r\x1b[2K", stderr);
  has_line_ = false;
}

}  // namespace assay
