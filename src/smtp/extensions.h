// What a server says in its answer to EHLO that it can do (RFC 5321 section 4.1.1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "smtp/remote_reply.h"

namespace yubin::smtp {

struct Extensions {
  bool pipelining = false;                  // RFC 2920
  bool eight_bit_mime = false;              // RFC 6152
  bool binary_mime = false;                 // RFC 3030
  bool chunking = false;                    // RFC 3030
  bool smtputf8 = false;                    // RFC 6531
  bool dsn = false;                         // RFC 3461
  bool starttls = false;                    // RFC 3207
  bool require_tls = false;                 // RFC 8689
  std::optional<std::uint64_t> size{};      // RFC 1870: the largest message it takes; none: it does not say
  std::optional<std::uint64_t> rcpt_max{};  // RFC 9422: recipients of a transaction
  std::optional<std::uint64_t> mail_max{};  // RFC 9422: transactions of a connection
  std::vector<std::string> mechanisms{};    // RFC 4954: of SASL, in upper case, as announced

  // Of a positive reply to EHLO. Unknown keywords, and values that are none, say nothing.
  static Extensions parse(RemoteReply const& reply);

  friend bool operator==(Extensions const&, Extensions const&) = default;
};

}  // namespace yubin::smtp
