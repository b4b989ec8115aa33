// A server's certificate, its key and the intermediates in the order of the handshake, from files in any order.
// For the sources of tls/ only.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tls/identity.h"
#include "tls/openssl.h"

namespace yubin::tls {

using Roots = std::unique_ptr<X509_STORE, Freed<&X509_STORE_free>>;

// The authorities that this machine trusts: OpenSSL's standard folder.
Roots roots_of_machine();

struct Chain {
  Key key;
  Certificate leaf;                  // the certificate that the key belongs to
  std::vector<Certificate> issuers;  // each the issuer of the one before it (RFC 8446 section 4.4.2)
  std::string unknown_root;          // who issued the last one, if neither the files nor `roots` have it
};

// Finds the key in either text, the certificate that belongs to it and, among the other certificates, its issuers; what
// does not belong to the chain is left out. A root that stands in the file is kept, because a DANE client may need it
// (RFC 7671 section 5.2.2).
//
// Fails, in one sentence that names the file and what to do, when there is no key or no certificate, when they do not
// belong together, and when the certificate stands alone though its issuer is no root that `roots` knows: then clients
// would refuse it.
Result<Chain> make_chain(Identity const& identity, X509_STORE* roots);

}  // namespace yubin::tls
