// ENVELOPE, BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2), from what mime kept of the message.
#pragma once

#include <string>

#include "mime/structure.h"

namespace yubin::imap {

void put_envelope(std::string& out, mime::Envelope const& envelope);

enum class Extensions { shown, hidden };  // BODYSTRUCTURE, BODY
enum class Revision { rev1, rev2 };       // rev2: the client has enabled IMAP4rev2
void put_body(std::string& out, mime::Part const& part, Extensions extensions, Revision revision);

}  // namespace yubin::imap
