// OpenSSL's objects with owners, and its errors in words. For the sources of tls/ only.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/freed.h"

namespace yubin::tls {

using Bio = std::unique_ptr<BIO, Freed<&BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<&X509_EXTENSION_free>>;

// A BIO that reads `bytes`, which must outlive it.
Bio reading(std::string_view bytes);
// What was written to a memory BIO.
std::string written(BIO* bio);

// OpenSSL's first error of this thread in words, or "no reason given"; empties the queue.
std::string last_error();

WallTime to_time(ASN1_TIME const* time);

// "C=US, O=Let's Encrypt, CN=R10" (RFC 2253 without its escapes for other alphabets, so that people can read it).
std::string name_text(X509_NAME const* name);

}  // namespace yubin::tls
