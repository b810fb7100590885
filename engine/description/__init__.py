"""What a system consists of: values, read and checked; never run."""
