#include "auth/sasl_client.h"

#include <algorithm>
#include <utility>

#include "auth/gs2_header.h"
#include "auth/sasl_client_scram.h"

namespace yubin::auth {

namespace {

// RFC 4616 section 2: message = [authzid] UTF8NUL authcid UTF8NUL passwd
class Plain final : public SaslClient {
 public:
  explicit Plain(ClientLogin login) : login_(std::move(login)) {}
  std::string_view name() const override { return "PLAIN"; }
  std::optional<Secret> begin() override {
    std::string message;
    message += '\0';
    message += login_.user;
    message += '\0';
    message += login_.password.view();
    return Secret(std::move(message));
  }
  Result<Secret> respond(std::string_view) override { return fail(Errc::denied, "PLAIN has no challenges"); }

 private:
  ClientLogin login_;
};

// The mechanism of draft-murchison-sasl-login: two prompts, whose words differ from server to server.
class Login final : public SaslClient {
 public:
  explicit Login(ClientLogin login) : login_(std::move(login)) {}
  std::string_view name() const override { return "LOGIN"; }
  std::optional<Secret> begin() override { return std::nullopt; }
  Result<Secret> respond(std::string_view) override {
    switch (asked_++) {
      case 0:
        return Secret(login_.user);
      case 1:
        return std::move(login_.password);
      default:
        return fail(Errc::denied, "LOGIN has two challenges");
    }
  }

 private:
  ClientLogin login_;
  int asked_ = 0;
};

// RFC 7628 section 3.1, and the older mechanism that large providers have:
// "user=" user ^A "auth=Bearer " token ^A ^A
class Token final : public SaslClient {
 public:
  Token(ClientLogin login, bool is_standard) : login_(std::move(login)), is_standard_(is_standard) {}
  std::string_view name() const override { return is_standard_ ? "OAUTHBEARER" : "XOAUTH2"; }
  std::optional<Secret> begin() override {
    constexpr char kSeparator = '\x01';
    std::string message;
    if (is_standard_) {
      message = "n,a=" + to_saslname(login_.user) + ",";
      message += kSeparator;
    } else {
      message = "user=" + login_.user;
      message += kSeparator;
    }
    message += "auth=Bearer ";
    message += login_.token.view();
    message += kSeparator;
    message += kSeparator;
    return Secret(std::move(message));
  }
  // RFC 7628 section 3.2.3: a challenge tells why the token is refused; the refusal itself follows on this.
  Result<Secret> respond(std::string_view) override { return Secret(is_standard_ ? "\x01" : ""); }

 private:
  ClientLogin login_;
  bool is_standard_;
};

}  // namespace

std::unique_ptr<SaslClient> make_sasl_client(std::span<std::string const> offered, ClientLogin login, Channel channel,
                                             Random& random) {
  auto has = [&](std::string_view name) { return std::ranges::find(offered, name) != offered.end(); };
  if (!login.token.view().empty()) {
    bool const is_standard = has("OAUTHBEARER");
    if (channel == Channel::in_clear || !(is_standard || has("XOAUTH2"))) return nullptr;
    return std::make_unique<Token>(std::move(login), is_standard);
  }
  if (has("SCRAM-SHA-256")) return std::make_unique<SaslClientScram>(std::move(login), random);
  if (channel == Channel::in_clear) return nullptr;
  if (has("PLAIN")) return std::make_unique<Plain>(std::move(login));
  if (has("LOGIN")) return std::make_unique<Login>(std::move(login));
  return nullptr;
}

}  // namespace yubin::auth
