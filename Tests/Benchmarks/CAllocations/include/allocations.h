#pragma once
#include <stdint.h>

// Calls of malloc, calloc, realloc and the aligned forms by this process since its start.
uint64_t thalamus_allocation_count(void);
