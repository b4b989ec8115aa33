#include "tls/pem.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/text.h"

namespace yubin::tls {
namespace {

constexpr std::size_t kMaxCertificates = 64;

// One block as OpenSSL hands it out: it may be a key, so it is wiped.
struct Block {
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(length));
  }
  bool is_certificate() const {
    std::string_view const kind(name);
    return kind == PEM_STRING_X509 || kind == PEM_STRING_X509_OLD || kind == PEM_STRING_X509_TRUSTED;
  }
  bool is_key() const { return std::string_view(name).ends_with("PRIVATE KEY"); }
  // RFC 5958's form says so in its name, the older one in a header.
  bool is_locked() const {
    return std::string_view(name).starts_with("ENCRYPTED") || std::string_view(header).contains("ENCRYPTED");
  }

  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long length = 0;
};

Certificate to_certificate(Block const& block) {
  unsigned char const* at = block.data;
  bool const trusted = std::string_view(block.name) == PEM_STRING_X509_TRUSTED;
  return Certificate(trusted ? d2i_X509_AUX(nullptr, &at, block.length) : d2i_X509(nullptr, &at, block.length));
}

Key to_key(Block const& block) {
  unsigned char const* at = block.data;
  return Key(d2i_AutoPrivateKey(nullptr, &at, block.length));
}

std::unexpected<Error> damaged(std::string_view name, std::string_view what) {
  return fail(Errc::syntax,
              fmt::format("{} holds a {} that cannot be read ({}); copy it again", name, what, last_error()));
}

Result<> take(Block const& block, std::string_view name, PemContents& contents) {
  if (block.is_certificate()) {
    if (contents.certificates.size() == kMaxCertificates)
      return fail(Errc::limit, fmt::format("{} holds more than {} certificates; give the server's own and its "
                                           "intermediates only",
                                           name, kMaxCertificates));
    Certificate certificate = to_certificate(block);
    if (!certificate) return damaged(name, "certificate");
    contents.certificates.push_back(std::move(certificate));
  } else if (block.is_key() && block.is_locked()) {
    contents.locked_key = true;
  } else if (block.is_key()) {
    Key key = to_key(block);
    if (!key) return damaged(name, "private key");
    contents.keys.push_back(std::move(key));
  }
  return {};
}

}  // namespace

Result<PemContents> read_pem(std::string_view text, std::string_view name) {
  ERR_clear_error();
  PemContents contents;
  Bio const bio = reading(text);
  for (;;) {
    Block block;
    if (PEM_read_bio(bio.get(), &block.name, &block.header, &block.data, &block.length) != 1) break;
    TRY_VOID(take(block, name, contents));
  }
  bool const at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) return damaged(name, "block");
  ERR_clear_error();
  return contents;
}

}  // namespace yubin::tls
