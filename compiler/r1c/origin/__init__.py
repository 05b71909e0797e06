"""Where each line of an output comes from: the stages run once more, with values that carry their origins."""
