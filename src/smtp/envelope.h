// The envelope: what the client said in MAIL and RCPT; not the header section of the message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "smtp/path.h"

namespace yubin::smtp {

// RFC 6152 section 2, RFC 3030 section 3; without BODY= a message is 7BIT.
enum class BodyType { seven_bit, eight_bit_mime, binary_mime };
enum class Return { full, headers };  // RFC 3461 section 4.3: how much of the message a report of failure repeats

struct MailParameters {
  std::optional<std::uint64_t> size;  // RFC 1870 section 6: the client's estimate in octets
  BodyType body = BodyType::seven_bit;
  bool smtputf8 = false;  // RFC 6531 section 3.4: addresses or header fields may be in UTF-8
  std::optional<Return> ret{};
  bool require_tls = false;   // RFC 8689 section 4: over TLS all the way, or not at all
  std::string envelope_id{};  // RFC 3461 section 4.4, decoded: 1 to 100 printable characters; empty: none

  friend bool operator==(MailParameters const&, MailParameters const&) = default;
};

// RFC 3461 section 4.1: when the sender wants a report. Nothing set: never.
struct Notify {
  bool success = false;
  bool failure = false;
  bool delay = false;

  friend bool operator==(Notify const&, Notify const&) = default;
};

// RFC 3461 section 4.2: whom the sender wrote to, before any forwarding. Decoded; the address is up to 500 bytes of
// printable ASCII, or of UTF-8 when the type is "utf-8" (RFC 6533 section 3).
struct OriginalRecipient {
  std::string type;
  std::string address;

  friend bool operator==(OriginalRecipient const&, OriginalRecipient const&) = default;
};

struct RecipientParameters {
  std::optional<Notify> notify{};  // none: the server's habit, which is to tell of failures
  std::optional<OriginalRecipient> original{};

  friend bool operator==(RecipientParameters const&, RecipientParameters const&) = default;
};

struct Recipient {
  ForwardPath path;
  RecipientParameters parameters{};

  friend bool operator==(Recipient const&, Recipient const&) = default;
};

struct Envelope {
  ReversePath reverse_path;
  MailParameters parameters;
  std::vector<Recipient> recipients;  // in the order they came, one named twice stands here twice

  friend bool operator==(Envelope const&, Envelope const&) = default;
};

}  // namespace yubin::smtp
