#pragma once
// SQL in tokens. Only for the files sql*.cc.

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "runners/graders/structure/sql_dialect.h"

namespace assay {

enum class SqlTokenKind { kWord, kQuotedName, kText, kNumber, kParameter, kSymbol, kEnd };

struct SqlToken {
  SqlTokenKind kind = SqlTokenKind::kEnd;
  std::string_view text;  // as it is written
  std::string name;       // of a word or a quoted name: as the database knows it
  std::size_t line = 1;
};

// The last token is kEnd. kInvalidArgument for what is no SQL in this dialect: a text or comment that is not closed, a
// character that nothing begins with. kUnimplemented for what changes the meaning of what follows in ways that are not
// known here (MySQL's /*! … */). Linear.
Result<std::vector<SqlToken>> ReadSqlTokens(std::string_view text, SqlDialect dialect);

// Whether the letters are the same in upper or lower case (of ASCII).
bool IsSqlWord(std::string_view text, std::string_view upper_case);

}  // namespace assay
