// What a check found out: the judge weighs findings, the journal keeps them, `yubin check` prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yubin::policy {

// What may follow from a check's finding.
enum class Mode {
  off,      // not run
  observe,  // run, and its finding counted and kept; the verdict is as if it had not been
  enforce,  // its finding takes part in the verdict
};
std::string_view to_string(Mode mode);
std::optional<Mode> parse_mode(std::string_view text);

// One thing that was seen, in words and values: {"domain", "example.org"}. Values may be a peer's bytes.
struct Evidence {
  std::string name;
  std::string value;
  friend bool operator==(Evidence const&, Evidence const&) = default;
};

struct Finding {
  std::string check;   // "spf", "helo", "reverse-dns"; the id by which it is configured
  std::string result;  // the check's own word: "pass", "softfail", "temperror", "listed"
  int weight = 0;      // above 0: speaks against the message, below 0: for it; what sums mean, the verdict's table says
  std::string summary;  // one honest sentence, fit for the reply to the peer
  std::vector<Evidence> evidence;
  friend bool operator==(Finding const&, Finding const&) = default;
};

}  // namespace yubin::policy
