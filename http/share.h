// A part of a bounded whole: places, cells.
#pragma once

#include <atomic>
#include <cstdint>

namespace trm::http {

/// Takes `part` of what at most `whole` may be taken of, and gives it back at the end. Where it
/// would be too much it takes nothing and is not granted. `taken` must outlive it. Thread-safe
/// through `taken`.
class Share {
 public:
  Share(std::atomic<std::int64_t>& taken, std::int64_t whole, std::int64_t part = 1)
      : taken_(taken), part_(part), granted_(taken.fetch_add(part) + part <= whole) {
    if (!granted_) shrink(0);
  }
  ~Share() { taken_.fetch_sub(part_); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;
  bool granted() const { return granted_; }
  /// Gives back what goes beyond `part`. By one thread at a time.
  void shrink(std::int64_t part) {
    if (part >= part_) return;
    taken_.fetch_sub(part_ - part);
    part_ = part;
  }

 private:
  std::atomic<std::int64_t>& taken_;
  std::int64_t part_;
  const bool granted_;
};

}  // namespace trm::http
