// Where connections wait until their whole request has arrived.
//
// One thread reads from all of them, within a byte budget and a deadline each. So a client that
// sends slowly, or nothing, costs a file descriptor and never a worker: a server of 32 workers
// answers while hundreds drip. Knows only as much HTTP as it takes to see where a request ends.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace trm::http {

struct ReceptionLimits {
  std::size_t head_bytes = 32u << 10;  ///< request line and headers
  std::size_t body_bytes = 1u << 20;
  std::chrono::milliseconds request_time{10'000};  ///< to send the whole request
  int connections = 1024;                          ///< that wait here; further ones are turned away
  std::size_t held_bytes = 256u << 20;  ///< of all that wait; who goes beyond is turned away
};

/// A connection that waits no longer. Whoever takes it owns the socket.
struct Arrival {
  enum class State {
    complete,   ///< head and body are there, or a head that is refused without its body
    ended,      ///< the client sent less and no more will come
    late,       ///< time was up
    too_long,   ///< the head is longer than allowed
    malformed,  ///< the head holds line ends that parsers read differently
    crowded     ///< too many, or too much, wait already
  };
  int socket = -1;
  State state = State::complete;
  std::string bytes;
};

/// How long the request that begins with `bytes` is: head, blank line and body; 0: its head is not
/// complete yet. A body of unclear or forbidden length (Transfer-Encoding, several or malformed
/// Content-Length, more than `body_bytes`) counts as none: the head alone is refused.
std::size_t request_length(std::string_view bytes, std::size_t body_bytes);

/// Thread-safe, but for close(). The destructor closes.
class Reception {
 public:
  /// `serve` is called on the reception's thread, or on admit()'s, for each connection; it must not
  /// block.
  Reception(ReceptionLimits limits, std::function<void(Arrival)> serve);
  ~Reception();
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;

  /// Takes over a connected socket.
  void admit(int socket);
  /// Takes back a connection that has its reply, and closes it. Closing while unread bytes wait
  /// would reset it, and the client may lose the reply: so what still comes of a refused request is
  /// thrown away for a moment first.
  void dismiss(int socket);
  /// Ends the thread and closes the connections that it still has. Nobody may come or be dismissed
  /// afterwards.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trm::http
