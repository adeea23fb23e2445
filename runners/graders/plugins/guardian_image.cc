#include "runners/graders/plugins/guardian_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

// NOLINTNEXTLINE: there is no #embed before C++26
asm(R"(
.pushsection .rodata
.global assay_guardian_begin
.global assay_guardian_end
assay_guardian_begin:
.incbin ")" ASSAY_GUARDIAN R"("
assay_guardian_end:
.popsection
)");
extern "C" const char assay_guardian_begin[];
extern "C" const char assay_guardian_end[];

namespace assay {
namespace {

constexpr unsigned kExecutable = 0x10;  // MFD_EXEC, since Linux 6.3; before that it is understood

Result<int> Make() {
  int file = memfd_create("assay-guardian", MFD_CLOEXEC | MFD_ALLOW_SEALING | kExecutable);
  if (file < 0 && errno == EINVAL) file = memfd_create("assay-guardian", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const char* next = assay_guardian_begin;
  while (file >= 0 && next != assay_guardian_end) {
    const ssize_t count = write(file, next, static_cast<std::size_t>(assay_guardian_end - next));
    if (count < 0) break;
    next += count;
  }
  const bool is_written = file >= 0 && next == assay_guardian_end;
  if (is_written && fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return file;
  const int error = errno;
  if (file >= 0) close(file);
  return Fail(ErrorCode::kUnavailable, std::string("the guardian of programs cannot be made: ") + std::strerror(error));
}

}  // namespace

Result<int> GuardianFile() {
  static const Result<int> made = Make();
  return made;
}

}  // namespace assay
