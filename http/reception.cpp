#include "http/reception.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace trm::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls visit(name, value) for the headers of a head.
template <class Visit>
void for_each_header(std::string_view head, Visit&& visit) {
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;) {
    const std::size_t from = line + 2;
    line = head.find("\r\n", from);
    const std::string_view text = head.substr(from, line - from);
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
      visit(text.substr(0, colon), trimmed(text.substr(colon + 1)));
    }
  }
}

// Whether all lines end in CRLF and nothing else looks like a line end: cpp-httplib ends a line at
// LF alone and would see headers that were not seen here.
bool has_plain_lines(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') return false;
    if (head[i] == '\n' && (i == 0 || head[i - 1] != '\r')) return false;
    if (head[i] == '\r' && (i + 1 == head.size() || head[i + 1] != '\n')) return false;
  }
  return true;
}

// Takes the headers of that name, and of that value if one is given, out of a head that ends at
// `head`; whether there were any.
bool take_headers(std::string& bytes, std::size_t& head, std::string_view name,
                  std::string_view value = {}) {
  std::vector<std::size_t> places;
  for_each_header(std::string_view(bytes).substr(0, head),
                  [&](std::string_view found, std::string_view its_value) {
                    if (!same_name(found, name)) return;
                    if (!value.empty() && !same_name(its_value, value)) return;
                    places.push_back(static_cast<std::size_t>(found.data() - bytes.data()));
                  });
  std::reverse(places.begin(), places.end());
  for (const std::size_t at : places) {
    const std::size_t length = bytes.find("\r\n", at) + 2 - at;
    bytes.erase(at, length);
    head -= length;
  }
  return !places.empty();
}

// A reply in many overlapping ranges is a thousand times as long as the document, and compressing
// costs more than the loopback: neither is on offer, which a server may decide (RFC 9110, 14.2 and
// 12.5.3). cpp-httplib would do both.
constexpr std::array<std::string_view, 3> kIgnored{"Range", "If-Range", "Accept-Encoding"};

constexpr auto kClosingTime = std::chrono::milliseconds(500);
constexpr std::size_t kClosingBytes = 4u << 20;

struct Waiting {
  int socket = -1;
  Clock::time_point until;
  bool closing = false;  // has its reply
  std::string bytes;
  std::size_t length = 0;   // of the request, once the head is there
  std::size_t ignored = 0;  // bytes thrown away while closing
};

}  // namespace

std::size_t request_length(std::string_view bytes, std::size_t body_bytes) {
  const std::size_t end = bytes.find(kHeadEnd);
  if (end == std::string_view::npos) return 0;
  int lengths = 0;
  bool clear = true;
  std::size_t body = 0;
  for_each_header(bytes.substr(0, end), [&](std::string_view name, std::string_view value) {
    if (same_name(name, "Transfer-Encoding") || same_name(name, "Content-Encoding")) clear = false;
    if (!same_name(name, "Content-Length")) return;
    ++lengths;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), body);
    if (error != std::errc() || stop != value.data() + value.size()) clear = false;
  });
  if (!clear || lengths > 1 || body > body_bytes) body = 0;
  return end + kHeadEnd.size() + body;
}

class Reception::Impl {
 public:
  Impl(ReceptionLimits limits, std::function<void(Arrival)> serve)
      : limits_(limits),
        serve_(std::move(serve)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        thread_([this] { run(); }) {}

  ~Impl() {
    finish();
    ::close(wake_);
  }

  void finish() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    wake();
    thread_.join();
    for (const Waiting& w : waiting_) ::close(w.socket);
    for (const Waiting& w : arrived_) ::close(w.socket);
    waiting_.clear();
    arrived_.clear();
  }

  void admit(int socket) {
    if (count_.fetch_add(1) >= limits_.connections) {
      --count_;
      return serve_({socket, Arrival::State::crowded, {}});
    }
    add({socket, Clock::now() + limits_.request_time, false, {}, 0, 0});
  }

  void dismiss(int socket) {
    shutdown(socket, SHUT_WR);
    add({socket, Clock::now() + kClosingTime, true, {}, 0, 0});
  }

