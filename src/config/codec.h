// How one kind of value is written in the file: read with a sentence on what it must be, and written back.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/value.h"

namespace yubin::config {

// `takes` completes "it must be …": "a size from 1 MiB to 1 GiB". read()'s error completes "NAME …", and is used only
// where it says more than `takes` does; its detail may be empty. write() gives nothing for a value that is not set.
template <class T>
struct Codec {
  std::string takes;
  std::function<Result<T>(Value const&)> read;
  std::function<std::string(T const&)> write;
};

// As TOML writes it, quoted and escaped.
std::string toml_text(std::string_view text);

// Bytes with a unit, "50 MiB" (B, KiB, MiB, GiB, TiB). The largest unit that gives a whole number is written.
Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);
// A time with a unit, "30 min" (ms, s, min, h, d).
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds time);

Codec<bool> flag();
Codec<std::string> text(std::string takes, std::size_t limit);
Codec<std::filesystem::path> path();  // absolute

namespace detail {
Result<std::uint64_t> read_size(Value const& value, std::uint64_t least, std::uint64_t most);
Result<std::chrono::milliseconds> read_duration(Value const& value, std::chrono::milliseconds least,
                                                std::chrono::milliseconds most);
Result<std::int64_t> read_number(Value const& value, std::int64_t least, std::int64_t most);
Result<std::string> read_text(Value const& value);
inline std::unexpected<Error> wrong(std::string detail = {}) {
  return fail(Errc::syntax, std::move(detail));
}
}  // namespace detail

template <class N = std::uint64_t>
Codec<N> size(std::uint64_t least, std::uint64_t most) {
  return {fmt::format("a size from {} to {}", format_size(least), format_size(most)),
          [=](Value const& value) -> Result<N> {
            TRY(std::uint64_t bytes, detail::read_size(value, least, most));
            return static_cast<N>(bytes);
          },
          [](N const& bytes) { return toml_text(format_size(bytes)); }};
}

template <class D>
Codec<D> duration(D least, D most) {
  return {fmt::format("a time from {} to {}", format_duration(least), format_duration(most)),
          [=](Value const& value) -> Result<D> {
            TRY(std::chrono::milliseconds time, detail::read_duration(value, least, most));
            D const whole = std::chrono::floor<D>(time);
            if (whole != time) return detail::wrong(fmt::format("must be in whole units of {}", format_duration(D(1))));
            return whole;
          },
          [](D const& time) { return toml_text(format_duration(time)); }};
}

template <class N>
Codec<N> number(N least, N most) {
  return {fmt::format("a number from {} to {}", least, most),
          [=](Value const& value) -> Result<N> {
            TRY(std::int64_t n,
                detail::read_number(value, static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)));
            return static_cast<N>(n);
          },
          [](N const& n) { return fmt::format("{}", n); }};
}

template <class E>
struct Choice {
  std::string_view name;
  E value;
};

template <class E>
Codec<E> choice(std::initializer_list<Choice<E>> list) {
  std::vector<Choice<E>> const choices(list);
  std::string takes = "one of";
  for (Choice<E> const& each : choices)
    takes += fmt::format("{} \"{}\"", &each == choices.data() ? "" : ",", each.name);
  return {std::move(takes),
          [choices](Value const& value) -> Result<E> {
            TRY(std::string text, detail::read_text(value));
            for (Choice<E> const& each : choices)
              if (each.name == text) return each.value;
            return detail::wrong();
          },
          [choices](E const& wanted) -> std::string {
            for (Choice<E> const& each : choices)
              if (each.value == wanted) return toml_text(each.name);
            return "\"\"";
          }};
}

// One text that a function of the value's own type parses.
template <class T>
Codec<T> parsed(std::string takes, std::function<Result<T>(std::string_view)> parse,
                std::function<std::string(T const&)> write) {
  return {std::move(takes),
          [parse = std::move(parse)](Value const& value) -> Result<T> {
            TRY(std::string text, detail::read_text(value));
            return parse(text);
          },
          [write = std::move(write)](T const& value) { return toml_text(write(value)); }};
}

// Not set is a value of its own.
template <class T>
Codec<std::optional<T>> optional(Codec<T> inner) {
  return {inner.takes,
          [read = inner.read](Value const& value) -> Result<std::optional<T>> {
            TRY(T inside, read(value));
            return std::optional<T>(std::move(inside));
          },
          [write = inner.write](std::optional<T> const& value) -> std::string { return value ? write(*value) : ""; }};
}

template <class T>
Codec<std::vector<T>> list(Codec<T> inner, std::size_t most) {
  return {fmt::format("a list of at most {}, each {}", most, inner.takes),
          [read = inner.read, most](Value const& value) -> Result<std::vector<T>> {
            auto const* elements = std::get_if<List>(&value.is);
            if (elements == nullptr || elements->size() > most) return detail::wrong();
            std::vector<T> result;
            for (Value const& element : *elements) {
              TRY(T each, read(element));
              result.push_back(std::move(each));
            }
            return result;
          },
          [write = inner.write](std::vector<T> const& values) {
            std::vector<std::string> texts;
            for (T const& value : values) texts.push_back(write(value));
            return fmt::format("[{}]", fmt::join(texts, ", "));
          }};
}

}  // namespace yubin::config
