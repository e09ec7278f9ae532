"""Making multiple-precision floats.

gmpy2 up to 2.2.1 takes an mpfr from its cache of dead ones and initialises it again
without freeing what it held (aleaxit/gmpy#511, fixed by #512).  A native leak: malloc in
C, no Python object stays.
"""

import gmpy2


def work():
    return int(sum(gmpy2.mpfr(n) for n in range(10)))
