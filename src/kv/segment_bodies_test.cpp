#include "kv/segment_bodies.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "base/log.h"
#include "kv/bodies_contract.h"
#include "kv/faulty_bodies.h"
#include "kv/faulty_file_system.h"
#include "kv/memory_file_system.h"
#include "kv/memory_key_value.h"
#include "kv/test_segments.h"
#include "tests/kit/temp_directory.h"

namespace yubin::kv {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::size_t kInline = 1'000;
constexpr std::size_t kSmall = 10'000;
constexpr std::size_t kLarge = 400'000;

struct SegmentsTest : testing::Test, Segments {};

// ---- the contract

class OnFiles : public BodiesUnderTest {
 public:
  Bodies& bodies() override { return *bodies_; }
  KeyValue& rows() override { return rows_; }
  void reopen() override {
    bodies_.reset();
    bodies_ = open();
  }

 private:
  std::unique_ptr<SegmentBodies> open() {
    return SegmentBodies::open(directory_ / "bodies", rows_, ids_, {.segment_bytes = 1'000'000}).value();
  }

  kit::TempDirectory directory_;
  MemoryKeyValue rows_;
  SystemClock clock_;
  UniqueIds ids_{clock_, 1, 0};
  std::unique_ptr<SegmentBodies> bodies_ = open();
};

class FaultyOnFiles final : public OnFiles {
 public:
  Bodies& bodies() override { return *faulty_; }
  void reopen() override {
    OnFiles::reopen();
    faulty_ = std::make_unique<FaultyBodies>(OnFiles::bodies(), faults_);
  }

 private:
  Faults faults_;
  std::unique_ptr<FaultyBodies> faulty_ = std::make_unique<FaultyBodies>(OnFiles::bodies(), faults_);
};

// "Restarting" loses what was not synced.
class InMemory final : public BodiesUnderTest {
 public:
  InMemory() { open(); }
  Bodies& bodies() override { return *bodies_; }
  KeyValue& rows() override { return rows_; }
  void reopen() override {
    bodies_.reset();
    files_.lose_unsynced();
    open();
  }

 private:
  void open() { bodies_ = SegmentBodies::open("d", rows_, ids_, {.files = &files_}).value(); }

