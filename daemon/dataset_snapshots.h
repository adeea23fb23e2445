#pragma once
// Reads a suite's dataset once into the store: content-addressed, so that every run of this content shares it and a
// file edited later changes nothing of a run.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/catalog.h"
#include "daemon/store/store.h"

namespace assay {

// What a snapshot depends on: the bytes of each dataset file, the field of the case id, and the slice fields.
// "sha256:…"
std::string DatasetDigest(const CatalogDocument& suite);

// Of its files and ids alone: the same for suites that read other slices of the same cases.
std::string DatasetFilesDigest(const CatalogDocument& suite);

// Blocking; in bounded memory. What the stored cases of a snapshot are to the letter: ExactCasesDigest. kDataLoss for a
// case that is no JSON, kUnavailable when it gave up; `gives_up` may be empty.
Result<std::string> DigestOfStoredCases(Store& store, SnapshotKey snapshot, const std::function<bool()>& gives_up);

// The snapshot of this suite, made from its files if it is not there yet. Blocking, in bounded memory; one call at a
// time. `gives_up` is asked every thousand rows: what has been read is discarded then. kFailedPrecondition
// "file:line: …" for a malformed row, a duplicate case id, a dataset without any case, or a file that is not what it
// was when the catalog was loaded; kUnavailable when it gave up.
Result<SnapshotRecord> EnsureSnapshot(Store& store, const std::string& project, const CatalogDocument& suite, Time now,
                                      const std::string& principal, const std::function<bool()>& gives_up);

// How many of its stored cases ask what another of them asks (runners/repeated_questions.h), as the suite asks them:
// counted once for each snapshot and prompt, which EnsureSnapshot does. Absent where the prompt cannot be read.
// Blocking, O(cases) the first time; kUnavailable when it gave up, kFailedPrecondition for a list or an object under a
// slice, of a snapshot that an earlier version stored.
Result<std::optional<std::int64_t>> CountRepeatedCases(Store& store, SnapshotKey snapshot, const CatalogDocument& suite,
                                                       const std::function<bool()>& gives_up);

// Whether that is known, or never will be.
Result<bool> AreRepeatedCasesCounted(Store& store, SnapshotKey snapshot, const CatalogDocument& suite);

}  // namespace assay
