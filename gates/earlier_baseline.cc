#include "gates/earlier_baseline.h"

#include <algorithm>
#include <numeric>

#include "gates/rules/reducer.h"

namespace assay {
namespace {

bool IsWhole(const SuiteObservations& shown, std::size_t metric, std::uint32_t ordinal) {
  return shown.Tallies(metric)[ordinal].scored == shown.trials();
}

}  // namespace

std::optional<double> WholeValueOf(const SuiteObservations& shown, std::size_t metric, std::uint32_t ordinal) {
  if (!IsWhole(shown, metric, ordinal)) return std::nullopt;
  return Reducer(shown, metric).ValueOf(ordinal);
}

EarlierBaseline::EarlierBaseline(std::string suite, std::vector<std::string> metrics, std::int64_t cases)
    : suite_(std::move(suite)), cases_(cases) {
  const auto size = static_cast<std::size_t>(cases);
  for (std::string& metric : metrics) {
    columns_.emplace(std::move(metric), Column{.sums = std::vector<double>(size),
                                               .counts = std::vector<std::int32_t>(size),
                                               .left_out = std::vector<bool>(size)});
  }
}

void EarlierBaseline::Add(const std::string& run, const SuiteObservations& shown,
                          std::span<const std::uint32_t> ordinals) {
  runs_.push_back(run);
  for (auto& [name, column] : columns_) {
    const auto metric = shown.FindMetric(name);
    if (!metric) continue;
    Reducer reducer(shown, *metric);
    for (const std::uint32_t ordinal : ordinals) {
      if (!shown.Asks(*metric, ordinal)) column.left_out[ordinal] = true;
      if (!IsWhole(shown, *metric, ordinal)) continue;
      const std::optional<double> value = reducer.ValueOf(ordinal);
      if (!value) continue;
      column.sums[ordinal] += *value;
      ++column.counts[ordinal];
    }
  }
}

std::optional<double> EarlierBaseline::ValueOf(const std::string& metric, std::size_t ordinal) const {
  const auto column = columns_.find(metric);
  if (column == columns_.end() || column->second.counts[ordinal] == 0) return std::nullopt;
  return column->second.sums[ordinal] / column->second.counts[ordinal];
}

std::int64_t EarlierBaseline::CountFewer(std::span<const std::uint32_t> ordinals, int runs) const {
  return std::ranges::count_if(ordinals, [&](std::uint32_t ordinal) {
    return std::ranges::any_of(columns_,
                               [&](const auto& column) { return column.second.IsInFewerThan(runs, ordinal); });
  });
}

std::int64_t EarlierBaseline::CountFewer(int runs) const {
  std::vector<std::uint32_t> all(static_cast<std::size_t>(cases_));
  std::iota(all.begin(), all.end(), 0u);
  return CountFewer(all, runs);
}

EarlierBaseline EarlierBaseline::Part(std::span<const std::uint32_t> ordinals) const {
  EarlierBaseline part(suite_, {}, static_cast<std::int64_t>(ordinals.size()));
  part.runs_ = runs_;
  for (const auto& [name, column] : columns_) {
    Column& of_part = part.columns_[name];
    for (const std::uint32_t ordinal : ordinals) {
      of_part.sums.push_back(column.sums[ordinal]);
      of_part.counts.push_back(column.counts[ordinal]);
      of_part.left_out.push_back(column.left_out[ordinal]);
    }
  }
  return part;
}

}  // namespace assay
