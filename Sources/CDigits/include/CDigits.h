// The UCI handwritten digits as text: 1,797 records of one label digit and 64 pixel letters ('A' is 0, 'Q' is 16).
#pragma once

const char *snas_digits(void);
