//go:build tools

// Package tools names the command this module pins; it is never compiled itself.
package tools

import _ "k8s.io/kubernetes/cmd/kubectl"
