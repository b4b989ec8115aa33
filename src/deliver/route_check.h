// Tries a route without sending mail: connects, TLS, login, and asks whether mail for an address would be taken.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deliver/mail_route.h"
#include "mime/address.h"
#include "smtp/outcome.h"

namespace yubin::deliver {

struct RouteQuestion {
  std::string route{};                // its name; empty: the one that mail for `to` takes, or the first with a host
  std::optional<mime::Address> to{};  // none: nobody is asked for
  smtp::ReversePath from{};
  bool hurried = false;  // somebody waits for it: no step may take long, and after a while no more hosts are tried
};

struct RouteReport {
  struct Step {
    bool good;
    std::string text;
  };
  std::string route{};  // in words
  std::vector<Step> steps{};
  std::optional<smtp::Outcome> asked{};  // what the server said of the address, if it came to that
  bool sender_taken = false;             // it had accepted the sender before
  bool good = false;                     // mail would have gone
};

// In words, for people.
std::string words(MailRoute const& route);

}  // namespace yubin::deliver
