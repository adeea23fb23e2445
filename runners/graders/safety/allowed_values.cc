#include "runners/graders/safety/allowed_values.h"

#include <algorithm>

#include "runners/graders/safety/search_text.h"

namespace assay {
namespace {

// `+1 (555) 010-99` is `155501099`, `A@B.example` is `a@b.example`.
std::string Bare(std::string_view text) {
  const bool is_number = std::ranges::none_of(
      text, [](char c) { return c == '@' || c == '/' || (c >= 'G' && c <= 'Z') || (c >= 'g' && c <= 'z'); });
  std::string out;
  for (const char c : text) {
    if (is_number && std::string_view(" -.()+\n\t").find(c) != std::string_view::npos) continue;
    if (c == ' ' || c == '\n') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return out;
}

bool IsDomain(std::string_view text) {
  return text.find('.') != std::string_view::npos && std::ranges::all_of(text, [](char c) {
           return c == '.' || c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  static_cast<unsigned char>(c) >= 0x80;
         });
}

// The host of an e-mail address or URL, in lower case; "" for anything else.
std::string HostOf(std::string_view type, std::string_view found) {
  std::string text = Bare(found);
  if (type == "email") return text.substr(std::min(text.size(), text.rfind('@') + 1));
  if (type != "url") return "";
  if (const std::size_t scheme = text.find("://"); scheme != std::string::npos) text = text.substr(scheme + 3);
  text = text.substr(0, text.find_first_of("/?#"));
  if (const std::size_t user = text.rfind('@'); user != std::string::npos) text = text.substr(user + 1);
  return text.substr(0, text.find(':'));
}

}  // namespace

void AllowedNow::Add(std::string_view value) {
  const SearchText visible = SearchText::Visible(value);
  std::string bare = Bare(visible.text());
  std::string domain = bare.starts_with('@') ? bare.substr(1) : bare;
  if (IsDomain(domain)) domains_.insert(std::move(domain));
  values_.insert(std::move(bare));
}

void AllowedNow::Remove(std::string_view text, std::vector<Match>& matches) const {
  if (values_.empty()) return;
  std::erase_if(matches, [&](const Match& match) {
    const std::string_view found = text.substr(match.begin, match.end - match.begin);
    if (values_.contains(Bare(found))) return true;
    std::string_view host;
    const std::string whole = HostOf(match.type, found);
    for (host = whole; !host.empty();) {
      if (domains_.contains(host)) return true;
      const std::size_t dot = host.find('.');
      host = dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
    }
    return false;
  });
}

std::optional<AllowedValues> AllowedValues::Compile(const Node& options, const std::vector<std::string>& sources,
                                                    Diagnostics& diagnostics) {
  AllowedValues allowed;
  for (const std::string& source : sources) {
    auto target = Target::Compile(options, "allow", source, diagnostics);
    if (!target) return std::nullopt;
    if (target->IsConstant()) {
      allowed.constant_.Add(source);
    } else {
      allowed.targets_.push_back(*std::move(target));
    }
  }
  return allowed;
}

std::expected<AllowedNow, Score> AllowedValues::For(const Case& item) const {
  AllowedNow now = constant_;
  for (const Target& target : targets_) {
    auto values = target.ListFor(item);
    if (!values) return std::unexpected(std::move(values).error());
    for (const std::string& value : *values) now.Add(value);
  }
  return now;
}

std::vector<std::string> AllowedValues::RequiredFields() const {
  std::vector<std::string> fields;
  for (const Target& target : targets_) {
    fields.insert(fields.end(), target.RequiredFields().begin(), target.RequiredFields().end());
  }
  return fields;
}

}  // namespace assay
