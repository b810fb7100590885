"""From a diagnosis to proposals and people's decisions; executes nothing."""
