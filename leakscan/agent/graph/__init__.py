"""The references around a leak as a graph, in the language of Graphviz."""
