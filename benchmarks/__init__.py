"""One script per goal: `python -m benchmarks.hot_path`, or `make bench` for all."""
