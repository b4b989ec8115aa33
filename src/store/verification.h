// Verifying a whole store while it is in use: what `yubin store verify` does, in steps that hold nobody up.
//
// First each account's rows are counted again (verify.h), then each body that is referred to is read. An account that
// changed while it was read is read anew before anything is said of it; nothing is locked. What cannot be read is named
// and passed over, and the rest is verified.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kv/bodies.h"
#include "kv/key_value.h"
#include "store/account_verifier.h"
#include "store/keys.h"

namespace yubin::store {

enum class VerifyDepth {
  rows,    // bodies are looked for, not read
  bodies,  // every byte of every body is read, and so checked against its checksum
};

// What a part of the way has shown.
struct Verified {
  std::vector<std::string> findings;  // one sentence each
  // The accounts that they concern, each with its references that are those of no card: what Changes::repair() takes.
  std::map<AccountId, std::vector<BodyRefKey>> damaged;
  std::uint64_t accounts = 0;
  std::uint64_t messages = 0;
  std::uint64_t bodies = 0;
  std::uint64_t bytes = 0;  // of bodies, read
  std::string position;     // where to go on; empty: at the end
};

// One thread at a time, on the storage pool. Memory: about 100 bytes a message of one account.
class Verification {
 public:
  // Both outlive this. `position` is where an earlier one stopped, or empty. Errors: syntax (no such position).
  static Result<Verification> from(kv::KeyValue const& rows, kv::Bodies const& bodies, VerifyDepth depth,
                                   std::string_view position);

  bool done() const { return phase_ == Phase::done; }
  // A few hundred rows, or a piece of a body: some milliseconds.
  void step();
  // Whether another can go on from here.
  bool can_stop() const { return !account_ && !body_; }
  // What was found since it was last asked; only when can_stop().
  Verified take();

 private:
  enum class Phase { accounts, bodies, done };
  struct OpenAccount {
    AccountId id;
    AccountVerifier verifier;
    kv::Range rest;
    std::string stamp;
    int attempts = 0;
  };
  struct OpenBody {
    kv::BodyId id;
    std::vector<BodyRefKey> users;
    std::uint64_t expected = 0;
    std::uint64_t read = 0;
  };

  Verification(kv::KeyValue const& rows, kv::Bodies const& bodies, VerifyDepth depth)
      : rows_(rows), bodies_(bodies), depth_(depth) {}

  void begin_account();
  void skip_unreadable(Error const& error);
  Result<OpenAccount> open(AccountId account, int attempts) const;
  void read_account();
  void finish_account();
  void cannot_read_account(Error const& error);

  void begin_body();
  Result<bool> open_body();
  Result<> add_user(kv::Row const& row, OpenBody& body);
  void read_body();
  void name_users(OpenBody const& body, std::string const& what);
  Result<bool> is_used(BodyRefKey const& user) const;
  std::string describe(BodyRefKey const& user) const;

  void found(AccountId account, std::string sentence);

  kv::KeyValue const& rows_;
  kv::Bodies const& bodies_;
  VerifyDepth depth_;
  Phase phase_ = Phase::accounts;
  std::uint64_t next_account_ = 0;
  std::uint32_t unreadable_ = 0;  // accounts passed over in one run
  std::string next_ref_;
  std::optional<OpenAccount> account_;
  std::optional<OpenBody> body_;
  Verified verified_;
};

}  // namespace yubin::store
