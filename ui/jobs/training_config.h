// What a run on drawn boards needs beside the command line: its data set and its configuration.
#pragma once

#include <string>

#include "ui/jobs/training.h"

namespace trm::ui {

/// Whether OUT holds a checkpoint that a run goes on from.
bool has_checkpoint(const TrainingOptions& options);

/// Folder of the data set: the newest of OUT/data, OUT/data-2, ... where a checkpoint goes on with
/// it, else the first of them that is not there. Nothing is ever removed.
std::string data_folder(const TrainingOptions& options);

/// Rows and columns of most boards in a text file, "9x9"; empty for tasks. Errors: unknown_puzzle,
/// not_found, too_large, invalid_data (no line is a board).
Result<std::string> size_of_boards(const TrainingOptions& options);

/// The configuration of a run on data_folder(): options.config with the drawn boards as one more
/// source in every stage, or the defaults with generated boards of that size beside them. Errors:
/// as above; not_found, too_large (the configuration).
Result<std::string> config_with_data(const TrainingOptions& options);

}  // namespace trm::ui
