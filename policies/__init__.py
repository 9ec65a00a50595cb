"""The policy pack: what a platform team asks of every release, checked by Pulumi before anything is touched.

It needs `pulumi-policy` and nothing else: not the `canary` package, so that it can be published and run where the
program's own packages are not installed. What it knows of `canary` are the inputs of its resources (`policies.ours`),
held to the real ones by a test.
"""
