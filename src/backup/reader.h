// A backup opened for reading: its rows and bodies as the store's seams, nothing in it changed.
#pragma once

#include <filesystem>
#include <memory>

#include "backup/folder.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/result.h"
#include "kv/changer.h"
#include "kv/committer.h"
#include "kv/rocks_key_value.h"
#include "kv/segment_bodies.h"
#include "store/store.h"

namespace yubin::backup {

class Reader {
 public:
  // Checks that all files are there with their sizes; not their checksums. Errors: one sentence.
  static Result<std::unique_ptr<Reader>> open(std::filesystem::path const& backup);

  Manifest const& manifest() const { return manifest_; }
  kv::KeyValue const& rows() const { return *rows_; }
  kv::Bodies const& bodies() const { return *bodies_; }
  store::Store const& store() const { return *store_; }

 private:
  Reader() = default;

  Manifest manifest_;
  SystemClock clock_;
  UniqueIds ids_{clock_, 0, 0};  // nothing gets an id here
  std::unique_ptr<kv::RocksKeyValue> rows_;
  std::unique_ptr<kv::SegmentBodies> bodies_;
  // The store wants them; nothing is ever changed.
  InlineExecutor here_;
  std::unique_ptr<kv::Committer> committer_;
  std::unique_ptr<kv::Changer> changer_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace yubin::backup
