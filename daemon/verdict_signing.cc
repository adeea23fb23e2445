#include "daemon/verdict_signing.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/version.h"
#include "gates/attestation.h"

namespace assay {
namespace {

constexpr mode_t kOthers = S_IWGRP | S_IROTH | S_IWOTH | S_IXOTH;  // a group may read: the one of a secret's mount
constexpr std::size_t kMaxKeyBytes = 64 << 10;

std::unexpected<Error> BadKeyFile(const std::string& file, const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, "signing key " + file + ": " + what);
}

// Closes and, since it was a key, forgets.
struct KeyText {
  std::string text;
  ~KeyText() { explicit_bzero(text.data(), text.size()); }
};

struct OpenFile {
  int descriptor = -1;
  ~OpenFile() {
    if (descriptor >= 0) close(descriptor);
  }
};

Status CheckMode(const std::string& file, int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return BadKeyFile(file, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return BadKeyFile(file, "no regular file");
  if ((status.st_mode & kOthers) == 0) return {};
  std::string mode = "0000";
  for (int digit = 1; digit < 4; ++digit)
    mode[digit] = static_cast<char>('0' + (status.st_mode >> (9 - 3 * digit) & 7));
  return BadKeyFile(file, "others may read or change it (mode " + mode + "); chmod 600 " + file);
}

Status ReadAll(const std::string& file, int descriptor, std::string& text) {
  text.resize(kMaxKeyBytes);  // once: a copy of the key would stay behind
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(descriptor, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return BadKeyFile(file, std::strerror(errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size == text.size()) return BadKeyFile(file, "too long to be a key");
  text.resize(size);
  return {};
}

// ELF notes are padded to four bytes.
std::size_t Padded(std::size_t size) { return (size + 3) / 4 * 4; }

std::string HexOf(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return text;
}

// The note of the first object, which is the program; stops there.
int FindBuildId(dl_phdr_info* object, std::size_t, void* found) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const unsigned char*>(object->dlpi_addr + segment.p_vaddr);
    for (std::size_t left = segment.p_memsz; left >= sizeof(ElfW(Nhdr));) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const std::size_t size = sizeof note + Padded(note.n_namesz) + Padded(note.n_descsz);
      if (size > left) break;
      const bool is_gnu = note.n_namesz == 4 && std::memcmp(at + sizeof note, "GNU", 4) == 0;
      if (is_gnu && note.n_type == NT_GNU_BUILD_ID) {
        *static_cast<std::string*>(found) = HexOf(at + sizeof note + Padded(note.n_namesz), note.n_descsz);
        return 1;
      }
      at += size;
      left -= size;
    }
  }
  return 1;
}

}  // namespace

Result<SigningKey> ReadSigningKey(const std::string& file) {
  const OpenFile opened{open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a pipe must not hold up the start
  if (opened.descriptor < 0) return BadKeyFile(file, std::strerror(errno));
  ASSAY_TRY(CheckMode(file, opened.descriptor));
  KeyText key;
  ASSAY_TRY(ReadAll(file, opened.descriptor, key.text));
  auto parsed = SigningKey::FromPem(key.text);
  if (!parsed) return BadKeyFile(file, parsed.error().message);
  return parsed;
}

Result<SealedVerdict> SealVerdict(Verdict verdict, const VerdictRecord& record, const ChainPlace& place,
                                  const SigningKey* key) {
  verdict.origin = {.verdict = record.id,
                    .check = record.check_id,
                    .project = record.project,
                    .sequence = place.sequence,
                    .predecessor = place.predecessor,
                    .version = std::string(kVersion),
                    .build = BuildId()};
  SealedVerdict sealed{.document = CanonicalDocument(verdict)};
  if (key == nullptr) return sealed;
  ASSAY_ASSIGN(SignedVerdict by_key, SignVerdict(verdict, *key));
  sealed.envelope = std::move(by_key.envelope);
  sealed.summary = std::move(by_key.summary);
  return sealed;
}

const std::string& BuildId() {
  static const std::string id = [] {
    std::string found;
    dl_iterate_phdr(FindBuildId, &found);
    return found;
  }();
  return id;
}

}  // namespace assay
