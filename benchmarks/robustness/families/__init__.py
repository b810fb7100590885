"""Where the cases come from: one module a data set; none knows a method."""
