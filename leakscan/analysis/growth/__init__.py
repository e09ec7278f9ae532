"""Whether anything grows: numbers of the process and lengths of containers against the calls."""
