"""Opening a data set of an HDF5 file that stays open.

h5py 3.15 registers each low-level identifier in a dict of its C code and does not take it
out again (h5py/h5py#2771, fixed by #2783 in 3.16).
"""

import h5py

store = h5py.File("measurements.h5", "w", driver="core", backing_store=False)
store.create_dataset("voltage", data=[1, 2, 3])


def work():
    return len(store["voltage"])
