"""What runs inside the provider process during `pulumi up`, and the resources that start it."""
