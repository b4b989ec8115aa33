// What a function returns when the world can fail: a value, or an Error that says what failed.
//
// Three kinds of failure are kept apart (docs/ARCHITECTURE.md, "Errors"): a peer's mistake is a reply, the world's
// failure is a Result, our own mistake is YUBIN_ASSERT.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace yubin {

enum class Errc {
  syntax,     // the input does not have the form it must have
  limit,      // a named limit is reached
  not_found,  // what was asked for does not exist
  conflict,   // it exists already, or changed meanwhile
  denied,     // not permitted
  temporary,  // may work later: disk, memory, network, a peer
  corrupt,    // stored bytes are not what was written
  internal,   // none of these; a bug or a library's surprise
};

std::string_view to_string(Errc code);

struct Error {
  Errc code;
  std::string detail;  // for our log; what a peer hears is chosen from `code`, never from this

  friend bool operator==(Error const&, Error const&) = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string detail) {
  return std::unexpected(Error{code, std::move(detail)});
}

}  // namespace yubin

#define YUBIN_CONCAT_(a, b) a##b
#define YUBIN_CONCAT(a, b) YUBIN_CONCAT_(a, b)

#define YUBIN_TRY_(result, decl, expr, leave)         \
  auto result = (expr);                               \
  if (!result) [[unlikely]]                           \
    leave std::unexpected(std::move(result).error()); \
  decl = *std::move(result)

// TRY(auto x, f()): x is f()'s value, or this function returns f()'s error. A plain statement; stands inside braces.
#define TRY(decl, expr) YUBIN_TRY_(YUBIN_CONCAT(try_result_, __LINE__), decl, expr, return)
#define CO_TRY(decl, expr) YUBIN_TRY_(YUBIN_CONCAT(try_result_, __LINE__), decl, expr, co_return)

// TRY_VOID(f()): go on if f() succeeded; its value, if any, is dropped.
#define TRY_VOID(expr)                                                                                      \
  if (auto YUBIN_CONCAT(try_result_, __LINE__) = (expr); !YUBIN_CONCAT(try_result_, __LINE__)) [[unlikely]] \
  return std::unexpected(std::move(YUBIN_CONCAT(try_result_, __LINE__)).error())
#define CO_TRY_VOID(expr)                                                                                   \
  if (auto YUBIN_CONCAT(try_result_, __LINE__) = (expr); !YUBIN_CONCAT(try_result_, __LINE__)) [[unlikely]] \
  co_return std::unexpected(std::move(YUBIN_CONCAT(try_result_, __LINE__)).error())
