// What a PEM file holds (RFC 7468), whatever the order. For the sources of tls/ only.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "tls/openssl.h"

namespace yubin::tls {

struct PemContents {
  std::vector<Certificate> certificates;  // in the file's order
  std::vector<Key> keys;
  bool locked_key = false;  // a private key under a passphrase was passed over
};

// Text between the blocks and blocks of other kinds (parameters, CRLs) are passed over. Fails on a block that is called
// a certificate or a key and cannot be read; `name` is what the error calls the file. At most 64 certificates.
Result<PemContents> read_pem(std::string_view text, std::string_view name);

}  // namespace yubin::tls
