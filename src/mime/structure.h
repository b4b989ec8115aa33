// What a message consists of: its ENVELOPE, and the tree of its parts with their places in the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mime/address_list.h"
#include "mime/content_type.h"

namespace yubin::mime {

class HeaderSection;

// ENVELOPE (RFC 9051 section 7.5.2): bytes as sent, unfolded. An absent field is empty or nullopt.
struct Envelope {
  std::optional<std::string> date;
  std::optional<std::string> subject;
  AddressList from;
  AddressList sender;
  AddressList reply_to;
  AddressList to;
  AddressList cc;
  AddressList bcc;
  std::optional<std::string> in_reply_to;
  std::optional<std::string> message_id;

  // "If the Sender or Reply-To lines are absent ... or are present but empty, the server sets the corresponding member
  // of the envelope to be the same value as the from member."
  AddressList const& shown_sender() const { return sender.empty() ? from : sender; }
  AddressList const& shown_reply_to() const { return reply_to.empty() ? from : reply_to; }

  friend bool operator==(Envelope const&, Envelope const&) = default;
};

// One part of a message, or the message itself as the root of the tree. Its header section (for the root: the
// message's) is [header_begin, body_begin), its body [body_begin, end); offsets count from the message's first byte.
struct Part {
  enum class Kind : std::uint8_t {
    leaf,       // text, pictures, anything whose inside nobody has looked at
    multipart,  // has at least one child
    message,    // a message in a message: exactly one child, the root of that message's tree; has an envelope
  };

  Kind kind = Kind::leaf;
  // Lower-case. What the part is treated as, not always what it says: text/plain when Content-Type is absent or
  // useless, or when no boundary is found in a multipart; application/octet-stream for a multipart or message beyond a
  // limit, and for a message under a transfer encoding (RFC 2046 section 5.2.1 forbids it).
  std::string type = "text";
  std::string subtype = "plain";
  Parameters parameters;
  std::string encoding = "7bit";           // lower-case
  std::optional<std::string> id;           // Content-ID; this and those below as sent, unfolded
  std::optional<std::string> description;  // Content-Description
  std::optional<std::string> md5;          // Content-MD5
  Disposition disposition;
  std::vector<std::string> languages;   // Content-Language
  std::optional<std::string> location;  // Content-Location

  std::uint64_t header_begin = 0;
  std::uint64_t body_begin = 0;
  std::uint64_t end = 0;
  std::uint64_t lines = 0;  // of the body; a last line without line end counts

  std::vector<Part> children;
  std::optional<Envelope> envelope;  // kind message: of the message inside

  std::uint64_t size() const { return end - body_begin; }

  friend bool operator==(Part const&, Part const&) = default;
};

// The part with that number: {1, 2} is "1.2" (RFC 9051 section 6.4.5.1); none for an empty number: that is the message.
// Part numbers of a message in a message count its parts, so BODY[3.HEADER] and BODY[3.TEXT] of a part of kind message
// are header and body of its child, BODY[3.MIME] is the header of part 3 itself.
// Points into `root`.
Part const* find_part(Part const& root, std::span<std::uint32_t const> number);

struct EnvelopeLimits {
  std::size_t addresses = 1000;        // in one field
  std::size_t value_bytes = 8 * 1024;  // of one text, cut beyond
  std::size_t text_bytes = 96 * 1024;  // of all texts together
};

// The envelope of that header section. Address fields that occur twice are put together (so that a second author is
// never hidden), of others the first one counts. `complete` becomes false if a limit cut something; `limits.text_bytes`
// is reduced by what was used, so that it can bound several envelopes.
Envelope parse_envelope(HeaderSection const& header, EnvelopeLimits& limits, bool& complete);

}  // namespace yubin::mime