  MemoryFileSystem files_;
  MemoryKeyValue rows_;
  SystemClock clock_;
  UniqueIds ids_{clock_, 1, 0};
  std::unique_ptr<SegmentBodies> bodies_;
};

INSTANTIATE_TEST_SUITE_P(segments, BodiesContract,
                         testing::Values(BodiesFactory([] { return std::make_unique<OnFiles>(); })));
INSTANTIATE_TEST_SUITE_P(faulty_segments, BodiesContract,
                         testing::Values(BodiesFactory([] { return std::make_unique<FaultyOnFiles>(); })));
INSTANTIATE_TEST_SUITE_P(segments_in_memory, BodiesContract,
                         testing::Values(BodiesFactory([] { return std::make_unique<InMemory>(); })));

// ---- where bodies go

TEST_F(SegmentsTest, a_tiny_body_is_sealed_at_once_into_its_row) {
  open();
  auto writer = bodies->begin().value();
  ASSERT_TRUE(writer->append(some_bytes(2048)));
  auto const ticket = writer->seal();
  ASSERT_TRUE(ticket.done());
  auto const body = ticket.take().value();
  EXPECT_EQ(parse_place(body.place).value(), Place(InlineBody{some_bytes(2048)}));
  EXPECT_THAT(memory.list("d").value(), IsEmpty());
}

TEST_F(SegmentsTest, small_and_large_bodies_go_to_segments_of_their_own) {
  open();
  auto const small = store(some_bytes(kSmall));
  auto const large = store(some_bytes(kLarge));
  auto const small_again = store(some_bytes(kSmall));
  auto const large_again = store(some_bytes(kLarge));
  EXPECT_EQ(place_of(small), (SegmentPlace{1, kSegmentHeader, kSmall}));
  EXPECT_EQ(place_of(small_again), (SegmentPlace{1, kSegmentHeader + record_size(kSmall), kSmall}));
  EXPECT_EQ(place_of(large), (SegmentPlace{2, kSegmentHeader, kLarge}));
  EXPECT_EQ(place_of(large_again), (SegmentPlace{2, kSegmentHeader + record_size(kLarge), kLarge}));
  auto const counters = bodies->counters();
  EXPECT_EQ(counters.appended.small_bodies, 2u);
  EXPECT_EQ(counters.appended.large_bodies, 2u);
  EXPECT_EQ(counters.appended.syncs, 4u);
  EXPECT_EQ(counters.live_bytes, 2 * record_size(kSmall) + 2 * record_size(kLarge));
}

TEST_F(SegmentsTest, a_full_segment_is_not_appended_to) {
  open({.segment_bytes = 15'000});
  auto const first = store(some_bytes(kSmall));
  auto const second = store(some_bytes(kSmall));
  auto const third = store(some_bytes(kSmall));
  EXPECT_EQ(place_of(first).segment, 1u);
  EXPECT_EQ(place_of(second).segment, 1u);
  EXPECT_EQ(place_of(third).segment, 2u);
}

TEST_F(SegmentsTest, a_segment_of_an_earlier_run_is_not_appended_to) {
  open();
  auto const first = store(some_bytes(kSmall));
  auto const before = segment(1);
  open();
  auto const second = store(some_bytes(kSmall));
  EXPECT_EQ(place_of(second).segment, 2u);
  EXPECT_EQ(segment(1), before);
  EXPECT_TRUE(holds(first, some_bytes(kSmall)));
}

TEST_F(SegmentsTest, an_abandoned_large_body_gives_its_segment_back) {
  open();
  {
    auto writer = bodies->begin().value();
    ASSERT_TRUE(writer->append(some_bytes(kLarge)));
  }
  bodies.reset();
  EXPECT_EQ(segment(1).size(), kSegmentHeader);
}

TEST_F(SegmentsTest, only_so_many_bodies_are_on_their_way_at_once) {
  open({.max_open_bodies = 2});
  auto first = bodies->begin().value();
  auto second = bodies->begin().value();
  EXPECT_EQ(bodies->begin().error().code, Errc::temporary);
  second.reset();
  EXPECT_TRUE(bodies->begin());
}

TEST_F(SegmentsTest, few_files_are_kept_open_and_all_are_read) {
  open({.segment_bytes = 1, .max_open_files = 2});
  std::vector<BodyRef> stored;
  stored.reserve(5);
  for (unsigned i = 0; i < 5; ++i) stored.push_back(store(some_bytes(kSmall, i)));
  for (int round = 0; round < 2; ++round) {
    for (unsigned i = 0; i < 5; ++i) EXPECT_TRUE(holds(stored[i], some_bytes(kSmall, i)));
  }
}

// ---- syncs

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

struct SyncTest : SegmentsTest {
  ~SyncTest() override { bodies.reset(); }
  Ticket<SealedBody> start(std::string_view bytes) {
    auto writer = bodies->begin().value();
    EXPECT_TRUE(writer->append(bytes));
    return writer->seal();
  }

  GatedFileSystem gated{memory};
};

TEST_F(SyncTest, bodies_that_wait_share_a_sync) {
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

TEST_F(SyncTest, a_large_body_that_is_being_synced_holds_up_no_small_one) {
  bodies = SegmentBodies::open("d", rows, ids, {.files = &gated}).value();
  gated.close(1);
  auto const large = start(some_bytes(kLarge));
  gated.wait_for_sync();
  EXPECT_TRUE(start(some_bytes(kSmall)).wait());
  EXPECT_FALSE(large.done());
  gated.open();
  EXPECT_TRUE(large.wait());
}

TEST_F(SyncTest, a_body_that_comes_in_slowly_holds_up_no_other) {
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

// ---- damage

TEST_F(SegmentsTest, a_flipped_bit_is_found_and_named_and_concerns_no_other_body) {
  open();
  auto const before = store(some_bytes(kLarge, 1));
  auto const hit = store(some_bytes(kLarge, 2));
  auto const after = store(some_bytes(kLarge, 3));
  auto const where = place_of(hit);
  auto const at = where.offset + piece_offset(2) + 5;  // in its third piece
  segment(where.segment)[at] ^= 1;
  auto const read = bodies->read(hit.id, 0, kLarge);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::corrupt);
  EXPECT_EQ(read.error().detail, fmt::format("segment {:016x} at {}: the checksum does not match", where.segment,
                                             where.offset + piece_offset(2)));
  EXPECT_TRUE(bodies->read(hit.id, 0, 2 * kPiece)) << "the pieces before";
  EXPECT_TRUE(bodies->read(hit.id, 3 * kPiece, kLarge)) << "the pieces behind";
  EXPECT_FALSE(bodies->read(hit.id, 2 * kPiece, 1));
  EXPECT_TRUE(holds(before, some_bytes(kLarge, 1)));
  EXPECT_TRUE(holds(after, some_bytes(kLarge, 3)));
}

TEST_F(SegmentsTest, a_flipped_bit_anywhere_in_a_small_body_is_found) {
  open();
  auto const body = store(some_bytes(3'000));
  auto const where = place_of(body);
  for (std::uint64_t at = where.offset; at < where.offset + record_size(3'000); ++at) {
    segment(1)[at] ^= 0x10;
    auto const read = bodies->read(body.id, 0, 3'000);
    ASSERT_FALSE(read) << at;
    EXPECT_EQ(read.error().code, Errc::corrupt);
    segment(1)[at] ^= 0x10;
  }
  EXPECT_TRUE(holds(body, some_bytes(3'000)));
}

TEST_F(SegmentsTest, a_segment_cut_at_any_byte_loses_only_what_is_cut) {
  open();
  auto const whole = store(some_bytes(3'000, 1));
  auto const torn = store(some_bytes(3'000, 2));
  auto const image = segment(1);
  for (std::uint64_t size = place_of(torn).offset; size < image.size(); ++size) {
    segment(1) = image.substr(0, size);
    auto const read = bodies->read(torn.id, 0, 3'000);
    ASSERT_FALSE(read) << size;
    ASSERT_EQ(read.error().code, Errc::corrupt);
    ASSERT_TRUE(holds(whole, some_bytes(3'000, 1)));
  }
}

TEST_F(SegmentsTest, a_missing_segment_concerns_only_its_bodies) {
  open({.segment_bytes = 1});
  auto const lost = store(some_bytes(kSmall, 1));
  auto const kept = store(some_bytes(kSmall, 2));
  ASSERT_TRUE(memory.remove("d/" + segment_name(1)));
  open();
  auto const read = bodies->read(lost.id, 0, 1);
  EXPECT_EQ(read.error(), (Error{Errc::corrupt, "segment 0000000000000001 is missing"}));
  EXPECT_TRUE(holds(kept, some_bytes(kSmall, 2)));
  drop(lost);
  EXPECT_TRUE(bodies->reclaim());
}

TEST_F(SegmentsTest, a_file_with_another_segments_header_is_not_read) {
  open({.segment_bytes = 1});
  auto const first = store(some_bytes(kSmall, 1));
  store(some_bytes(kSmall, 2));
  segment(1) = segment(2);
  EXPECT_THAT(bodies->read(first.id, 0, 1).error().detail, HasSubstr("segment 0000000000000001 at 0"));
}

TEST_F(SegmentsTest, a_row_that_points_at_another_body_is_corrupt) {
  open();
  auto const first = store(some_bytes(kSmall, 1));
  auto const second = seal(some_bytes(kSmall, 2)).value();
  place({second.ref, encode_place(place_of(first))});
  EXPECT_EQ(bodies->read(second.ref.id, 0, 1).error().code, Errc::corrupt);
  auto shorter = place_of(first);
  shorter.size -= 1;
  place({first, encode_place(shorter)});
  EXPECT_EQ(bodies->read(first.id, 0, 1).error().code, Errc::corrupt);
}

// ---- faults

struct Attempt {
  BodyRef ref;
  std::string bytes;
};

// Stores bodies of all kinds until each was tried; those whose ticket was good are placed and noted.
std::vector<Attempt> try_all(Segments& test) {
  std::vector<Attempt> good;
  unsigned seed = 0;
  for (std::size_t size : {kSmall, kLarge, kInline, kSmall, kLarge}) {
    auto const bytes = some_bytes(size, ++seed);
    auto const body = test.seal(bytes);
    if (!body) continue;
    test.place(*body);
    good.push_back({body->ref, bytes});
  }
  return good;
}

using FaultsTest = testing::TestWithParam<FaultMode>;

INSTANTIATE_TEST_SUITE_P(modes, FaultsTest,
                         testing::Values(FaultMode::nothing_done, FaultMode::done_but_failed, FaultMode::half_done));

// Fails call number `step`. False: the bodies needed fewer calls.
bool survives(std::uint64_t step, FaultMode mode) {
  Segments test;
  test.open({.segment_bytes = 500'000});
  auto const before = test.store(some_bytes(kSmall, 99));
  test.faults.arm(step, mode);
  auto good = try_all(test);
  bool const failed = test.faults.failed() > 0;
  EXPECT_GE(good.size(), failed ? 4u : 5u) << "one call fails one body at most";

  // The engine goes on without a restart.
  test.faults.disarm();
  for (auto& attempt : try_all(test)) good.push_back(std::move(attempt));
  EXPECT_GE(good.size(), 9u);
  for (auto const& attempt : good) EXPECT_TRUE(test.holds(attempt.ref, attempt.bytes));

  test.bodies.reset();
  test.memory.lose_unsynced();
  test.open();
  EXPECT_TRUE(test.holds(before, some_bytes(kSmall, 99)));
  for (auto const& attempt : good) EXPECT_TRUE(test.holds(attempt.ref, attempt.bytes));
  test.bodies->counted().wait();
  EXPECT_EQ(test.bodies->counters().live_bytes, test.placed_bytes()) << "what was refused takes no part";
  return failed;
}

TEST_P(FaultsTest, whatever_call_fails_good_tickets_survive_a_loss_of_power) {
  std::uint64_t step = 0;
  while (survives(step, GetParam())) {
    if (HasFailure()) FAIL() << "at step " << step;
    ++step;
  }
  EXPECT_GE(step, 12u) << "made, written and synced segments, and synced the directory, several times";
}

TEST_F(SegmentsTest, after_a_full_disk_it_goes_on_without_a_restart) {
  open();
  auto const before = store(some_bytes(kSmall, 1));
  faults.set_error({Errc::temporary, "No space left on device"});
  faults.arm(0, FaultMode::half_done, Faults::kForever);
  EXPECT_EQ(seal(some_bytes(kSmall)).error(), (Error{Errc::temporary, "No space left on device"}));
  EXPECT_FALSE(seal(some_bytes(kLarge)));
  EXPECT_TRUE(seal(some_bytes(kInline))) << "it needs no file";
  EXPECT_FALSE(seal(some_bytes(kSmall)));
  faults.disarm();
  EXPECT_TRUE(holds(before, some_bytes(kSmall, 1)));
  auto const small = store(some_bytes(kSmall, 2));
  auto const large = store(some_bytes(kLarge, 3));
  EXPECT_TRUE(holds(small, some_bytes(kSmall, 2)));
  EXPECT_TRUE(holds(large, some_bytes(kLarge, 3)));
}

TEST_F(SegmentsTest, a_failed_append_makes_the_whole_body_fail) {
  open();
  auto writer = bodies->begin().value();
  faults.arm(0, FaultMode::nothing_done);
  EXPECT_FALSE(writer->append(some_bytes(kLarge)));
  EXPECT_FALSE(writer->append("more"));
  EXPECT_FALSE(writer->seal().wait());
}

TEST_F(SegmentsTest, without_room_no_body_is_begun_until_there_is_room_again) {
  open({.low_space = 1'000'000, .low_space_percent = 10});
  memory.set_space({.available = 999'999, .total = 100'000'000});
  EXPECT_EQ(bodies->begin().error().code, Errc::limit);
  memory.set_space({.available = 1'000'000, .total = 100'000'000});
  EXPECT_TRUE(bodies->begin());
  memory.set_space({.available = 999'999, .total = 9'999'990});
  EXPECT_TRUE(bodies->begin()) << "a small disk keeps a part of it free, not all";
  memory.set_space({.available = 999'989, .total = 9'999'990});
  EXPECT_EQ(bodies->begin().error().code, Errc::limit);
}

TEST_F(SegmentsTest, the_start_says_what_failed) {
  for (std::uint64_t step = 0; step < 2; ++step) {
    faults.arm(step, FaultMode::nothing_done);
    EXPECT_EQ(SegmentBodies::open("d", rows, ids, {.files = &files}).error(), faults.error());
  }
}

// ---- space

TEST_F(SegmentsTest, a_segment_whose_bodies_are_all_dropped_is_removed) {
  open({.segment_bytes = 15'000});
  auto const first = store(some_bytes(kSmall, 1));
  auto const second = store(some_bytes(kSmall, 2));
  auto const third = store(some_bytes(kSmall, 3));
  drop(first);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(1), segment_name(2)));
  ASSERT_TRUE(bodies->drop(second.id));
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_TRUE(holds(second, some_bytes(kSmall, 2))) << "its row is still there";
  drop(second);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(2)));
  drop(third);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(2))) << "it is still appended to";
  EXPECT_EQ(bodies->counters().removed_segments, 1u);
  EXPECT_EQ(bodies->counters().live_bytes, 0u);
}

TEST_F(SegmentsTest, while_a_backup_holds_them_no_segment_is_removed) {
  open({.segment_bytes = 1});
  auto const body = store(some_bytes(kLarge));
  std::uint64_t const number = place_of(body).segment;
  store(some_bytes(kLarge, 2));  // the first one's segment is closed now
  {
    auto const hold = bodies->hold();
    auto const another = bodies->hold();
    drop(body);
    ASSERT_TRUE(bodies->reclaim());
    EXPECT_FALSE(segment(number).empty());
  }
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_EQ(bodies->counters().removed_segments, 1u);
}

TEST_F(SegmentsTest, segments_are_listed_and_those_of_an_earlier_run_are_closed) {
  open({.segment_bytes = 1});
  std::uint64_t const first = place_of(store(some_bytes(kLarge))).segment;
  open();
  std::uint64_t const second = place_of(store(some_bytes(kSmall))).segment;
  std::map<std::uint64_t, bool> listed;
  for (SegmentBodies::Segment const& one : bodies->segments()) listed[one.number] = one.closed;
  EXPECT_TRUE(listed.at(first));
  EXPECT_FALSE(listed.at(second));
}

TEST_F(SegmentsTest, bodies_that_are_only_read_stay_where_they_are) {
  open({.segment_bytes = 1});
  auto const kept = store(some_bytes(kLarge));
  auto const dropped = store(some_bytes(kLarge, 1));
  std::uint64_t const number = place_of(dropped).segment;
  drop(dropped);
  SegmentBodies::Options options;
  options.read_only = true;
  open(options);
  bodies->counted().wait();
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_FALSE(segment(number).empty());
  EXPECT_TRUE(bodies->read(kept.id, 0, 10));
  EXPECT_EQ(bodies->begin().error().code, Errc::denied);
}

TEST_F(SegmentsTest, bodies_that_were_never_placed_are_gone_after_a_restart) {
  open({.segment_bytes = 1});
  auto const placed = store(some_bytes(kSmall, 1));
  ASSERT_TRUE(seal(some_bytes(kSmall, 2)));
  ASSERT_TRUE(seal(some_bytes(kLarge, 3)));
  open();
  bodies->counted().wait();
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(1)));
  EXPECT_EQ(bodies->counters().live_bytes, record_size(kSmall));
  EXPECT_TRUE(holds(placed, some_bytes(kSmall, 1)));
  drop(placed);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_THAT(memory.list("d").value(), IsEmpty());
}

TEST_F(SegmentsTest, segments_that_no_row_knows_of_are_left_when_no_row_knows_any) {
  open({.segment_bytes = 1});
  store(some_bytes(kSmall, 1));
  MemoryKeyValue others;
  bodies = SegmentBodies::open("d", others, ids, {.files = &files}).value();
  bodies->counted().wait();
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(1)));
}

TEST_F(SegmentsTest, drops_remove_segments_now_and_then_by_themselves) {
  open({.segment_bytes = 1});
  for (unsigned i = 0; i < 200; ++i) drop(store(some_bytes(3'000, i)));
  EXPECT_GT(bodies->counters().removed_segments, 100u);
}

// One body is dropped before one page is counted and its row goes before the same or a later one: whatever the order,
// it is counted out once.
TEST_F(SegmentsTest, drops_during_the_counting_are_counted_once) {
  open();
  std::vector<BodyRef> stored;
  stored.reserve(5);
  for (unsigned i = 0; i < 5; ++i) stored.push_back(store(some_bytes(3'000, i)));
  Batch all;
  for (auto const& body : stored) all.put(Table::body, body.id.bytes(), encode_place(place_of(body)));
  for (std::size_t body = 0; body < stored.size(); ++body) {
    for (std::size_t drop_at = 0; drop_at <= stored.size(); ++drop_at) {
      for (std::size_t gone_at = drop_at; gone_at <= stored.size(); ++gone_at) {
        write(all);
        SegmentSpace space(rows, {1});
        bool more = true;
        for (std::size_t page = 0; page <= stored.size(); ++page) {
          if (page == drop_at) space.dropped(stored[body].id, place_of(stored[body]));
          if (page == gone_at) erase_row(stored[body]);
          ASSERT_TRUE(space.confirm_drops());
          if (more) more = space.count_page({.rows = 1}).value();
        }
        ASSERT_TRUE(space.confirm_drops());
        ASSERT_EQ(space.live_bytes(), (stored.size() - 1) * record_size(3'000)) << body << drop_at << gone_at;
        ASSERT_EQ(space.dropped_and_unconfirmed(), 0u);
      }
    }
  }
}

}  // namespace
}  // namespace yubin::kv
