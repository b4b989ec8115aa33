// The text of a message as people read it, for SEARCH: encoded-words, transfer encodings and charsets decoded.
#pragma once

#include "imap/context.h"
#include "imap/search_fold.h"
#include "mime/header.h"
#include "mime/summary.h"

namespace yubin::imap {

bool field_contains(Needle const& needle, mime::FieldView const& field);
// The fields of a header section with their names.
bool header_contains(Needle const& needle, std::string_view header);

// The text parts, the header sections of messages inside, and the names of files, which may stand in pieces; other
// parts hold no text. In slices.
Task<Result<bool>> body_contains(Context& context, Needle const& needle, store::Card const& card,
                                 mime::Part const& root);

}  // namespace yubin::imap
