// The entries of a dataset one after the other: case ids, duplicates, limits.

#include "runners/dataset.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/digest.h"
#include "core/random.h"
#include "runners/dataset_bytes.h"
#include "runners/dataset_format.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/text_template.h"

namespace assay {

#define DATASET(extension, Name) std::unique_ptr<RowReader> Make##Name##Reader(DatasetInput&, const DatasetLimits&);
#include "runners/dataset_formats.def"
#undef DATASET

namespace {

constexpr std::size_t kMaxCaseId = 256;
constexpr std::size_t kTrackedIds = 1u << 17;

struct Format {
  std::string_view extension;
  std::unique_ptr<RowReader> (*make)(DatasetInput&, const DatasetLimits&);
};

constexpr Format kFormats[] = {
#define DATASET(extension, Name) {extension, &Make##Name##Reader},
#include "runners/dataset_formats.def"
#undef DATASET
};

Result<const Format*> FormatOf(const std::string& file) {
  std::string extension = std::filesystem::path(WithoutCompression(file)).extension().string();
  if (!extension.empty()) extension.erase(0, 1);
  for (const Format& format : kFormats) {
    if (format.extension == extension) return &format;
  }
  const auto listed = [](const std::vector<std::string>& extensions) {
    std::string text;
    for (const std::string& name : extensions) text += (text.empty() ? "." : ", .") + name;
    return text;
  };
  return Fail(ErrorCode::kInvalidArgument, file + ": the format cannot be told from the name; it must end in one of " +
                                               listed(DatasetFormats()) + ", and if compressed then in one of " +
                                               listed(DatasetCompressions()));
}

// 64-bit keys of case ids: open addressing, at most half full. Stops taking new ones at kTrackedIds.
class SeenIds {
 public:
  // Whether the key was added before.
  bool Add(std::uint64_t key) {
    key |= 1;  // 0 marks a free slot
    if (count_ >= kTrackedIds) return Slot(key) == key;
    if (2 * (count_ + 1) > slots_.size()) Grow();
    std::uint64_t& slot = Slot(key);
    if (slot == key) return true;
    slot = key;
    ++count_;
    return false;
  }

 private:
  std::uint64_t& Slot(std::uint64_t key) {
    std::size_t i = (key >> 1) & (slots_.size() - 1);
    while (slots_[i] != 0 && slots_[i] != key) i = (i + 1) & (slots_.size() - 1);
    return slots_[i];
  }
  void Grow() {
    std::vector<std::uint64_t> old(std::max<std::size_t>(1024, slots_.size() * 2));
    std::swap(old, slots_);
    for (const std::uint64_t key : old) {
      if (key != 0) Slot(key) = key;
    }
  }

  std::vector<std::uint64_t> slots_;
  std::size_t count_ = 0;
};

std::unexpected<Error> Repeated(const DatasetRow& row, const DatasetRow& earlier, bool is_named_by_hash) {
  return Fail(ErrorCode::kInvalidArgument,
              row.Place() + ": " +
                  (is_named_by_hash ? "the same row stands" : "case id " + Quoted(row.case_id) + " is used") +
                  " already at " + earlier.Place());
}

// What a suite reads of its rows beside the text of its prompt.
struct NamedFields {
  std::optional<std::string> cluster = {};
  std::vector<std::string> slices = {};
  std::vector<std::pair<std::string, std::string>> conditions = {};  // with the grader whose `when` it is
};

NamedFields NamedBy(const SuiteSpec& suite) {
  NamedFields named{.cluster = suite.cluster, .slices = suite.slices};
  for (const GraderSpec& grader : suite.graders) {
    for (const auto& [field, condition] : grader.when) {
      if (!condition.exists) named.conditions.emplace_back(field, grader.name);
    }
  }
  return named;
}

bool HasParts(const Json* value) { return value != nullptr && (value->is_array() || value->is_object()); }

class Dataset final : public DatasetReader {
 public:
  Dataset(std::vector<DatasetSpec> entries, NamedFields named, std::filesystem::path base_dir,
          const DatasetLimits& limits, bool find_duplicates)
      : entries_(std::move(entries)),
        named_(std::move(named)),
        base_dir_(std::move(base_dir)),
        limits_(limits),
        find_duplicates_(find_duplicates) {}

