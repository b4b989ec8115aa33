#include "deliver/tls_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace yubin::deliver {

namespace {

using Kind = TlsPolicy::Kind;

std::string certificate(TlsPolicy const& policy, tls::PeerCheck const& peer) {
  switch (policy.kind) {
    case Kind::dane:
      return fmt::format("matches TLSA {} (DANE)", peer.tlsa);
    case Kind::authorities:
      return fmt::format("an authority vouches for {} ({})", fmt::join(policy.wanted.names, " or "), policy.source);
    case Kind::encrypted:
      return fmt::format("not verified: {}", policy.source);
    case Kind::opportunistic:
      break;
  }
  if (peer.verdict == tls::PeerCheck::Verdict::good) return "not asked for; an authority vouches for it";
  return fmt::format("not asked for; no authority vouches for it: {}", peer.why.empty() ? "there is none" : peer.why);
}

}  // namespace

std::string words(TlsPolicy const& policy) {
  switch (policy.kind) {
    case Kind::opportunistic:
      return "opportunistic: if the server offers it";
    case Kind::encrypted:
      return fmt::format("required, with any certificate: {}", policy.source);
    case Kind::authorities:
      return fmt::format("required, with a certificate for {} ({})", fmt::join(policy.wanted.names, " or "),
                         policy.source);
    case Kind::dane:
      return fmt::format("required, with a certificate that matches the TLSA records of {} (DANE)",
                         policy.wanted.names.front());
  }
  return {};
}

std::string Way::text() const {
  std::string out = tls;
  for (auto const& [name, value] : facts) out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", name, value);
  return out;
}

Way secured_way(TlsPolicy const& policy, tls::Facts const& facts) {
  return {.tls = facts.version + " " + facts.cipher,
          .facts = {{"tls policy", words(policy)}, {"certificate", certificate(policy, facts.peer)}}};
}

Way clear_way(std::string why) {
  return {.facts = {{"in clear", std::move(why)}}};
}

}  // namespace yubin::deliver
