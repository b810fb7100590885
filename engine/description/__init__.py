"""What a system consists of: values, parsed and validated; never run."""
