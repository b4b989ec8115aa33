"""What `make test` runs: gtest programs, fuzz seeds and Python tests, each counted test by test."""
