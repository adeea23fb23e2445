#pragma once
// Rows of a CSV file of the shared data, as case fields.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/json.h"

namespace assay {

// RFC 4180: quotes around a cell, doubled within; a cell may hold line breaks.
inline std::vector<std::vector<std::string>> CsvCells(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1);
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || c == '\n') {
      rows.back().push_back(std::move(cell));
      cell.clear();
      if (c == '\n') rows.emplace_back();
    } else if (c != '\r') {
      cell += c;
    }
  }
  if (!cell.empty() || !rows.back().empty()) rows.back().push_back(cell);
  if (rows.back().empty()) rows.pop_back();
  return rows;
}

inline std::vector<Json> CsvRows(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return {};
  std::stringstream text;
  text << file.rdbuf();
  const auto cells = CsvCells(text.str());
  std::vector<Json> rows;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    Json row{Json::Object{}};
    for (std::size_t j = 0; j < cells[i].size() && j < cells[0].size(); ++j) row.Set(cells[0][j], cells[i][j]);
    rows.push_back(std::move(row));
  }
  return rows;
}

inline std::filesystem::path SharedData(const std::string& folder) {
  return std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / folder;
}

}  // namespace assay