  Result<std::optional<DatasetRow>> Next() override {
    if (ended_) return std::nullopt;
    Result<std::optional<DatasetRow>> row = ReadRow();
    if (!row || !*row) ended_ = true;
    return row;
  }

  // Opens the next entry; false after the last.
  Result<bool> OpenNextEntry() {
    if (next_entry_ == entries_.size()) return false;
    const DatasetSpec& entry = entries_[next_entry_];
    ASSAY_ASSIGN(const Format* format, FormatOf(entry.file));
    reader_.reset();
    ASSAY_ASSIGN(input_, DatasetInput::Open(base_dir_ / entry.file, entry.file));
    reader_ = format->make(*input_, limits_);
    ++next_entry_;
    return true;
  }

  // A row of the open entry; nullopt at its end.
  Result<std::optional<DatasetRow>> ReadRowOfEntry() {
    Result<std::optional<DatasetRecord>> next = reader_->Next();
    ASSAY_TRY(input_->state());  // first: of a row that the bytes do not cover, whatever the reader says is a guess
    ASSAY_ASSIGN(std::optional<DatasetRecord> record, std::move(next));
    if (!record) return std::nullopt;
    const DatasetSpec& entry = entries_[next_entry_ - 1];
    DatasetRow row{ordinal_, "", std::move(record->fields), entry.file, record->line};
    if (ordinal_ >= limits_.max_rows) {
      return Fail(ErrorCode::kResourceExhausted,
                  row.Place() + ": more than " + std::to_string(limits_.max_rows) + " rows");
    }
    ASSAY_TRY(NameCase(entry, row));
    ASSAY_TRY(SetProvenance(entry, row));
    if (named_.cluster) ASSAY_TRY(SetCluster(*named_.cluster, row));
    ASSAY_TRY(CheckPlain(row));
    if (find_duplicates_) ASSAY_TRY(CheckUnique(row));
    ++ordinal_;
    return row;
  }

 private:
  Result<std::optional<DatasetRow>> ReadRow() {
    while (true) {
      if (!reader_) {
        ASSAY_ASSIGN(const bool opened, OpenNextEntry());
        if (!opened) return std::nullopt;
      }
      ASSAY_ASSIGN(std::optional<DatasetRow> row, ReadRowOfEntry());
      if (row) return row;
      reader_.reset();
    }
  }

  static Status NameCase(const DatasetSpec& entry, DatasetRow& row) {
    if (!entry.id) {
      row.hash = Sha256Hex(row.fields.DumpCanonical());
      row.case_id = row.hash.substr(0, 16);
      return {};
    }
    const auto wrong = [&](const std::string& what) {
      return Fail(ErrorCode::kInvalidArgument, row.Place() + ": " + what);
    };
    const Json* id = FindField(row.fields, *entry.id);
    if (id == nullptr) return wrong("the row has no field \"" + *entry.id + "\" to name the case");
    if (id->is_integer()) {
      row.case_id = std::to_string(id->as_integer());
    } else if (id->is_string()) {
      row.case_id = id->as_string();
    } else {
      return wrong("field \"" + *entry.id + "\" names the case and must be a text or a whole number, not " +
                   CutText(id->Dump(), 40));
    }
    if (row.case_id.empty()) return wrong("field \"" + *entry.id + "\" names the case and is empty");
    if (row.case_id.size() > kMaxCaseId)
      return wrong("case id " + Quoted(row.case_id, 40) + " is longer than 256 bytes");
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(row.case_id.begin(), row.case_id.end(), is_control)) {
      return wrong("case id " + Quoted(row.case_id, 40) + " has a control character");
    }
    return {};
  }

