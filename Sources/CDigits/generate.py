"""Writes CDigits.c from scikit-learn's copy of the UCI handwritten digits (CC BY 4.0).

One record an image: a digit for the label, then 64 letters for the pixels, 'A' being 0 and 'Q' 16.
Usage: python3 generate.py > CDigits.c
"""
from sklearn.datasets import load_digits

digits = load_digits()
print('// Made by generate.py from the UCI handwritten digits (E. Alpaydin, C. Kaynak, 1998; CC BY 4.0).')
print('#include "CDigits.h"\n')
print('static const char digits[] =')
for image, label in zip(digits.data.astype(int), digits.target):
    print('    "%d%s"' % (label, ''.join(chr(ord('A') + value) for value in image)))
print('    ;\n')
print('const char *snas_digits(void) { return digits; }')
