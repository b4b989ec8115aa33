// The resolver that the configuration asks for.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "dns/unbound_resolver.h"
#include "dns/zone.h"

namespace yubin::dns {

struct Options {
  enum class Mode {
    recursive,    // we ask from the root servers on
    forward,      // others ask for us
    static_zone,  // a file stands for the DNS
  };
  Mode mode = Mode::recursive;
  std::vector<std::string> forwarders{};                           // for `forward`
  std::filesystem::path zone{};                                    // for `static_zone`
  std::filesystem::path trust_anchor = "/usr/share/dns/root.key";  // DS or DNSKEY records of the root; empty: no DNSSEC
  std::chrono::milliseconds timeout{20'000};
};

// What the files say: read before the sandbox is shut, used after that.
using ResolverSetup = std::variant<Zone, UnboundOptions>;
// Errors name the file or the option.
Result<ResolverSetup> read_setup(Options const& options);
Result<std::unique_ptr<Resolver>> make_resolver(ResolverSetup setup);

}  // namespace yubin::dns
