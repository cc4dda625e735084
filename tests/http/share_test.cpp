// Parts of a bounded whole, and the workers' order.
#include "http/share.h"

#include <condition_variable>
#include <memory>
#include <set>
#include <thread>

#include "http/worker_pool.h"
#include "tests/catch.h"

namespace trm {
namespace {

using http::Share;

TEST_CASE("A share that is not granted takes nothing", "[http]") {
  std::atomic<std::int64_t> taken{0};
  {
    const Share first(taken, 10, 6);
    CHECK(first.granted());
    const Share second(taken, 10, 5);
    CHECK_FALSE(second.granted());
    CHECK(taken == 6);
    Share third(taken, 10, 4);
    CHECK(third.granted());
    third.shrink(7);
    CHECK(taken == 10);
    third.shrink(1);
    CHECK(taken == 7);
    const Share fourth(taken, 10, 3);
    CHECK(fourth.granted());
  }
  CHECK(taken == 0);
}

TEST_CASE("The worker that became idle last is the next to work", "[http]") {
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::thread::id> workers;
  int done = 0;
  http::WorkerPool pool(16, 4);
  for (int i = 0; i < 200; ++i) {
    REQUIRE(pool.give([&] {
      const std::lock_guard lock(mutex);
      workers.insert(std::this_thread::get_id());
      ++done;
      changed.notify_all();
    }));
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done == i + 1; });
  }
  pool.finish();
  // One at a time needs two workers, the second while the first is on its way to sleep; at the
  // start some more, while all of them are on their way.
  CHECK(workers.size() < 16);
  CHECK_FALSE(pool.give([] {}));
}

}  // namespace
}  // namespace trm
