#include "report/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace yubin::report {

namespace {

constexpr int kWindow = 15;
constexpr int kGzip = 16;  // added to the window: with gzip's header
constexpr int kMemory = 8;
constexpr std::size_t kStep = 64 * 1024;

struct Closer {
  void operator()(z_stream* stream) const {
    inflateEnd(stream);
    delete stream;
  }
};
using Stream = std::unique_ptr<z_stream, Closer>;

Bytef* input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
}

Stream open(std::string_view bytes, int window) {
  Stream stream(new z_stream{});
  stream->next_in = input(bytes);
  stream->avail_in = static_cast<uInt>(bytes.size());
  if (inflateInit2(stream.get(), window) != Z_OK) throw std::bad_alloc();
  return stream;
}

// Of any number of members, which may all be empty: they share what they are unpacked into.
class Inflating {
 public:
  Inflating(std::string_view bytes, int window, std::size_t& room)
      : stream_(open(bytes, window)), room_(room), step_(std::make_unique_for_overwrite<char[]>(kStep)) {}

  // One member, at the end of out().
  Result<> member() {
    for (;;) {
      stream_->next_out = reinterpret_cast<Bytef*>(step_.get());
      stream_->avail_out = kStep;
      int const status = ::inflate(stream_.get(), Z_NO_FLUSH);
      std::size_t const produced = kStep - stream_->avail_out;
      std::size_t const taken = std::min(produced, room_);
      room_ -= taken;
      if (taken < produced) return fail(Errc::limit, "it unpacks to more than is taken from one mail");
      out_.append(step_.get(), taken);
      if (status == Z_STREAM_END) return {};
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      if (status == Z_BUF_ERROR) return fail(Errc::syntax, "the compressed data ends too early");
      if (status != Z_OK) return fail(Errc::syntax, "the compressed data is broken");
    }
  }
  void next_member() { inflateReset(stream_.get()); }
  std::size_t rest() const { return stream_->avail_in; }
  std::string take() && { return std::move(out_); }

 private:
  Stream const stream_;
  std::size_t& room_;
  std::unique_ptr<char[]> const step_;
  std::string out_;
};

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindow + kGzip, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

Result<std::string> gunzip(std::string_view bytes, std::size_t& room) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) return fail(Errc::limit, "too much compressed data");
  Inflating inflating(bytes, kWindow + kGzip, room);
  do {
    TRY_VOID(inflating.member());
    inflating.next_member();
  } while (is_gzip(bytes.substr(bytes.size() - inflating.rest())));
  return std::move(inflating).take();
}

Result<std::string> inflate_raw(std::string_view bytes, std::size_t& room) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) return fail(Errc::limit, "too much compressed data");
  Inflating inflating(bytes, -kWindow, room);
  TRY_VOID(inflating.member());
  return std::move(inflating).take();
}

}  // namespace yubin::report
