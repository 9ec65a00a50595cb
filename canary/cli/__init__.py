"""What a person does beside `pulumi up`: look at a release, steer it, take it back, bring a Flagger object along."""
