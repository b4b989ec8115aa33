// The header fields that a signature covers, hashed as it says (RFC 6376 sections 3.7 and 5.4.2).
#pragma once

#include <string>

#include "mime/header.h"
#include "policy/dkim_signature.h"

namespace yubin::policy {

// `own` is the signature's field as it stands in the message. Of several fields of a name, each mention in h= takes the
// lowest that is not taken; one that is not there counts as empty, so that it cannot be added either.
std::string header_digest(mime::HeaderSection const& header, DkimSignature const& signature, std::string_view own);

}  // namespace yubin::policy
