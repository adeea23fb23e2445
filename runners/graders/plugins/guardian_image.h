#pragma once
// The program of guardian/, which this library carries. Only for files of this folder.

#include "core/result.h"

namespace assay {

// An open file to be executed, that of the whole process. kUnavailable where the kernel has none such.
Result<int> GuardianFile();

}  // namespace assay
