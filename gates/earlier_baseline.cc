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

EarlierBaseline::EarlierBaseline(std::string suite, const std::vector<std::string>& metrics, std::int64_t cases)
    : suite_(std::move(suite)), cases_(cases) {
  const auto size = static_cast<std::size_t>(cases);
  for (const std::string& metric : metrics) {
    columns_.emplace(metric, Column{.sums = std::vector<double>(size),
                                    .counts = std::vector<std::int32_t>(size),
                                    .left_out = std::vector<bool>(size),
                                    .is_asked = std::vector<bool>(size),
                                    .runs = {}});
  }
}

void EarlierBaseline::ExpectAsked(const SuiteObservations& now) {
  for (auto& [name, column] : columns_) {
    const auto metric = now.FindMetric(name);
    if (!metric || now.cases() != cases_) continue;
    for (std::size_t ordinal = 0; ordinal < column.is_asked.size(); ++ordinal)
      column.is_asked[ordinal] = now.Asks(*metric, ordinal) && now.Tallies(*metric)[ordinal].Accounted() > 0;
  }
}

void EarlierBaseline::Add(const std::string& run, const SuiteObservations& shown,
                          std::span<const std::uint32_t> ordinals, std::span<const std::string> metrics) {
  runs_.push_back(run);
  for (const std::string& name : metrics) {
    const auto metric = shown.FindMetric(name);
    const auto found = columns_.find(name);
    if (!metric || found == columns_.end()) continue;
    Column& column = found->second;
    column.runs.push_back(run);
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

void EarlierBaseline::Add(const std::string& run, const SuiteObservations& shown,
                          std::span<const std::uint32_t> ordinals) {
  std::vector<std::string> all;
  for (const auto& [name, column] : columns_) all.push_back(name);
  Add(run, shown, ordinals, all);
}

std::map<std::string, std::vector<std::string>> EarlierBaseline::PartialRuns() const {
  std::map<std::string, std::vector<std::string>> partial;
  for (const auto& [name, column] : columns_) {
    if (column.runs != runs_) partial.emplace(name, column.runs);
  }
  return partial;
}

std::optional<double> EarlierBaseline::ValueOf(const std::string& metric, std::size_t ordinal) const {
  const auto column = columns_.find(metric);
  if (column == columns_.end() || column->second.counts[ordinal] == 0) return std::nullopt;
  return column->second.sums[ordinal] / column->second.counts[ordinal];
}

bool EarlierBaseline::Has(const std::string& metric) const {
  const auto column = columns_.find(metric);
  return column != columns_.end() && std::ranges::any_of(column->second.counts, [](int count) { return count > 0; });
}

std::int64_t EarlierBaseline::CountFewer(const std::string& metric, std::span<const std::uint32_t> ordinals,
                                         int runs) const {
  const Column& column = columns_.at(metric);
  return std::ranges::count_if(ordinals, [&](std::uint32_t ordinal) { return column.IsInFewerThan(runs, ordinal); });
}

std::int64_t EarlierBaseline::CountFewer(const std::string& metric, int runs) const {
  std::vector<std::uint32_t> all(static_cast<std::size_t>(cases_));
  std::iota(all.begin(), all.end(), 0u);
  return CountFewer(metric, all, runs);
}

EarlierBaseline EarlierBaseline::Part(std::span<const std::uint32_t> ordinals) const {
  EarlierBaseline part(suite_, {}, static_cast<std::int64_t>(ordinals.size()));
  part.runs_ = runs_;
  for (const auto& [name, column] : columns_) {
    Column& of_part = part.columns_[name];
    of_part.runs = column.runs;
    for (const std::uint32_t ordinal : ordinals) {
      of_part.sums.push_back(column.sums[ordinal]);
      of_part.counts.push_back(column.counts[ordinal]);
      of_part.left_out.push_back(column.left_out[ordinal]);
      of_part.is_asked.push_back(column.is_asked[ordinal]);
    }
  }
  return part;
}

}  // namespace assay
