#include "trainer/commands.h"

int main(int argc, char** argv) { return trm::trainer_main(argc, argv); }
