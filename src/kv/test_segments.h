// Segments for tests: the engine of bodies on files in memory that can fail, be damaged and lose what was not synced.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/log.h"
#include "kv/faulty_file_system.h"
#include "kv/memory_file_system.h"
#include "kv/memory_key_value.h"
#include "kv/segment_bodies.h"

namespace yubin::kv {

inline constexpr std::size_t kSmall = 10'000;
inline constexpr std::size_t kLarge = 400'000;

// These tests provoke what the engine logs.
inline void quiet(LogLevel, std::string_view) {}

// Bodies in the segments of a file system that can be damaged, with their rows in memory.
struct Segments {
  Segments() { set_log_sink(&quiet); }

  void open(SegmentBodies::Options options = {}) {
    bodies.reset();
    options.files = &files;
    bodies = SegmentBodies::open("d", rows, ids, options).value();
  }
  void write(Batch batch) {
    Batch const* const pointer = &batch;
    ASSERT_TRUE(rows.write({&pointer, 1}).value()[0]);
  }
  void place(SealedBody const& body) {
    Batch batch;
    batch.put(Table::body, body.ref.id.bytes(), body.place);
    write(std::move(batch));
  }
  void drop(BodyRef const& body) {
    ASSERT_TRUE(bodies->drop(body.id));
    erase_row(body);
  }
  void erase_row(BodyRef const& body) {
    Batch batch;
    batch.erase(Table::body, body.id.bytes());
    write(std::move(batch));
  }
  Result<SealedBody> seal(std::string_view bytes) {
    TRY(auto writer, bodies->begin());
    TRY_VOID(writer->append(bytes));
    return writer->seal().wait();
  }
  BodyRef store(std::string_view bytes) {
    auto const body = seal(bytes).value();
    place(body);
    return body.ref;
  }
  bool holds(BodyRef const& body, std::string_view bytes) {
    auto const read = bodies->read(body.id, 0, bytes.size() + 1);
    return read && *read == bytes;
  }
  SegmentPlace place_of(BodyRef const& body) {
    auto const row = rows.get(Table::body, body.id.bytes()).value();
    return std::get<SegmentPlace>(parse_place(*row).value());
  }
  std::string& segment(std::uint64_t number) { return memory.bytes(FileSystem::Path("d") / segment_name(number)); }

  // What all place rows together take in segments.
  std::uint64_t placed_bytes() {
    std::uint64_t sum = 0;
    for (auto const& row : rows.scan(Table::body, {}, {}).value().rows) {
      auto const place = parse_place(row.value).value();
      if (auto const* in_segment = std::get_if<SegmentPlace>(&place)) sum += record_size(in_segment->size);
    }
    return sum;
  }

  MemoryFileSystem memory;
  Faults faults;
  FaultyFileSystem files{memory, faults};
  MemoryKeyValue rows;
  SystemClock clock;
  UniqueIds ids{clock, 1, 0};
  std::unique_ptr<SegmentBodies> bodies;
};

}  // namespace yubin::kv
