#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

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

}  // namespace

Progress::Progress(std::string label) : label_(std::move(label)), is_terminal_(IsTerminal()) {}

void Progress::Show(std::int64_t done, std::int64_t total, const std::string& state) {
  const std::string numbers = std::to_string(done) + "/" + std::to_string(total);
  if (is_terminal_) {
    std::fprintf(stderr, "\r\x1b[2K%s %s %s %s", label_.c_str(), Bar(done, total).c_str(), numbers.c_str(),
                 state.c_str());
    std::fflush(stderr);
    has_line_ = true;
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  const std::string text = label_ + ": " + numbers + " " + state;
  const bool is_due = last_text_.empty() || (text != last_text_ && now - last_time_ >= kLineInterval);
  if (!is_due) return;
  std::fprintf(stderr, "%s\n", text.c_str());
  last_text_ = text;
  last_time_ = now;
}

void Progress::End() {
  if (!has_line_) return;
  std::fputs("\r\x1b[2K", stderr);
  has_line_ = false;
}

}  // namespace assay
