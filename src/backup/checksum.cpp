#include "backup/checksum.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "base/assert.h"

namespace yubin::backup {

struct Checksum::State {
  XXH3_state_t* xxh = XXH3_createState();
  ~State() { (void)XXH3_freeState(xxh); }  // never fails
};

Checksum::Checksum() : state_(std::make_unique<State>()) {
  YUBIN_ASSERT(state_->xxh != nullptr && XXH3_128bits_reset(state_->xxh) == XXH_OK);
}
Checksum::~Checksum() = default;

void Checksum::add(std::string_view bytes) {
  YUBIN_ASSERT(XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size()) == XXH_OK);
}

std::string Checksum::hex() const {
  XXH128_hash_t const hash = XXH3_128bits_digest(state_->xxh);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string checksum_of(std::string_view bytes) {
  Checksum checksum;
  checksum.add(bytes);
  return checksum.hex();
}

}  // namespace yubin::backup
