"""Two pictures, laid out here and drawn as SVG: the graph, and the network's units."""
