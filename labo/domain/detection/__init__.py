"""Opens and ends deviations of a series, on event time alone; knows no cause."""
