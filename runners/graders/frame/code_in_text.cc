#include "runners/graders/frame/code_in_text.h"

#include <algorithm>
#include <optional>

namespace assay {
namespace {

struct Fence {
  char mark = '`';
  std::size_t length = 0;
  std::string_view info;  // what follows it on its line
};

// What `line`, without its end, is the fence of.
std::optional<Fence> FenceOf(std::string_view line) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  if (indent > 3 || indent == line.size()) return std::nullopt;
  line.remove_prefix(indent);
  Fence fence{line[0], std::min(line.find_first_not_of(line[0]), line.size()), {}};
  if ((fence.mark != '`' && fence.mark != '~') || fence.length < 3) return std::nullopt;
  line.remove_prefix(fence.length);
  const std::size_t first = std::min(line.find_first_not_of(" \t\r"), line.size());
  fence.info = line.substr(first);
  if (fence.mark == '`' && fence.info.find('`') != std::string_view::npos) return std::nullopt;
  return fence;
}

}  // namespace

std::vector<CodeBlock> FindCodeBlocks(std::string_view text) {
  std::vector<CodeBlock> blocks;
  std::optional<Fence> open;
  std::size_t whole = 0;  // where the open block and its code begin
  std::size_t code = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = std::min(text.find('\n', at), text.size());
    const std::size_t next = std::min(newline + 1, text.size());
    const std::optional<Fence> fence = FenceOf(text.substr(at, newline - at));
    if (open && fence && fence->mark == open->mark && fence->length >= open->length && fence->info.empty()) {
      blocks.back().code = text.substr(code, at - code);
      blocks.back().whole = text.substr(whole, next - whole);
      blocks.back().is_closed = true;
      open.reset();
    } else if (!open && fence) {
      open = fence;
      whole = at;
      code = next;
      const std::size_t end = std::min(fence->info.find_first_of(" \t\r"), fence->info.size());
      blocks.push_back({fence->info.substr(0, end), text.substr(code), text.substr(whole), false});
    }
    at = next;
  }
  return blocks;
}

}  // namespace assay
