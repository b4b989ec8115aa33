// A message on its way in: its bytes are spooled into a body and parsed in the same pass, so nothing is read twice.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "deliver/address_rules.h"
#include "deliver/header_filter.h"
#include "kv/bodies.h"
#include "mime/message_parser.h"
#include "policy/message_reader.h"
#include "store/store.h"

namespace yubin::deliver {

// One at a time, one thread at a time. add() only copies and belongs on the loop; work(), finish() and seal() may touch
// the disk and take CPU, so they belong on the storage pool. Destroyed unsealed: nothing is left of the message.
class Intake {
 public:
  // How much add() collects before work() should be called.
  static constexpr std::size_t kPiece = 64 * 1024;

  // `reader`, if given, reads the bytes as they came, before the filter.
  // `rules`, if given, are applied to the addresses of the header section; they outlive it.
  Intake(store::Store& store, HeaderFilter filter, std::shared_ptr<policy::MessageReader> reader = nullptr,
         AddressRules const* rules = nullptr)
      : store_(store), header_(std::move(filter)), reader_(std::move(reader)) {
    if (rules != nullptr) rewriter_.emplace(*rules);
  }

  void add(std::string_view chunk) { pending_ += chunk; }
  bool wants_work() const { return pending_.size() >= kPiece; }
  // Spools and parses what add() collected. After an error the message is lost; tell the peer to try again.
  Result<> work();
  // The same, for the end of the message. Then header() knows all of it, and the reader is finished. Again does
  // nothing.
  Result<> finish();
  HeaderFilter const& header() const { return header_; }

  struct Sealed {
    kv::Ticket<kv::SealedBody> body;  // done when the bytes are durable
    std::string summary;
    std::string message_id;  // the Message-ID field, empty if it has none
  };
  Sealed seal();  // once, after a good finish()

 private:
  Result<> spool(std::string const& bytes);

  store::Store& store_;
  HeaderFilter header_;
  std::shared_ptr<policy::MessageReader> reader_;  // until finish()
  std::optional<AddressRewriter> rewriter_;
  std::string pending_;
  std::unique_ptr<kv::BodyWriter> writer_;
  mime::MessageParser parser_;
  Result<> state_;
};

}  // namespace yubin::deliver
