#include <cstring>
#include <system_error>
#include <utility>

#include "runners/dataset_bytes.h"
#include "runners/dataset_format.h"
#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

constexpr std::size_t kBufferSize = 64u << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

DatasetInput::DatasetInput(std::string name, std::unique_ptr<ByteSource> bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)), buffer_(kBufferSize, '\0') {}

DatasetInput::~DatasetInput() = default;

Result<std::unique_ptr<DatasetInput>> DatasetInput::Open(const std::filesystem::path& path, std::string name) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return Fail(ErrorCode::kNotFound, name + ": no such file");
  if (!std::filesystem::is_regular_file(status))
    return Fail(ErrorCode::kInvalidArgument, name + ": not a regular file");
  ASSAY_ASSIGN(auto bytes, OpenBytes(path, name));
  std::unique_ptr<DatasetInput> input(new DatasetInput(std::move(name), std::move(bytes)));
  input->Fill();
  ASSAY_TRY(input->state());
  if (std::string_view(input->buffer_).substr(0, input->size_).starts_with(kByteOrderMark))
    input->at_ = kByteOrderMark.size();
  return input;
}

bool DatasetInput::Fill() {
  at_ = 0;
  size_ = 0;
  if (fault_) return false;
  const Result<std::size_t> read = bytes_->Read(buffer_);
  if (read) {
    size_ = *read;
  } else {
    fault_ = read.error();
  }
  return size_ > 0;
}

bool DatasetInput::ReadLine(std::string& out, std::size_t max_bytes) {
  out.clear();
  if (Peek() == kEnd) return false;
  while (at_ < size_ || Fill()) {
    const char* begin = buffer_.data() + at_;
    const auto* end = static_cast<const char*>(std::memchr(begin, '\n', size_ - at_));
    const std::size_t length = end == nullptr ? size_ - at_ : static_cast<std::size_t>(end - begin);
    out.append(begin, std::min(length, max_bytes + 1 - out.size()));
    at_ += length;
    if (out.size() > max_bytes) break;  // whatever else it has, it is refused
    if (end != nullptr) {
      Advance();
      break;
    }
  }
  return true;
}

Status DatasetInput::state() const {
  if (!fault_) return {};
  return Wrong(line_, fault_->message, fault_->code);
}

std::unexpected<Error> DatasetInput::Wrong(std::int64_t line, const std::string& message, ErrorCode code) const {
  return Fail(code, name_ + ":" + std::to_string(line) + ": " + message);
}

std::unexpected<Error> DatasetInput::TooLong(std::int64_t line, std::size_t max_bytes) const {
  return Wrong(line, "the row is longer than " + std::to_string(max_bytes) + " bytes", ErrorCode::kResourceExhausted);
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace assay
