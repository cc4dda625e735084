// Data sets of named tasks with demonstrations, as the official builder makes them
// (TinyRecursiveModels, dataset/build_arc_dataset.py). Torch-free.
#pragma once

#include <functional>

#include "trainer/build.h"

namespace trm {

/// Whether a request names files of tasks: a folder, a .json file, or files of evaluation tasks.
bool is_task_request(const BuildRequest& request);

/// Builds OUT/train and OUT/test from request.files (tasks to train on) and request.eval_files. A
/// group is a task, a puzzle the task or one of up to request.augment images of it under
/// symmetries, each with an identifier of its own. Training tasks give demonstrations and tests
/// with known answers to train/; evaluation tasks give demonstrations to train/ and tests to test/
/// under the same identifier. In train/ all examples of a puzzle but one stand at a random place of
/// their frame (Puzzle::encode_displaced). Also written: OUT/identifiers.json (index -> "<blank>",
/// "id" or "id|||SYMMETRY") and OUT/test_puzzles.json (id -> evaluation task). What is drawn for a
/// task depends on request.seed and its id only. `progress(done, total)` counts tasks.
/// Errors: invalid_field for a request that contradicts itself; invalid_data naming file and task
/// for tasks that cannot be read, ids that stand twice, ids to be trained on and evaluated,
/// evaluation tasks without answers, examples of different layouts; io_error.
Result<BuildReport> build_tasks(
    const Puzzle& puzzle, const BuildRequest& request,
    const std::function<void(std::int64_t done, std::int64_t total)>& progress);

}  // namespace trm
