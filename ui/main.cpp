#include "ui/program.h"

int main(int argc, char** argv) { return trm::ui::run(argc, argv); }
