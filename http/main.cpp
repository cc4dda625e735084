#include "http/program.h"

int main(int argc, char** argv) { return trm::http::run(argc, argv); }
