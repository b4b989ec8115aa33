// Which bodies of segments share a sync, and which wait for none.
#include <condition_variable>
#include <mutex>

#include "kv/bodies_contract.h"
#include "kv/test_segments.h"

namespace yubin::kv {
namespace {

// A file system whose syncs of chosen files wait at a gate.
class GatedFileSystem final : public FileSystem {
 public:
  explicit GatedFileSystem(FileSystem& inner) : inner_(inner) {}

  void close(std::uint64_t segment) {
    std::lock_guard lock(mutex_);
    closed_ = segment_name(segment);
  }
  void open() {
    std::lock_guard lock(mutex_);
    closed_.clear();
    changed_.notify_all();
  }
  void wait_for_sync() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_; });
  }

  Result<std::unique_ptr<File>> create(Path const& path) override {
    TRY(auto file, inner_.create(path));
    return std::make_unique<GatedFile>(*this, path.filename().native(), std::move(file));
  }
  Result<std::unique_ptr<File>> open_to_read(Path const& path) override { return inner_.open_to_read(path); }
  Result<std::uint64_t> size(Path const& path) override { return inner_.size(path); }
  Result<Space> space(Path const& path) override { return inner_.space(path); }
  Result<> remove(Path const& path) override { return inner_.remove(path); }
  Result<> make_directory(Path const& path) override { return inner_.make_directory(path); }
  Result<std::vector<std::string>> list(Path const& path) override { return inner_.list(path); }
  Result<> sync_directory(Path const& path) override { return inner_.sync_directory(path); }

 private:
  class GatedFile final : public File {
   public:
    GatedFile(GatedFileSystem& gate, std::string name, std::unique_ptr<File> inner)
        : gate_(gate), name_(std::move(name)), inner_(std::move(inner)) {}
    Result<> write(std::uint64_t offset, std::string_view bytes) override { return inner_->write(offset, bytes); }
    Result<std::string> read(std::uint64_t offset, std::size_t length) const override {
      return inner_->read(offset, length);
    }
    Result<> sync() override {
      gate_.pass(name_);
      return inner_->sync();
    }
    Result<> truncate(std::uint64_t size) override { return inner_->truncate(size); }
    void start_writing_back(std::uint64_t, std::uint64_t) override {}

   private:
    GatedFileSystem& gate_;
    std::string const name_;
    std::unique_ptr<File> inner_;
  };

  void pass(std::string const& name) {
    std::unique_lock lock(mutex_);
    waiting_ = closed_ == name;
    changed_.notify_all();
    changed_.wait(lock, [&] { return closed_ != name; });
    waiting_ = false;
  }

  FileSystem& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string closed_;
  bool waiting_ = false;
};

struct SegmentSyncsTest : testing::Test, Segments {
  ~SegmentSyncsTest() override { bodies.reset(); }
  Ticket<SealedBody> start(std::string_view bytes) {
    auto writer = bodies->begin().value();
    EXPECT_TRUE(writer->append(bytes));
    return writer->seal();
  }

  GatedFileSystem gated{memory};
};

TEST_F(SegmentSyncsTest, bodies_that_wait_share_a_sync) {
  bodies = SegmentBodies::open("d", rows, ids, {.files = &gated}).value();
  gated.close(1);
  auto const first = start(some_bytes(kSmall, 0));
  gated.wait_for_sync();
  std::vector<Ticket<SealedBody>> others;
  for (unsigned i = 1; i <= 50; ++i) others.push_back(start(some_bytes(kSmall, i)));
  EXPECT_FALSE(first.done());
  gated.open();
  ASSERT_TRUE(first.wait());
  for (unsigned i = 1; i <= 50; ++i) {
    auto const body = others[i - 1].wait().value();
    place(body);
    EXPECT_TRUE(holds(body.ref, some_bytes(kSmall, i)));
  }
  EXPECT_EQ(bodies->counters().appended.small_bodies, 51u);
  EXPECT_EQ(bodies->counters().appended.syncs, 2u);
}

TEST_F(SegmentSyncsTest, a_large_body_that_is_being_synced_holds_up_no_small_one) {
  bodies = SegmentBodies::open("d", rows, ids, {.files = &gated}).value();
  gated.close(1);
  auto const large = start(some_bytes(kLarge));
  gated.wait_for_sync();
  EXPECT_TRUE(start(some_bytes(kSmall)).wait());
  EXPECT_FALSE(large.done());
  gated.open();
  EXPECT_TRUE(large.wait());
}

TEST_F(SegmentSyncsTest, a_body_that_comes_in_slowly_holds_up_no_other) {
  bodies = SegmentBodies::open("d", rows, ids, {.files = &gated}).value();
  auto slow = bodies->begin().value();
  ASSERT_TRUE(slow->append(some_bytes(kLarge, 1)));
  EXPECT_TRUE(start(some_bytes(kLarge, 2)).wait());
  EXPECT_TRUE(start(some_bytes(kSmall, 3)).wait());
  ASSERT_TRUE(slow->append(some_bytes(kLarge, 4)));
  auto const body = slow->seal().wait().value();
  place(body);
  EXPECT_TRUE(holds(body.ref, some_bytes(kLarge, 1) + some_bytes(kLarge, 4)));
}

}  // namespace
}  // namespace yubin::kv
