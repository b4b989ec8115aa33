// Whom we want to find at the other end of a connection that we open, and what its certificate turned out to be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace yubin::tls {

// RFC 6698 section 2.1
struct TlsaRecord {
  std::uint8_t usage = 0;
  std::uint8_t selector = 0;
  std::uint8_t matching_type = 0;
  std::string data{};  // bytes

  friend bool operator==(TlsaRecord const&, TlsaRecord const&) = default;
};

struct Wanted {
  enum class By {
    nobody,       // opportunistic (RFC 7435): any certificate will do; what it is worth is told all the same
    authorities,  // its chain leads to an authority that we trust, and it holds for one of the names
    dane,         // one of the TLSA records matches (RFC 7672 section 3)
  };
  By by = By::nobody;
  // Any of them will do, DNS names or addresses; the first is asked for (RFC 6066 section 3). Empty: the name that the
  // connection is made for. Records of usage DANE-EE ask for no name (RFC 7672 section 3.1.1).
  std::vector<std::string> names{};
  std::vector<TlsaRecord> records{};  // for `dane`: at least one that is usable

  friend bool operator==(Wanted const&, Wanted const&) = default;
};

// What the peer's certificate is, by what was wanted; with By::nobody, by what authorities would say.
struct PeerCheck {
  enum class Verdict { not_seen, good, expired, wrong_name, untrusted, no_match };
  Verdict verdict = Verdict::not_seen;
  std::string why{};   // if it is not good
  std::string tlsa{};  // the record that matched: "3 1 1"

  friend bool operator==(PeerCheck const&, PeerCheck const&) = default;
};

}  // namespace yubin::tls
