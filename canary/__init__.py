"""Progressive delivery as a Pulumi program."""
