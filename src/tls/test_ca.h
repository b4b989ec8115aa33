// Certificates for a demonstration or a test: a certificate authority of one's own and what it issues, ECDSA P-256.
// Nothing here is fit for a public server: the authority's key lies beside its certificate.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "tls/identity.h"

namespace yubin::tls {

// A self-signed authority, valid from a day before `now` for ten years.
Result<Identity> make_test_ca(std::string_view common_name, WallTime now);

// An authority between `ca` and the servers, with the certificate of `ca` behind its own.
Result<Identity> issue_test_intermediate(Identity const& ca, std::string_view common_name, WallTime now);

enum class TestKey { ecdsa, rsa };

// A server certificate by `ca` with what `ca` holds behind it, valid from a day before `now` until `expires`. Each name
// is a host name (wildcards too) or an IP address (RFC 5280 section 4.2.1.6); at least one.
Result<Identity> issue_test_certificate(Identity const& ca, std::span<std::string const> names, WallTime now,
                                        WallTime expires, TestKey key_kind = TestKey::ecdsa);

}  // namespace yubin::tls
