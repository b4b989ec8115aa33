// A name server on a UDP port of loopback for tests of resolvers: it answers what it was told to, and can sign it.
#pragma once

#include <netinet/in.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/text.h"

namespace yubin::kit {

// The wire's pieces (RFC 1035 section 3).
inline std::string wire16(unsigned value) {
  return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}
inline std::string wire32(std::uint32_t value) {
  return wire16(value >> 16) + wire16(value & 0xffff);
}
inline std::string wire_name(std::string_view name) {
  std::string out;
  if (!name.empty())
    for (std::string_view label : split(name, '.')) (out += static_cast<char>(label.size())) += label;
  return out + '\0';
}

// A zone's key, ECDSA P-256 with SHA-256 (RFC 6605), and the signatures it makes (RFC 4034 section 3).
class ZoneKey {
 public:
  explicit ZoneKey(std::string zone) : zone_(std::move(zone)), key_(EVP_EC_gen("P-256"), &EVP_PKEY_free) {
    std::string point(65, '\0');
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, reinterpret_cast<unsigned char*>(point.data()),
                                    point.size(), &size);
    // Flags: zone key, secure entry point. Protocol 3, algorithm 13; the point without the byte that says "not
    // compressed".
    dnskey_ = wire16(257) + '\x03' + '\x0d' + point.substr(1);
  }

  std::string const& dnskey() const { return dnskey_; }
  std::string anchor() const { return zone_ + ". IN DNSKEY 257 3 13 " + to_base64(dnskey_.substr(4)); }

  // The RRSIG's data for the records of one name and type.
  std::string sign(std::string_view name, unsigned type, std::uint32_t ttl, std::vector<std::string> data) const {
    auto const now = static_cast<std::uint32_t>(std::time(nullptr));
    auto const labels = static_cast<char>(name.empty() ? 0 : split(name, '.').size());
    std::string const head = wire16(type) + '\x0d' + labels + wire32(ttl) + wire32(now + 86'400) +
                             wire32(now - 86'400) + wire16(tag()) + wire_name(zone_);
    std::ranges::sort(data);
    std::string text = head;
    for (std::string const& one : data)
      text +=
          wire_name(name) + wire16(type) + wire16(1) + wire32(ttl) + wire16(static_cast<unsigned>(one.size())) + one;
    return head + signature(text);
  }

 private:
  // RFC 4034 appendix B
  unsigned tag() const {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < dnskey_.size(); ++i) {
      auto const byte = static_cast<unsigned char>(dnskey_[i]);
      sum += i % 2 == 0 ? static_cast<std::uint32_t>(byte << 8) : byte;
    }
    return (sum + (sum >> 16)) & 0xffff;
  }

  std::string signature(std::string_view text) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::string der(128, '\0');
    std::size_t size = der.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                   reinterpret_cast<unsigned char const*>(text.data()), text.size());
    auto const* at = reinterpret_cast<unsigned char const*>(der.data());
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)),
                                                               &ECDSA_SIG_free);
    std::string out(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), reinterpret_cast<unsigned char*>(out.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), reinterpret_cast<unsigned char*>(out.data()) + 32, 32);
    return out;
  }

  std::string zone_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::string dnskey_;
};

class DnsResponder {
 public:
  struct Record {
    std::string name;
    unsigned type;
    std::string data;
    std::uint32_t ttl = 300;
  };
  // What is said to a question; a response code and the records of the answer section, in their order.
  struct Response {
    int rcode = 0;
    std::vector<Record> answers{};
    bool silent = false;    // nothing is sent
    std::string instead{};  // these bytes are sent behind the question's number, in place of a message
  };
  using Script = std::function<Response(std::string_view name, unsigned type)>;

  explicit DnsResponder(Script script)
      : script_(std::move(script)),
        socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        stop_(::eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("bind");
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~DnsResponder() {
    std::uint64_t const one = 1;
    (void)!::write(stop_, &one, sizeof one);
    thread_.join();
    ::close(socket_);
    ::close(stop_);
  }
  DnsResponder(DnsResponder const&) = delete;

  std::string address() const { return "127.0.0.1@" + std::to_string(port_); }

 private:
  void run() {
    for (;;) {
      pollfd fds[] = {{socket_, POLLIN, 0}, {stop_, POLLIN, 0}};
      ::poll(fds, 2, -1);
      if (fds[1].revents != 0) return;
      char buffer[2048];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      ssize_t const count = ::recvfrom(socket_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (count < 17) continue;
      std::string const reply = respond({buffer, static_cast<std::size_t>(count)});
      if (!reply.empty()) ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  std::string respond(std::string_view query) const {
    std::size_t at = 12;
    std::string name;
    while (at < query.size() && query[at] != '\0') {
      auto const length = static_cast<std::size_t>(query[at]);
      if (!name.empty()) name += '.';
      name += to_lower(query.substr(at + 1, length));
      at += 1 + length;
    }
    if (at + 5 > query.size()) return "";
    unsigned const type = static_cast<unsigned>(static_cast<unsigned char>(query[at + 1])) << 8 |
                          static_cast<unsigned char>(query[at + 2]);
    Response const response = script_(name, type);
    if (response.silent) return "";
    if (!response.instead.empty()) return std::string(query.substr(0, 2)) + response.instead;
    std::string out(query.substr(0, 2));
    // QR, AA, RD; RA and the response code.
    out += '\x85';
    out += static_cast<char>(0x80 | response.rcode);
    out += wire16(1) + wire16(static_cast<unsigned>(response.answers.size())) + wire16(0) + wire16(1);
    out += query.substr(12, at + 5 - 12);
    for (Record const& r : response.answers)
      out += wire_name(r.name) + wire16(r.type) + wire16(1) + wire32(r.ttl) +
             wire16(static_cast<unsigned>(r.data.size())) + r.data;
    // OPT: 1232 bytes, with the bit that says DNSSEC is understood (RFC 6891 section 6.1.2, RFC 3225 section 3).
    return out + '\0' + wire16(41) + wire16(1232) + wire32(0x8000) + wire16(0);
  }

  Script script_;
  int socket_;
  int stop_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace yubin::kit