  // After the case has its name, which does not depend on what its entry says of it.
  static Status SetProvenance(const DatasetSpec& entry, DatasetRow& row) {
    if (!entry.provenance && !entry.provenance_field) return {};
    const auto wrong = [&](const std::string& what) {
      return Fail(ErrorCode::kInvalidArgument, row.Place() + ": " + what);
    };
    const std::string field = entry.provenance_field.value_or(kProvenanceField);
    const Json* said = FindField(row.fields, field);
    const bool is_said = said != nullptr && !said->is_null() && *said != Json("");
    if (!is_said && !entry.provenance)
      return wrong("the row has no field \"" + field + "\", which says where the case comes from");
    std::string word(entry.provenance ? WordOf(*entry.provenance) : "");
    if (is_said) {
      const bool is_known =
          said->is_string() && std::ranges::any_of(EnumWords<Provenance>::kWords,
                                                   [&](const auto& known) { return known.word == said->as_string(); });
      if (!is_known)
        return wrong("field \"" + field +
                     "\" says where the case comes from and must be production, synthetic, sme or corpus, not " +
                     CutText(said->Dump(), 40));
      word = said->as_string();
    }
    const Json* own = FindField(row.fields, kProvenanceField);
    if (own != nullptr && field != kProvenanceField && *own != Json(word))
      return wrong("field \"" + field + "\" says " + word + ", and field \"provenance\" says " +
                   CutText(own->Dump(), 40));
    row.adds_provenance = own == nullptr;
    row.fields.Set(kProvenanceField, word);
    return {};
  }

  // A case without a cluster could depend on any other, so that nothing could be bounded.
  static Status SetCluster(const std::string& field, DatasetRow& row) {
    const auto wrong = [&](const std::string& what) {
      return Fail(ErrorCode::kInvalidArgument, row.Place() + ": " + what);
    };
    const Json* value = FindField(row.fields, field);
    if (value == nullptr || value->is_null()) {
      return wrong("the row has no field \"" + field + "\", which says which cluster the case is of");
    }
    if (!value->is_integer() && !value->is_string()) {
      return wrong("field \"" + field +
                   "\" says which cluster the case is of and must be a text or a whole number, not " +
                   CutText(value->Dump(), 40));
    }
    row.cluster = value->is_string() ? value->as_string() : std::to_string(value->as_integer());
    if (row.cluster.empty()) return wrong("field \"" + field + "\" says which cluster the case is of and is empty");
    return {};
  }

  // What has parts has no value to split cases by, or to compare: all of them would be without one, and a rule on each
  // value would be a rule on none.
  Status CheckPlain(const DatasetRow& row) const {
    const auto wrong = [&](const std::string& field, const std::string& use, const Json& value) {
      return Fail(ErrorCode::kInvalidArgument, row.Place() + ": field \"" + field + "\" " + use +
                                                   " and must be a text, a number, true or false, not " +
                                                   CutText(value.Dump(), 40));
    };
    for (const std::string& slice : named_.slices) {
      const Json* value = row.fields.Find(slice);
      if (HasParts(value)) return wrong(slice, "is a slice", *value);
    }
    for (const auto& [field, grader] : named_.conditions) {
      const Json* value = FindField(row.fields, field);
      if (HasParts(value)) return wrong(field, "says whether grader \"" + grader + "\" is asked of the case", *value);
    }
    return {};
  }

  // Two ids may share a key, so the file is searched for the other row before an error is given.
  Status CheckUnique(const DatasetRow& row) {
    if (!seen_.Add(SeedFrom(row.case_id))) return {};
    Dataset again(entries_, {}, base_dir_, limits_, false);
    while (again.ordinal_ < row.ordinal) {
      ASSAY_ASSIGN(const std::optional<DatasetRow> earlier, again.Next());
      if (!earlier) break;
      if (earlier->case_id != row.case_id) continue;
      return Repeated(row, *earlier, !entries_[next_entry_ - 1].id);
    }
    return {};
  }

