"""The bytes of a recipe's files -> its output directory, whole or as it was."""
