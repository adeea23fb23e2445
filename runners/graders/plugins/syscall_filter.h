#pragma once
// What the kernel refuses to a program that assayd runs. Only for files of this folder.

#include <linux/filter.h>

#include <vector>

#include "core/result.h"

namespace assay {

// Instructions for the kernel (seccomp). They refuse what reaches into other programs, and, unless `network`, every
// socket but local ones (AF_UNIX). What the program starts has the same bounds. Takes no privileges, given
// no_new_privs.
Result<std::vector<sock_filter>> SyscallFilter(bool network);

}  // namespace assay
