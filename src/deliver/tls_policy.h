// Which TLS a connection to a host of another domain must have, who says so, and what came of it in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tls/context.h"
#include "tls/peer.h"

namespace yubin::deliver {

struct TlsPolicy {
  enum class Kind {
    opportunistic,  // if it is offered (RFC 7435); if it fails, in clear
    encrypted,      // it must be there, whoever the other side is (RFC 7672 section 2.2: no TLSA record is usable)
    authorities,    // and an authority vouches for the name
    dane,           // and a TLSA record matches
  };
  Kind kind = Kind::opportunistic;
  tls::Wanted wanted{};
  std::string source{};  // who asks for it: "DANE", "the route office"; empty: nobody

  bool needs_tls() const { return kind != Kind::opportunistic; }

  friend bool operator==(TlsPolicy const&, TlsPolicy const&) = default;
};

// "DANE: a certificate that matches TLSA of mx.example.org"
std::string words(TlsPolicy const& policy);

// How a message went, or was tried to go: for its entry in the journal.
struct Way {
  std::string peer{};  // IP address
  std::string tls{};   // protocol and cipher; empty: in clear, or no connection came about
  std::vector<std::pair<std::string, std::string>> facts{};

  std::string text() const;  // in one line, for the log
};

// After a handshake that succeeded.
Way secured_way(TlsPolicy const& policy, tls::Facts const& facts);
Way clear_way(std::string why);

}  // namespace yubin::deliver
