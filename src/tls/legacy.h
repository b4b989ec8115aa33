// TLS 1.0 and 1.1 for devices that know nothing newer (against RFC 8996, by the administrator's decision). For the
// sources of tls/ only.
#pragma once

#include "base/result.h"

struct ssl_ctx_st;

namespace yubin::tls {

class Context;

// Lowers the version, and OpenSSL's security level, since TLS 1.0 signs with SHA-1.
void allow_legacy(ssl_ctx_st* ctx);

// Speaks TLS 1.0 with `context` in memory: the one honest way to know whether the library's build and the machine's
// policy permit it. The error says so.
Result<> try_legacy_handshake(Context const& context);

}  // namespace yubin::tls
