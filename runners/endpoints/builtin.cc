#include <array>

#include "runners/endpoints/endpoint.h"
#include "runners/endpoints/provider.h"

namespace assay {

#define PROVIDER(word, Name)                                                       \
  Result<std::unique_ptr<Provider>> Make##Name##Provider(ProviderOptions options); \
  PluginKind Name##ProviderKind();
#include "runners/endpoints/builtin.def"
#undef PROVIDER

namespace {

struct Entry {
  std::string_view word;
  ProviderFactory make;
  PluginKind (*kind)();
};

constexpr auto kProviders = std::to_array<Entry>({
#define PROVIDER(word, Name) {word, &Make##Name##Provider, &Name##ProviderKind},
#include "runners/endpoints/builtin.def"
#undef PROVIDER
});

}  // namespace

ProviderFactory FindProvider(std::string_view word) {
  for (const Entry& entry : kProviders) {
    if (entry.word == word) return entry.make;
  }
  return nullptr;
}

std::vector<std::string> ProviderWords() {
  std::vector<std::string> words;
  for (const Entry& entry : kProviders) words.emplace_back(entry.word);
  return words;
}

std::vector<PluginKind> ProviderKinds() {
  std::vector<PluginKind> kinds;
  for (const Entry& entry : kProviders) {
    PluginKind kind = entry.kind();
    kind.name = entry.word;
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

}  // namespace assay
