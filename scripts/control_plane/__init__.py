"""Real parts on one machine: the tools at pinned versions, and a control plane (etcd, kube-apiserver) on loopback."""
