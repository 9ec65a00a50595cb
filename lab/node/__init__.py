"""The lab's node agent: the kubelet and scheduler of a one-machine cluster, whose pods are real processes.

It talks to a real API server and nothing else of the lab. It refuses to know how that server was started, what the
Services in front of the pods do, and what the workloads are for.
"""