  std::vector<DatasetSpec> entries_;
  NamedFields named_;
  std::filesystem::path base_dir_;
  DatasetLimits limits_;
  bool find_duplicates_;
  std::size_t next_entry_ = 0;
  std::unique_ptr<DatasetInput> input_;
  std::unique_ptr<RowReader> reader_;  // of input_
  std::int64_t ordinal_ = 0;
  SeenIds seen_;
  bool ended_ = false;
};

// Whether a field names the cases of the entry that a row comes from.
bool HasId(const SuiteSpec& suite, const DatasetRow& row) {
  const auto entry = std::ranges::find(suite.dataset, row.file, &DatasetSpec::file);
  return entry != suite.dataset.end() && entry->id.has_value();
}

}  // namespace

std::optional<std::string> SliceText(const Json* field) {
  if (field == nullptr || field->is_null() || HasParts(field)) return std::nullopt;
  return field->is_string() ? field->as_string() : field->Dump();
}

Result<std::unique_ptr<DatasetReader>> OpenDataset(const SuiteSpec& suite, const std::filesystem::path& base_dir,
                                                   const DatasetLimits& limits) {
  // All entries are looked at now, so that a missing file shows before the first row is used.
  for (const DatasetSpec& entry : suite.dataset) {
    ASSAY_TRY(FormatOf(entry.file));
    ASSAY_TRY(DatasetInput::Open(base_dir / entry.file, entry.file));
  }
  return std::make_unique<Dataset>(suite.dataset, NamedBy(suite), base_dir, limits, true);
}

Status CheckRowsAreUnique(const SuiteSpec& suite, const std::filesystem::path& base_dir, std::int64_t first,
                          std::int64_t end) {
  std::unordered_map<std::string, DatasetRow> earliest;  // of the case ids of the range; without fields
  for (const bool is_first_pass : {true, false}) {
    Dataset dataset(suite.dataset, {}, base_dir, {}, false);
    while (true) {
      ASSAY_ASSIGN(std::optional<DatasetRow> row, dataset.Next());
      if (!row || row->ordinal >= end) break;
      row->fields = Json();
      const auto known = earliest.find(row->case_id);
      if (is_first_pass) {
        if (row->ordinal >= first && known == earliest.end()) earliest.emplace(row->case_id, *row);
        continue;
      }
      if (known == earliest.end()) continue;
      DatasetRow& other = known->second;
      if (row->ordinal < other.ordinal) std::swap(other, *row);
      if (row->ordinal != other.ordinal) return Repeated(*row, other, !HasId(suite, *row));
    }
  }
  return {};
}

Result<std::vector<DatasetRow>> PeekDataset(const SuiteSpec& suite, const std::filesystem::path& base_dir) {
  std::vector<DatasetRow> rows;
  for (const DatasetSpec& entry : suite.dataset) {
    Dataset dataset({entry}, NamedBy(suite), base_dir, {}, false);
    ASSAY_TRY(dataset.OpenNextEntry());
    ASSAY_ASSIGN(std::optional<DatasetRow> row, dataset.ReadRowOfEntry());
    if (!row) return Fail(ErrorCode::kInvalidArgument, entry.file + ": the dataset is empty");
    rows.push_back(*std::move(row));
  }
  return rows;
}

std::string HashOfContent(DatasetRow row, const SuiteSpec& suite) {
  if (!row.hash.empty()) return std::move(row.hash);
  Json::Object& fields = row.fields.as_object();
  if (row.adds_provenance) std::erase_if(fields, [](const auto& field) { return field.first == kProvenanceField; });
  const auto entry = std::ranges::find(suite.dataset, row.file, &DatasetSpec::file);
  const bool is_named = entry != suite.dataset.end() && entry->id.has_value();
  if (is_named && fields.size() > 1)
    std::erase_if(fields, [&](const auto& field) { return field.first == *entry->id; });
  return Sha256Hex(row.fields.DumpCanonical());
}

std::vector<std::string> DatasetFormats() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.extension);
  return names;
}

}  // namespace assay
