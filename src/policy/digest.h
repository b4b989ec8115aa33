// Hashing, by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace yubin::policy {

enum class Hash { sha1, sha256 };

class Digest {
 public:
  explicit Digest(Hash hash);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();

  void update(std::string_view bytes);
  std::string finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string digest_of(Hash hash, std::string_view bytes);

}  // namespace yubin::policy
