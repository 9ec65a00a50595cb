"""The lab's node agent: the kubelet and scheduler of a one-machine cluster, whose pods are real processes.

It talks to a real API server and nothing else of the lab. It refuses to know how that server was started, what the
Services in front of the pods do, and what the workloads are for.

Every pod has a network, host name and IPC namespace of its own, every container a process tree and a file system: the
host's programs read-only, its image's files, its volumes. What it does not do: limits on CPU and memory, users and
capabilities of a ``securityContext``, persistent volumes, ephemeral containers, termination messages, service links,
``kubectl attach``, ``kubectl logs --since``. It differs from a kubelet on purpose in two times: the first wait after a
crash is 1 s (see :mod:`backoff`), and a container is asked whether it is ready sooner (see :mod:`probe`).
"""
