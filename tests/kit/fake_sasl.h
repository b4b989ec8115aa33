// PLAIN and LOGIN for tests of sessions, which know no mechanism: what auth/ does, without what it needs.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/sasl.h"
#include "base/text.h"

namespace yubin::kit {

class FakeSasl {
 public:
  struct Check {
    std::string user;
    std::string password;
  };
  struct Malformed {};
  using Step = std::variant<SaslChallenge, Check, Malformed>;

  Step step(AskSasl const& message) {
    if (!message.mechanism.empty()) {
      mechanism_ = message.mechanism;
      user_.reset();
    }
    if (mechanism_ == "LOGIN") return login(message);
    if (!message.response) return SaslChallenge{};
    auto const parts = split(message.response->view(), '\0');
    if (parts.size() != 3 || parts[1].empty() || parts[2].empty()) return Malformed{};
    // Nobody can act for another user.
    bool const self = parts[0].empty() || parts[0] == parts[1];
    return Check{std::string(parts[1]), self ? std::string(parts[2]) : ""};
  }

 private:
  Step login(AskSasl const& message) {
    if (!message.response) return SaslChallenge{"Username:"};
    std::string text(message.response->view());
    if (user_) return Check{*std::exchange(user_, std::nullopt), std::move(text)};
    user_ = std::move(text);
    return SaslChallenge{"Password:"};
  }

  std::string mechanism_;
  std::optional<std::string> user_;
};

}  // namespace yubin::kit
