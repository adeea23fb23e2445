// The Hungarian method with potentials: each row in turn is added along a cheapest augmenting path.

#include "runners/graders/text/assignment.h"

#include <limits>

namespace assay {
namespace {

// rows <= columns. `cost(row, column)` is to be small.
template <class Cost>
std::vector<std::size_t> CheapestPairs(std::size_t rows, std::size_t columns, Cost cost) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  // From 1; row and column 0 stand for none.
  std::vector<double> row_potential(rows + 1);
  std::vector<double> column_potential(columns + 1);
  std::vector<std::size_t> row_of(columns + 1);
  std::vector<std::size_t> previous(columns + 1);
  for (std::size_t row = 1; row <= rows; ++row) {
    row_of[0] = row;
    std::size_t column = 0;
    std::vector<double> slack(columns + 1, kInfinite);
    std::vector<bool> is_used(columns + 1);
    do {
      is_used[column] = true;
      const std::size_t from = row_of[column];
      double delta = kInfinite;
      std::size_t next = 0;
      for (std::size_t to = 1; to <= columns; ++to) {
        if (is_used[to]) continue;
        const double reduced = cost(from - 1, to - 1) - row_potential[from] - column_potential[to];
        if (reduced < slack[to]) {
          slack[to] = reduced;
          previous[to] = column;
        }
        if (slack[to] < delta) {
          delta = slack[to];
          next = to;
        }
      }
      for (std::size_t to = 0; to <= columns; ++to) {
        if (is_used[to]) {
          row_potential[row_of[to]] += delta;
          column_potential[to] -= delta;
        } else {
          slack[to] -= delta;
        }
      }
      column = next;
    } while (row_of[column] != 0);
    for (; column != 0; column = previous[column]) row_of[column] = row_of[previous[column]];
  }
  std::vector<std::size_t> column_of(rows, kNoPartner);
  for (std::size_t column = 1; column <= columns; ++column) {
    if (row_of[column] != 0) column_of[row_of[column] - 1] = column - 1;
  }
  return column_of;
}

}  // namespace

std::vector<std::size_t> BestPairs(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
  if (rows <= columns) {
    return CheapestPairs(rows, columns,
                         [&](std::size_t row, std::size_t column) { return -values[row * columns + column]; });
  }
  const std::vector<std::size_t> row_of = CheapestPairs(
      columns, rows, [&](std::size_t column, std::size_t row) { return -values[row * columns + column]; });
  std::vector<std::size_t> column_of(rows, kNoPartner);
  for (std::size_t column = 0; column < columns; ++column) column_of[row_of[column]] = column;
  return column_of;
}

}  // namespace assay
