"""Commands that need no cluster and no Pulumi."""
