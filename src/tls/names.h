// The names in certificates, and which certificate answers for a name. For the sources of tls/ only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace yubin::tls {

// The host names and addresses of the subject alternative names, in lower case. The common name does not count
// (RFC 9525 section 2).
std::vector<std::string> names_of(x509_st* certificate);

// Which of the numbered things answers for a server name.
class NameIndex {
 public:
  // The first that claims a name keeps it. `name` may begin with "*.".
  void add(std::string const& name, std::size_t thing) { things_.try_emplace(name, thing); }
  // RFC 9525 section 6.3: a wildcard stands for exactly one label, the leftmost; the name itself goes before it.
  // `otherwise` if nobody has the name.
  std::size_t find(std::string_view server_name, std::size_t otherwise) const;

 private:
  std::map<std::string, std::size_t, std::less<>> things_;
};

}  // namespace yubin::tls
