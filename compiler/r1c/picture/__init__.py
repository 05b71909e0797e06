"""A Plan -> pictures of it: a drawing as SVG, and tables with bars as Markdown."""
