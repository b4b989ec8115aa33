#include "auth/sasl.h"

#include "auth/sasl_login.h"
#include "auth/sasl_plain.h"
#include "auth/sasl_scram.h"

namespace yubin::auth {

namespace {

template <class Mechanism>
std::unique_ptr<SaslMechanism> make(Random&) {
  return std::make_unique<Mechanism>();
}

template <>
std::unique_ptr<SaslMechanism> make<SaslScram>(Random& random) {
  return std::make_unique<SaslScram>(random);
}

struct Row {
  std::string_view name;
  std::unique_ptr<SaslMechanism> (*make)(Random& random);
};
constexpr Row kMechanisms[] = {
    {"SCRAM-SHA-256", make<SaslScram>},
    {"PLAIN", make<SaslPlain>},
    {"LOGIN", make<SaslLogin>},
};

}  // namespace

SaslMechanism::Step SaslMechanism::resume(ScramKeys) {
  return Malformed{"This mechanism has no keys"};
}

std::unique_ptr<SaslMechanism> make_sasl_mechanism(std::string_view name, Random& random) {
  for (Row const& row : kMechanisms) {
    if (row.name == name) return row.make(random);
  }
  return nullptr;
}

std::vector<std::string_view> sasl_mechanisms() {
  std::vector<std::string_view> names;
  for (Row const& row : kMechanisms) names.push_back(row.name);
  return names;
}

}  // namespace yubin::auth
