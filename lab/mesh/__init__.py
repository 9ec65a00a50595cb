"""The data plane of the lab: one real Envoy that answers on every Service's own address.

It stands where kube-proxy and a Linkerd mesh stand in a cluster: a ClusterIP Service's HTTP ports are answered on the
Service's address, requests go to ready endpoints, a `TrafficSplit` on the apex Service splits them by weight, and
Envoy's per-pod statistics reach Prometheus in Linkerd's names (`prometheus.yml`).

It refuses to know what a canary is, who writes the weights, and how pods are run: it reads Services, EndpointSlices,
Pods and TrafficSplits from the API server and nothing else. See README.md for its behaviour at the edges.
"""
