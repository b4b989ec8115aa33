// The network that a peer belongs to, for sharing what is scarce: one peer has many addresses, and shares its queue
// with its neighbours.
#pragma once

#include <string>
#include <string_view>

namespace yubin::auth {

// The /24 of an IPv4 address (IPv4-mapped ones too), the /56 of an IPv6 address, any other text as it is.
class Network {
 public:
  static Network of(std::string_view ip);
  std::string const& text() const { return text_; }
  // A text that stands for this user in this network.
  std::string home_of(std::string_view user) const { return std::string(text_).append(1, ' ').append(user); }
  friend bool operator==(Network const&, Network const&) = default;

 private:
  explicit Network(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace yubin::auth
