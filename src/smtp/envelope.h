// The envelope: what the client said in MAIL and RCPT; not the header section of the message.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "smtp/path.h"

namespace yubin::smtp {

enum class BodyType { seven_bit, eight_bit_mime };  // RFC 6152 section 2; without BODY= a message is 7BIT

struct MailParameters {
  std::optional<std::uint64_t> size;  // RFC 1870 section 6: the client's estimate in octets
  BodyType body = BodyType::seven_bit;

  friend bool operator==(MailParameters const&, MailParameters const&) = default;
};

struct Envelope {
  ReversePath reverse_path;
  MailParameters parameters;
  std::vector<ForwardPath> recipients;  // in the order they came, one named twice stands here twice

  friend bool operator==(Envelope const&, Envelope const&) = default;
};

}  // namespace yubin::smtp
