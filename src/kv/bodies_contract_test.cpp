#include "kv/bodies_contract.h"

#include <gmock/gmock.h>

#include <random>
#include <set>
#include <thread>

namespace yubin::kv {

std::string some_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

Ticket<SealedBody> BodiesContract::seal(std::string_view bytes, std::size_t chunk) {
  auto writer = bodies().begin().value();
  for (std::size_t from = 0; from < bytes.size(); from += chunk) {
    EXPECT_TRUE(writer->append(bytes.substr(from, chunk)));
  }
  EXPECT_EQ(writer->size(), bytes.size());
  return writer->seal();
}

void BodiesContract::place(SealedBody const& body) {
  Batch batch;
  batch.put(Table::body, body.ref.id.bytes(), body.place);
  Batch const* const pointer = &batch;
  EXPECT_TRUE(under_test_->rows().write({&pointer, 1}).value()[0]);
}

void BodiesContract::unplace(BodyRef const& body) {
  Batch batch;
  batch.erase(Table::body, body.id.bytes());
  Batch const* const pointer = &batch;
  EXPECT_TRUE(under_test_->rows().write({&pointer, 1}).value()[0]);
}

BodyRef BodiesContract::store(std::string_view bytes) {
  auto const body = seal(bytes).wait().value();
  EXPECT_EQ(body.ref.size, bytes.size());
  place(body);
  return body.ref;
}

std::string BodiesContract::read(BodyRef const& body) {
  std::string all;
  while (all.size() < body.size) {
    auto const some = bodies().read(body.id, all.size(), 100'000).value();
    EXPECT_FALSE(some.empty());
    if (some.empty()) break;
    all.append(some);
  }
  return all;
}

namespace {

// Around every size at which an engine may change its mind: inline, one piece, spooled, pieces, a file of its own.
constexpr std::size_t kSizes[] = {0,      1,       100,     8191,    8192,    8193,    65'535,  65'536,   65'537,
                                  70'000, 131'072, 262'143, 262'144, 262'145, 300'000, 327'680, 1'000'000};

TEST_P(BodiesContract, a_body_of_any_size_is_read_as_it_was_written) {
  for (std::size_t size : kSizes) {
    auto const bytes = some_bytes(size);
    auto const body = store(bytes);
    EXPECT_TRUE(read(body) == bytes) << size;
  }
}

TEST_P(BodiesContract, small_bodies_are_read_together) {
  std::vector<BodyId> ids;
  for (std::size_t size : kSizes) ids.push_back(store(some_bytes(size)).id);
  ids.push_back(BodyId(1, 2));  // there is none
  auto const small = bodies().read_small(ids).value();
  ASSERT_EQ(small.size(), ids.size());
  for (std::size_t i = 0; i < std::size(kSizes); ++i) {
    if (small[i]) EXPECT_TRUE(*small[i] == some_bytes(kSizes[i])) << kSizes[i];
  }
  EXPECT_EQ(small.back(), std::nullopt);
}

TEST_P(BodiesContract, chunks_of_any_size_make_the_same_body) {
  auto const bytes = some_bytes(400'000);
  for (std::size_t chunk : {std::size_t{4'097}, std::size_t{65'536}, bytes.size()}) {
    auto const body = seal(bytes, chunk).wait().value();
    place(body);
    EXPECT_TRUE(read(body.ref) == bytes) << chunk;
  }
}

TEST_P(BodiesContract, any_range_can_be_read) {
  for (std::size_t size : {std::size_t{1000}, std::size_t{100'000}, std::size_t{400'000}}) {
    auto const bytes = some_bytes(size);
    auto const body = store(bytes);
    std::mt19937 random(3);
    for (int i = 0; i < 100; ++i) {
      std::size_t const offset = random() % (size + 10);
      std::size_t const length = random() % (i % 2 == 0 ? 100 : size);
      auto const expected = offset < size ? bytes.substr(offset, length) : std::string();
      ASSERT_TRUE(bodies().read(body.id, offset, length).value() == expected) << offset << " " << length;
    }
    EXPECT_EQ(bodies().read(body.id, size, 10).value(), "");
    EXPECT_EQ(bodies().read(body.id, 0, 0).value(), "");
    EXPECT_EQ(bodies().read(body.id, size - 1, std::string::npos).value(), bytes.substr(size - 1));
  }
}

TEST_P(BodiesContract, a_body_that_was_never_stored_is_not_found) {
  EXPECT_EQ(bodies().read(BodyId(1, 77), 0, 10).error().code, Errc::not_found);
}

TEST_P(BodiesContract, a_writer_destroyed_unsealed_leaves_others_whole) {
  auto const first = store(some_bytes(300'000, 1));
  {
    auto writer = bodies().begin().value();
    ASSERT_TRUE(writer->append(some_bytes(500'000, 2)));
  }
  auto const second = store(some_bytes(300'000, 3));
  EXPECT_TRUE(read(first) == some_bytes(300'000, 1));
  EXPECT_TRUE(read(second) == some_bytes(300'000, 3));
}

TEST_P(BodiesContract, bodies_written_side_by_side_do_not_mix) {
  constexpr unsigned kWriters = 4;
  constexpr unsigned kBodies = 12;
  std::vector<std::vector<SealedBody>> sealed(kWriters);
  {
    std::vector<std::jthread> threads;
    threads.reserve(kWriters);
    for (unsigned t = 0; t < kWriters; ++t) {
      threads.emplace_back([&, t] {
        for (unsigned i = 0; i < kBodies; ++i) {
          auto const size = kSizes[(i * 5 + t) % std::size(kSizes)];
          sealed[t].push_back(seal(some_bytes(size, t * 100 + i)).wait().value());
        }
      });
    }
  }
  std::set<BodyId> ids;
  for (unsigned t = 0; t < kWriters; ++t) {
    for (unsigned i = 0; i < kBodies; ++i) {
      auto const& body = sealed[t][i];
      ids.insert(body.ref.id);
      place(body);
      EXPECT_TRUE(read(body.ref) == some_bytes(body.ref.size, t * 100 + i));
    }
  }
  EXPECT_EQ(ids.size(), kWriters * kBodies);
}

TEST_P(BodiesContract, a_dropped_body_is_gone_and_others_are_not) {
  for (std::size_t size : {std::size_t{100}, std::size_t{10'000}, std::size_t{400'000}}) {
    auto const stays = store(some_bytes(size, 1));
    auto const goes = store(some_bytes(size, 2));
    EXPECT_TRUE(bodies().drop(goes.id));
    unplace(goes);
    EXPECT_EQ(bodies().read(goes.id, 0, 1).error().code, Errc::not_found);
    EXPECT_TRUE(bodies().drop(goes.id)) << "there is nothing left to drop, which is no failure";
    EXPECT_TRUE(read(stays) == some_bytes(size, 1));
  }
}

TEST_P(BodiesContract, what_was_stored_is_there_after_a_restart_and_what_comes_then_too) {
  std::vector<BodyRef> stored;
  for (unsigned round = 0; round < 3; ++round) {
    for (std::size_t size : {std::size_t{100}, std::size_t{10'000}, std::size_t{400'000}}) {
      stored.push_back(store(some_bytes(size, static_cast<unsigned>(stored.size()))));
    }
    reopen();
    for (unsigned i = 0; i < stored.size(); ++i) {
      EXPECT_TRUE(read(stored[i]) == some_bytes(stored[i].size, i)) << round << " " << i;
    }
  }
}

}  // namespace
}  // namespace yubin::kv
