// Two messages of a client, one line each, as SCRAM takes them; a "+" before them: with PLUS. Who does not know the
// password is never let in, and what is accepted as a first message gives a nonce that begins with the client's.
#include <cstdint>
#include <string>

#include "auth/sasl_scram.h"
#include "base/assert.h"

namespace {

using namespace yubin;
using namespace yubin::auth;

void final_message(SaslScram& mechanism, std::string_view text) {
  SaslMechanism::Step const step = mechanism.step(std::optional<Secret>(std::in_place, std::string(text)));
  bool const refused =
      std::holds_alternative<SaslMechanism::Failed>(step) || std::holds_alternative<SaslMechanism::Malformed>(step);
  YUBIN_ASSERT(refused);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view input(reinterpret_cast<char const*>(data), size);
  bool const plus = input.starts_with('+');
  if (plus) input.remove_prefix(1);
  std::size_t const end = input.find('\n');
  std::string const first(input.substr(0, end));
  SeededRandom random(1);
  SaslConnection const connection{{{"tls-exporter", "exported"}}, plus};
  SaslScram mechanism(plus ? SaslScram::Variant::bound : SaslScram::Variant::unbound, random, connection);
  SaslMechanism::Step const step = mechanism.step(std::optional<Secret>(std::in_place, first));
  auto const* question = std::get_if<SaslMechanism::AskKeys>(&step);
  if (question == nullptr) {
    YUBIN_ASSERT(std::holds_alternative<SaslMechanism::Malformed>(step));
    return 0;
  }
  YUBIN_ASSERT(!question->user.empty());
  // Keys that no password has: what a proof has to hash to is not the hash of anything known.
  SaslMechanism::Step const next = mechanism.resume({4096, "salt", std::string(32, 's'), std::string(32, 'k')});
  std::string const& challenge = std::get<SaslChallenge>(next).bytes;
  std::string_view const nonce = std::string_view(challenge).substr(2, challenge.find(',') - 2);
  YUBIN_ASSERT(first.find(",r=" + std::string(nonce.substr(0, nonce.size() - 24))) != std::string::npos);
  if (end != std::string_view::npos) final_message(mechanism, input.substr(end + 1));
  return 0;
}
