#include "dns/make_resolver.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "dns/static_resolver.h"

namespace yubin::dns {

namespace {

Result<std::string> read_file(std::filesystem::path const& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) return fail(Errc::not_found, fmt::format("{} cannot be read", path.string()));
  return out.str();
}

// A file of records, one a line, as dns-root-data and unbound-anchor write it.
Result<std::vector<std::string>> trust_anchors(std::filesystem::path const& path) {
  TRY(std::string const text, read_file(path));
  std::vector<std::string> anchors;
  for (std::string_view line : split(text, '\n')) {
    line = trim(line.substr(0, line.find(';')));
    if (!line.empty()) anchors.emplace_back(line);
  }
  if (anchors.empty()) return fail(Errc::syntax, fmt::format("{} has no trust anchor", path.string()));
  return anchors;
}

}  // namespace

Result<ResolverSetup> read_setup(Options const& options) {
  if (options.mode == Options::Mode::static_zone) {
    TRY(std::string const text, read_file(options.zone));
    auto zone = Zone::parse(text);
    if (!zone) return fail(Errc::syntax, fmt::format("{}: {}", options.zone.string(), zone.error().detail));
    return *std::move(zone);
  }
  UnboundOptions unbound{.timeout = options.timeout};
  if (options.mode == Options::Mode::forward) {
    unbound.forwarders = options.forwarders;
    if (unbound.forwarders.empty()) return fail(Errc::syntax, "dns.mode is forward, and dns.forwarders names nobody");
  }
  if (!options.trust_anchor.empty()) {
    TRY(unbound.trust_anchors, trust_anchors(options.trust_anchor));
  }
  return unbound;
}

Result<std::unique_ptr<Resolver>> make_resolver(ResolverSetup setup) {
  if (auto* zone = std::get_if<Zone>(&setup)) return std::make_unique<StaticResolver>(std::move(*zone));
  TRY(std::unique_ptr<Resolver> resolver, UnboundResolver::make(std::get<UnboundOptions>(setup)));
  return resolver;
}

}  // namespace yubin::dns
