#include "policy/header_digest.h"

#include <map>
#include <vector>

#include "base/text.h"

namespace yubin::policy {

std::string header_digest(mime::HeaderSection const& header, DkimSignature const& signature, std::string_view own) {
  std::map<std::string, std::vector<std::size_t>, std::less<>> places;
  for (std::size_t i = 0; i < header.size(); ++i) {
    // Section 3.5: in h=, its own name means other signatures only.
    if (header[i].raw.data() != own.data()) places[to_lower(header[i].name)].push_back(i);
  }
  Digest digest(signature.algorithm.hash);
  for (std::string const& name : signature.fields) {
    auto const found = places.find(name);
    if (found == places.end() || found->second.empty()) continue;
    std::string_view const raw = header[found->second.back()].raw;
    found->second.pop_back();
    digest.update(canonical_field(signature.header_form, raw));
  }
  std::string last = canonical_field(signature.header_form, without_signature(own));
  if (last.ends_with("\r\n")) last.resize(last.size() - 2);  // section 3.7: the last has no line end
  digest.update(last);
  return digest.finish();
}

}  // namespace yubin::policy
