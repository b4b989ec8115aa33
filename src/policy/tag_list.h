// tag-list: "v=1; a=rsa-sha256; ...", the form of signatures, key records and DMARC records (RFC 6376 section 3.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::policy {

struct Tag {
  std::string name;   // with its case, which counts
  std::string value;  // without white space at its ends; inside it stays
};

class TagList {
 public:
  // Linear. Errors: syntax, also when a name comes twice (section 3.2). U-labels and such are taken (RFC 8616).
  static Result<TagList> parse(std::string_view text);

  std::optional<std::string_view> find(std::string_view name) const;  // points into this
  std::vector<Tag> const& tags() const { return tags_; }              // in their order

 private:
  std::vector<Tag> tags_;
};

// "a : b:c" -> a, b, c; white space around each goes. Empty pieces stay.
std::vector<std::string> colon_list(std::string_view value);
std::string without_white_space(std::string_view value);
// base64string (section 2.10): white space may stand in it, and its padding may be missing.
std::optional<std::string> decode_base64_tag(std::string_view value);

}  // namespace yubin::policy
