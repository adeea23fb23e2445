#pragma once
// What makes a verdict a record that can be checked: its place in the chain of its gate, and its signature.

#include <string>

#include "core/result.h"
#include "daemon/store/records.h"
#include "gates/signing_key.h"
#include "gates/verdict.h"

namespace assay {

// Reads the private key that signs verdicts. kInvalidArgument, naming the file and what to do, for a file that others
// may read or change, and for what is no key of a type that signs.
Result<SigningKey> ReadSigningKey(const std::string& file);

// The verdict of `record` in its place. Without a key it is not signed.
Result<SealedVerdict> SealVerdict(Verdict verdict, const VerdictRecord& record, const ChainPlace& place,
                                  const SigningKey* key);

// What the linker calls this build of the program, in hex digits; "" when it does not say.
const std::string& BuildId();

}  // namespace assay
