// Distances and the official label's path.
#include "puzzles/maze/maze_internal.h"

namespace trm::maze {

int neighbour(const Grid& grid, int cell, Step step) {
  const int row = cell / grid.cols + step.dr;
  const int col = cell % grid.cols + step.dc;
  return grid.contains(row, col) ? row * grid.cols + col : -1;
}

std::vector<int> distances(const Grid& grid, int from) {
  std::vector<int> distance(grid.cells.size(), -1);
  std::vector<int> queue;
  queue.reserve(grid.cells.size());
  queue.push_back(from);
  distance[static_cast<std::size_t>(from)] = 0;
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const int cell = queue[head];
    for (const Step step : steps) {
      const int next = neighbour(grid, cell, step);
      if (next < 0) continue;
      const auto i = static_cast<std::size_t>(next);
      if (grid.cells[i] == wall || distance[i] >= 0) continue;
      distance[i] = distance[static_cast<std::size_t>(cell)] + 1;
      queue.push_back(next);
    }
  }
  return distance;
}

std::optional<Ends> find_ends(const Grid& grid) {
  Ends ends;
  for (int cell = 0; cell < grid.size(); ++cell) {
    const Cell value = grid.cells[static_cast<std::size_t>(cell)];
    if (value != start && value != goal) continue;
    int& end = value == start ? ends.start : ends.goal;
    if (end >= 0) return std::nullopt;
    end = cell;
  }
  if (ends.start < 0 || ends.goal < 0) return std::nullopt;
  return ends;
}

std::optional<std::vector<int>> label_path(const Grid& grid, Ends ends) {
  const std::vector<int> to_goal = distances(grid, ends.goal);
  int left = to_goal[static_cast<std::size_t>(ends.start)];
  if (left < 0) return std::nullopt;
  std::vector<int> cells;
  int cell = ends.start;
  while (left > 1) {
    --left;
    for (const Step step : steps) {
      const int next = neighbour(grid, cell, step);
      if (next < 0 || to_goal[static_cast<std::size_t>(next)] != left) continue;
      cell = next;
      break;
    }
    cells.push_back(cell);
  }
  return cells;
}

Grid with_path(const Grid& grid, const std::vector<int>& cells) {
  Grid marked = grid;
  for (const int cell : cells) marked.cells[static_cast<std::size_t>(cell)] = path;
  return marked;
}

}  // namespace trm::maze
