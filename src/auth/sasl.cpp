#include "auth/sasl.h"

#include "auth/sasl_login.h"
#include "auth/sasl_oauth.h"
#include "auth/sasl_plain.h"
#include "auth/sasl_scram.h"

namespace yubin::auth {

namespace {

template <class Mechanism>
std::unique_ptr<SaslMechanism> make(Random&, SaslConnection const&) {
  return std::make_unique<Mechanism>();
}

template <SaslScram::Variant variant>
std::unique_ptr<SaslMechanism> make_scram(Random& random, SaslConnection const& connection) {
  return std::make_unique<SaslScram>(variant, random, connection);
}

template <SaslOAuth::Parse parse>
std::unique_ptr<SaslMechanism> make_oauth(Random&, SaslConnection const&) {
  return std::make_unique<SaslOAuth>(parse);
}

struct Row {
  std::string_view name;
  std::unique_ptr<SaslMechanism> (*make)(Random& random, SaslConnection const& connection);
};
constexpr Row kMechanisms[] = {
    {"SCRAM-SHA-256-PLUS", make_scram<SaslScram::Variant::bound>},
    {"SCRAM-SHA-256", make_scram<SaslScram::Variant::unbound>},
    {"OAUTHBEARER", make_oauth<&oauth_bearer_message>},
    {"XOAUTH2", make_oauth<&xoauth2_message>},
    {"PLAIN", make<SaslPlain>},
    {"LOGIN", make<SaslLogin>},
};

}  // namespace

SaslMechanism::Step SaslMechanism::resume(ScramKeys) {
  return Malformed{"This mechanism has no keys"};
}

SaslMechanism::Step SaslMechanism::refused(std::string) {
  return Failed{};
}

std::unique_ptr<SaslMechanism> make_sasl_mechanism(std::string_view name, Random& random,
                                                   SaslConnection const& connection) {
  for (Row const& row : kMechanisms) {
    if (row.name == name) return row.make(random, connection);
  }
  return nullptr;
}

std::vector<std::string_view> sasl_mechanisms() {
  std::vector<std::string_view> names;
  for (Row const& row : kMechanisms) names.push_back(row.name);
  return names;
}

}  // namespace yubin::auth
