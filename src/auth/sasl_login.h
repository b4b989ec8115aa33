// The SASL mechanism LOGIN: never standardized (draft-murchison-sasl-login), and the only one that many printers,
// scanners and old mailers know.
#pragma once

#include <string>

#include "auth/sasl.h"

namespace yubin::auth {

// The server asks "Username:", then "Password:"; an initial response is the user's name. Each answer at most 1024
// bytes, taken as it is.
class SaslLogin final : public SaslMechanism {
 public:
  Step step(std::optional<Secret> response) override;

 private:
  std::optional<std::string> user_;
};

}  // namespace yubin::auth