 private:
  void add(Waiting waiting) {
    {
      const std::lock_guard lock(mutex_);
      arrived_.push_back(std::move(waiting));
    }
    wake();
  }

  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
  }

  void run() {
    std::vector<pollfd> items;
    while (!stopping_) {
      {
        const std::lock_guard lock(mutex_);
        std::move(arrived_.begin(), arrived_.end(), std::back_inserter(waiting_));
        arrived_.clear();
      }
      items.assign(1, {wake_, POLLIN, 0});
      held_ = 0;
      for (const Waiting& w : waiting_) {
        items.push_back({w.socket, POLLIN, 0});
        held_ += w.bytes.size();
      }
      poll(items.data(), items.size(), milliseconds_to_wait());
      std::uint64_t ignored = 0;
      [[maybe_unused]] const ssize_t got = read(wake_, &ignored, sizeof ignored);
      const auto now = Clock::now();
      std::size_t kept = 0;
      for (std::size_t i = 0; i < waiting_.size(); ++i) {
        Waiting& w = waiting_[i];
        std::optional<Arrival::State> state;
        if (items[i + 1].revents != 0) state = w.closing ? discard(w) : receive(w);
        if (!state && now >= w.until) state = Arrival::State::late;
        if (!state) {
          if (kept != i) waiting_[kept] = std::move(w);
          ++kept;
        } else if (w.closing) {
          ::close(w.socket);
        } else {
          --count_;
          serve_({w.socket, *state, std::move(w.bytes)});
        }
      }
      waiting_.resize(kept);
    }
  }

  int milliseconds_to_wait() const {
    auto first = Clock::now() + std::chrono::hours(1);
    for (const Waiting& w : waiting_) first = std::min(first, w.until);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(0, left));
  }

  static std::optional<Arrival::State> discard(Waiting& w) {
    std::array<char, 16 << 10> buffer;
    const ssize_t got = recv(w.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {};
    if (got <= 0) return Arrival::State::ended;
    w.ignored += static_cast<std::size_t>(got);
    if (w.ignored > kClosingBytes) return Arrival::State::too_long;
    return {};
  }

  // What has come since; how the connection's wait ends, or nothing while it goes on.
  std::optional<Arrival::State> receive(Waiting& w) {
    std::array<char, 16 << 10> buffer;
    const ssize_t got = recv(w.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {};
    if (got <= 0) return Arrival::State::ended;
    const std::size_t before = w.bytes.size();
    w.bytes.append(buffer.data(), static_cast<std::size_t>(got));
    held_ += static_cast<std::size_t>(got);
    if (held_ > limits_.held_bytes) return Arrival::State::crowded;
    if (w.length == 0) {
      const std::size_t from = before < kHeadEnd.size() ? 0 : before - kHeadEnd.size();
      const std::size_t head = std::min(w.bytes.size(), w.bytes.find(kHeadEnd, from));
      if (head > limits_.head_bytes) return Arrival::State::too_long;
      if (head < w.bytes.size()) {
        if (!has_plain_lines(std::string_view(w.bytes).substr(0, head))) {
          return Arrival::State::malformed;
        }
        head_is_there(w, head);
      }
    }
    if (w.length == 0 || w.bytes.size() < w.length) return {};
    w.bytes.resize(w.length);
    return Arrival::State::complete;
  }

  void head_is_there(Waiting& w, std::size_t head) const {
    for (const std::string_view name : kIgnored) take_headers(w.bytes, head, name);
    const bool expects = take_headers(w.bytes, head, "Expect", "100-continue");
    w.length = request_length(w.bytes, limits_.body_bytes);
    if (!expects || w.length <= w.bytes.size()) return;
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    [[maybe_unused]] const ssize_t sent =
        send(w.socket, go_on.data(), go_on.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  const ReceptionLimits limits_;
  const std::function<void(Arrival)> serve_;
  const int wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> count_{0};
  std::mutex mutex_;
  std::vector<Waiting> arrived_;  // guarded by mutex_
  std::vector<Waiting> waiting_;  // the thread's
  std::size_t held_ = 0;          // the thread's: bytes of those
  std::thread thread_;            // last: starts when all else is there
};

Reception::Reception(ReceptionLimits limits, std::function<void(Arrival)> serve)
    : impl_(std::make_unique<Impl>(limits, std::move(serve))) {}
Reception::~Reception() = default;
void Reception::admit(int socket) { impl_->admit(socket); }
void Reception::dismiss(int socket) { impl_->dismiss(socket); }
void Reception::close() { impl_->finish(); }

}  // namespace trm::http
