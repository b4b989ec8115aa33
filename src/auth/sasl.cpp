#include "auth/sasl.h"

#include "auth/sasl_login.h"
#include "auth/sasl_plain.h"

namespace yubin::auth {

namespace {

template <class Mechanism>
std::unique_ptr<SaslMechanism> make() {
  return std::make_unique<Mechanism>();
}

struct Row {
  std::string_view name;
  std::unique_ptr<SaslMechanism> (*make)();
};
constexpr Row kMechanisms[] = {
    {"PLAIN", make<SaslPlain>},
    {"LOGIN", make<SaslLogin>},
};

}  // namespace

std::unique_ptr<SaslMechanism> make_sasl_mechanism(std::string_view name) {
  for (Row const& row : kMechanisms) {
    if (row.name == name) return row.make();
  }
  return nullptr;
}

}  // namespace yubin::auth
