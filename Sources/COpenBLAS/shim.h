// OpenBLAS's C interface; the directory comes from pkg-config.
#include <cblas.h>
